using System.Net;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.IO;
using FlexSc.Examples.HttpServer.Files;

namespace FlexSc.Examples.HttpServer.Service;

/// <summary>The HTTP service: an actor system that listens on one endpoint.</summary>
internal sealed class HttpService : IAsyncDisposable
{
    private const int StopPollMs = 20;

    private readonly ActorSystem _system;
    private readonly DeadlineSweeper _deadlines;
    private readonly IFileStore? _files;
    private readonly HttpServerOptions _options;
    private bool _stopped;

    private HttpService(ActorSystem system, HttpServerOptions options)
    {
        _system = system;
        _options = options;
        _deadlines = new DeadlineSweeper(options.SweepIntervalMs);
        _files = FileStores.Open(options);
    }

    public ServiceCounters Counters { get; } = new();

    public IPEndPoint Endpoint { get; private set; } = new(IPAddress.None, 0);

    public int ConnectionCount => _deadlines.ConnectionCount;

    /// <summary>Which backend runs where, and why.</summary>
    public string Description { get; } = "stock Akka.IO on the thread pool (--io akka-io)";

    /// <exception cref="IOException">The endpoint cannot be bound, or the root cannot be opened.</exception>
    public static async Task<HttpService> StartAsync(HttpServerOptions options)
    {
        if (options.Io == IoMode.FlexSc)
        {
            throw new IOException("--io flexsc is not available yet: use --io akka-io");
        }

        ActorSystem system = ActorSystem.Create("http", CreateConfig());
        HttpService? service = null;
        try
        {
            service = new HttpService(system, options);
            TaskCompletionSource<IPEndPoint> bound = new(TaskCreationOptions.RunContinuationsAsynchronously);
            ConnectionContext context = new(options, service.Counters, service._deadlines, service._files, Logging.GetLogger(system, typeof(HttpService)));
            IActorRef tcp = system.Tcp();
            system.ActorOf(Props.Create(() => new HttpListenerActor(context, tcp, bound)), "listener");
            service.Endpoint = await bound.Task.ConfigureAwait(false);
            return service;
        }
        catch
        {
            await (service?.StopAsync() ?? system.Terminate()).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Lets responses under way finish for a while, then closes everything.</summary>
    public async Task StopAsync()
    {
        if (_stopped)
        {
            return;
        }

        _stopped = true;
        foreach (IActorRef connection in _deadlines.Connections)
        {
            connection.Tell(DrainConnection.Instance, ActorRefs.NoSender);
        }

        long deadlineMs = Environment.TickCount64 + _options.StopTimeoutMs;
        while (_deadlines.ConnectionCount > 0 && Environment.TickCount64 < deadlineMs)
        {
            await Task.Delay(StopPollMs).ConfigureAwait(false);
        }

        await _system.Terminate().ConfigureAwait(false);
        _deadlines.Dispose();
        _files?.Dispose();
    }

    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    private static Config CreateConfig() => ConfigurationFactory.ParseString(
        """
        akka {
          loglevel = WARNING
          stdout-loglevel = WARNING
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          coordinated-shutdown.run-by-clr-shutdown-hook = off
        }
        """);
}
