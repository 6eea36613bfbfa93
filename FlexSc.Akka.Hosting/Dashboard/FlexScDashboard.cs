using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;

namespace FlexSc.Akka.Hosting;

/// <summary>
/// The dashboard with a server of its own, which needs no ASP.NET: a page at <c>/flexsc</c> that shows the loops of an actor system as they
/// run. The server is on .NET's own sockets and the thread pool, so it shows also loops that are held up; it takes one request a
/// connection, and a few more connections than viewers. It ends with the actor system.
/// </summary>
public sealed class FlexScDashboard : IAsyncDisposable
{
    private const int Backlog = 16;

    /// <summary>Connections beside those of viewers: a browser opens some for the parts of the page.</summary>
    private const int MoreConnections = 24;

    /// <summary>
    /// An accept fails where the process has no descriptor left, and fails again at once while that is so. No setting: it is short beside the
    /// second that a page waits between two figures, and long beside what an accept takes, so that the failures cost next to nothing.
    /// </summary>
    private static readonly TimeSpan PauseAfterFailedAccept = TimeSpan.FromMilliseconds(200);

    private readonly Socket _listener;
    private readonly DashboardSite _site;
    private readonly ILoggingAdapter _log;
    private readonly int _mostConnections;
    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentDictionary<Task, byte> _connections = new();
    private readonly Task _accepting;
    private int _disposed;

    private FlexScDashboard(Socket listener, DashboardSite site, ILoggingAdapter log, int mostConnections)
    {
        _listener = listener;
        _site = site;
        _log = log;
        _mostConnections = mostConnections;
        EndPoint = (IPEndPoint)listener.LocalEndPoint!;
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Address of the page.</summary>
    public Uri Address => new($"http://{EndPoint}{DashboardSite.Root}");

    /// <summary>Starts it, whatever <see cref="FlexScDashboardOptions.Enabled"/> says.</summary>
    /// <param name="system">The actor system.</param>
    /// <param name="options">How.</param>
    /// <param name="requests">Requests that the program has answered so far, where it counts any: for traps per request.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">An option is wrong.</exception>
    /// <exception cref="IOException">The address cannot be listened on; the text names the keys.</exception>
    public static FlexScDashboard Start(ActorSystem system, FlexScDashboardOptions options, Func<long>? requests = null)
    {
        DashboardSite site = new(system, options, requests);
        Socket listener = Listen(new IPEndPoint(IPAddress.Parse(options.Address), options.Port));
        ILoggingAdapter log = Logging.GetLogger(system, typeof(FlexScDashboard));
        FlexScDashboard dashboard = new(listener, site, log, options.MaxViewers + MoreConnections);
        log.Info("the dashboard of FlexSC is at {0}", dashboard.Address);
        system.WhenTerminated.ContinueWith(_ => dashboard.DisposeAsync().AsTask(), TaskScheduler.Default);
        return dashboard;
    }

    /// <summary>Ends it and its connections.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
        {
            return;
        }

        await _ending.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        await Task.WhenAll(_connections.Keys).ConfigureAwait(false);
        _site.Dispose();
        _ending.Dispose();
    }

    private static Socket Listen(IPEndPoint endPoint)
    {
        Socket listener = new(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(endPoint);
            listener.Listen(Backlog);
            return listener;
        }
        catch (SocketException exception)
        {
            listener.Dispose();
            throw new IOException(
                $"the dashboard cannot listen on {endPoint}: {exception.Message}; take another FlexSc:Dashboard:Port, "
                + "or an address of this machine as FlexSc:Dashboard:Address", exception);
        }
    }

    private async Task AcceptAsync()
    {
        while (!_ending.IsCancellationRequested)
        {
            try
            {
                Serve(await _listener.AcceptAsync(_ending.Token).ConfigureAwait(false));
            }
            catch (SocketException exception)
            {
                _log.Debug("the dashboard could not accept a connection: {0}", exception.Message);
                await Task.Delay(PauseAfterFailedAccept, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Serve(Socket client)
    {
        if (_connections.Count >= _mostConnections)
        {
            client.Dispose();
            return;
        }

        client.NoDelay = true;
        Task served = new DashboardConnection(client, _site, _ending.Token).ServeAsync();
        _connections.TryAdd(served, 0);
        served.ContinueWith(task => _connections.TryRemove(task, out _), TaskScheduler.Default);
    }
}
