using System.Net;
using Akka.Actor;
using Akka.Event;
using FlexSc.Akka.Hosting;
using FlexSc.Akka.Loops;
using FlexSc.Examples.HttpServer.Files;
using FlexSc.Examples.Shared;

namespace FlexSc.Examples.HttpServer.Service;

/// <summary>The HTTP service: an actor system that listens.</summary>
internal sealed class HttpService : IAsyncDisposable
{
    /// <summary>Time to give the port back before the system ends, which gives it back as well, with a warning.</summary>
    private const int UnbindTimeoutMs = 250;

    private readonly ActorSystem _system;
    private readonly DeadlineSweeper _deadlines;
    private readonly CancellationTokenSource _stopping = new();
    private readonly IFileStore? _files;
    private readonly FileCache? _fileCache;
    private readonly HttpServerOptions _options;
    private readonly ServiceIo _io;
    private readonly Admission _admission;
    private readonly DashboardSite? _dashboard;
    private readonly List<IActorRef> _listeners = [];
    private HotWarmUp? _warmUp;
    private bool _stopped;

    private HttpService(ActorSystem system, ServiceIo io, HttpServerOptions options)
    {
        _system = system;
        _io = io;
        _options = options;
        _deadlines = new DeadlineSweeper(options.SweepIntervalMs);
        _admission = new Admission(Counters, Logging.GetLogger(system, typeof(HttpService)));
        _files = io.OpenFiles(new FileDescriptors(Counters.OpenFiles, _admission.Descriptors, _admission.NoDescriptors));
        _dashboard = options.Dashboard is { } dashboard ? new DashboardSite(system, dashboard, () => Counters.Requests) : null;
        _fileCache = _files is null || options.FileCacheBytes == 0 ? null : new FileCache(options.FileCacheBytes, options.FileCacheAgeMs);
    }

    public ServiceCounters Counters { get; } = new();

    /// <summary>Where it listens.</summary>
    public IReadOnlyList<IPEndPoint> Endpoints { get; private set; } = [];

    /// <summary>The first of them.</summary>
    public IPEndPoint Endpoint => Endpoints[0];

    /// <summary>Whether it speaks TLS.</summary>
    public bool IsSecure => _options.Tls is not null;

    /// <summary>The system of the service's actors.</summary>
    public ActorSystem System => _system;

    /// <summary>Which backend runs where, and why.</summary>
    public string Description => string.Join("; ", ((string?[])
    [
        _io.Description,
        _dashboard is null ? null : $"dashboard at {DashboardSite.Root}",
        _warmUp?.ToString(),
    ]).OfType<string>());

    /// <summary>What of the options could not be had, and the remedy; null for nothing.</summary>
    public string? Message => _admission.Message;

    /// <summary>Most connections that are served at a time.</summary>
    public int MaxConnections => _admission.MaxConnections;

    /// <summary>Figures of the loops; none on stock Akka.IO.</summary>
    public IReadOnlyList<LoopFigures> Loops => _io.Sockets.Loops;

    /// <summary>One line of JSON for who measures a span of requests.</summary>
    public string StatisticsLine() => StatisticsLines.Describe(
        Counters.Requests, Counters.Connections.Value, Loops, ("openFiles", Counters.OpenFiles.Value));

    /// <exception cref="IOException">The endpoint cannot be bound, the root cannot be opened, or FlexSC cannot run as asked for.</exception>
    public static async Task<HttpService> StartAsync(HttpServerOptions options)
    {
        DescriptorBudget.RequireEnoughToStart();
        ActorSystem system = ActorSystem.Create("http", ServiceConfig.For(options));
        HttpService? service = null;
        try
        {
            ServiceIo io = ServiceIo.Of(system, options);
            service = new HttpService(system, io, options);
            await service.WarmUpAsync().ConfigureAwait(false);
            service._admission.Measure(options.MaxConnections, servesFiles: service._files is not null);
            await service.ListenAsync().ConfigureAwait(false);
            return service;
        }
        catch
        {
            await (service?.StopAsync() ?? system.Terminate()).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Lets requests under way be answered for a while, then closes everything.</summary>
    public async Task StopAsync()
    {
        if (_stopped)
        {
            return;
        }

        _stopped = true;
        await _stopping.CancelAsync().ConfigureAwait(false);
        Task drained = _io.Sockets.DrainAsync(
            TimeSpan.FromMilliseconds(_options.DrainMs), Counters.Connections.WhenAsync(static count => count == 0));
        foreach (IActorRef connection in _deadlines.Connections)
        {
            connection.Tell(DrainConnection.Instance, ActorRefs.NoSender);
        }

        await drained.ConfigureAwait(false);
        await Task.WhenAny(Task.WhenAll(_listeners.Select(UnbindAsync)), Task.Delay(UnbindTimeoutMs)).ConfigureAwait(false);

        _dashboard?.Dispose();
        await _system.Terminate().ConfigureAwait(false);
        await _io.Sockets.WhenEnded().ConfigureAwait(false);
        _admission.Dispose();
        _deadlines.Dispose();
        _files?.Dispose();
        _fileCache?.Dispose();
        _stopping.Dispose();
    }

    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    // With counters of its own, so that the service's tell of its clients alone.
    private async Task WarmUpAsync()
    {
        ServiceCounters counters = new();
        using Admission admission = new(counters, Logging.GetLogger(_system, typeof(HttpService)));
        _warmUp = await HttpWarmUp.RunAsync(ContextOf(counters, admission), _system).ConfigureAwait(false);
    }

    private async Task ListenAsync()
    {
        ConnectionContext context = ContextOf(Counters, _admission);
        List<IPEndPoint> endpoints = [];
        foreach (IPEndPoint endpoint in (await _options.EndPointsAsync($"{_options.Host}").ConfigureAwait(false)).Cast<IPEndPoint>())
        {
            TaskCompletionSource<IPEndPoint> bound = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Props props = Props.Create(() => new HttpListenerActor(context, endpoint, bound));
            IActorRef listener = _system.ActorOf(_io.Sockets.Place(props), $"listener{_listeners.Count}");
            endpoints.Add(await bound.Task.ConfigureAwait(false));
            _listeners.Add(listener);
        }

        Endpoints = endpoints;
    }

    private static Task UnbindAsync(IActorRef listener)
    {
        TaskCompletionSource unbound = new(TaskCreationOptions.RunContinuationsAsynchronously);
        listener.Tell(new StopListening(unbound), ActorRefs.NoSender);
        return unbound.Task;
    }

    private ConnectionContext ContextOf(ServiceCounters counters, Admission admission) => new(
        _options, _io, counters, admission, _deadlines, _files, _fileCache, Logging.GetLogger(_system, typeof(HttpService)), _stopping.Token)
    {
        Dashboard = _dashboard,
    };
}
