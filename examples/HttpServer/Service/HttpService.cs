using System.Net;
using Akka.Actor;
using Akka.Event;
using FlexSc.Akka.Loops;
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
    private readonly ServiceIo _io;
    private bool _stopped;

    private HttpService(ActorSystem system, ServiceIo io, HttpServerOptions options)
    {
        _system = system;
        _io = io;
        _options = options;
        _deadlines = new DeadlineSweeper(options.SweepIntervalMs);
        _files = FileStores.Open(options);
    }

    public ServiceCounters Counters { get; } = new();

    public IPEndPoint Endpoint { get; private set; } = new(IPAddress.None, 0);

    public int ConnectionCount => _deadlines.ConnectionCount;

    /// <summary>Which backend runs where, and why.</summary>
    public string Description => _io.Description;

    /// <summary>Figures of the loops; none on stock Akka.IO.</summary>
    public IReadOnlyList<LoopFigures> Loops => _io.Loops;

    /// <exception cref="IOException">The endpoint cannot be bound, the root cannot be opened, or FlexSC cannot run as asked for.</exception>
    public static async Task<HttpService> StartAsync(HttpServerOptions options)
    {
        ActorSystem system = ActorSystem.Create("http", ServiceConfig.For(options));
        HttpService? service = null;
        try
        {
            ServiceIo io = ServiceIo.Of(system, options);
            service = new HttpService(system, io, options);
            TaskCompletionSource<IPEndPoint> bound = new(TaskCreationOptions.RunContinuationsAsynchronously);
            ConnectionContext context = new(options, io, service.Counters, service._deadlines, service._files, Logging.GetLogger(system, typeof(HttpService)));
            system.ActorOf(io.Place(Props.Create(() => new HttpListenerActor(context, bound))), "listener");
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
}
