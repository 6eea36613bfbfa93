using System.Net;
using Akka.Actor;
using FlexSc.Akka.Loops;
using FlexSc.Examples.KvServer.Store;
using FlexSc.Examples.Shared;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>The server as one object: an actor system, its listener and the store.</summary>
internal sealed class KvService : IAsyncDisposable
{
    private readonly ActorSystem _system;
    private readonly KvServerContext _context;
    private bool _stopped;

    private KvService(ActorSystem system, KvServerContext context, IReadOnlyList<EndPoint> endPoints, string description, string? message)
    {
        Description = description;
        Message = message;
        _system = system;
        _context = context;
        LocalEndPoints = endPoints;
    }

    /// <summary>Where it listens.</summary>
    public IReadOnlyList<EndPoint> LocalEndPoints { get; }

    /// <summary>The first of its TCP addresses.</summary>
    public IPEndPoint LocalEndPoint => LocalEndPoints.OfType<IPEndPoint>().First();

    /// <summary>Where it listens, as text.</summary>
    public IEnumerable<string> Addresses => LocalEndPoints.Select(SocketIo.NameOf);

    public ActorSystem System => _system;

    /// <summary>Which backend runs on which cores, and why.</summary>
    public string Description { get; }

    /// <summary>What of the options could not be had, and the remedy; null for nothing.</summary>
    public string? Message { get; }

    public KvStore Store => _context.Store;

    public KvCounters Counters => _context.Counters;

    /// <summary>One entry for each loop; empty where the operating system's thread pool is the loop.</summary>
    public IReadOnlyList<LoopFigures> Loops => _stopped ? [] : _context.Io.Loops;

    /// <summary>One line of JSON for who measures a span of requests.</summary>
    public string StatisticsLine()
    {
        StoreFigures figures = Store.Figures();
        return StatisticsLines.Describe(
            Counters.Commands, Counters.CurrentConnections, Loops, ("items", figures.Items), ("usedBytes", figures.UsedBytes));
    }

    /// <summary>Starts listening.</summary>
    /// <exception cref="ListenException">An address could not be bound.</exception>
    /// <exception cref="IOException">A name cannot be resolved, or the limit on descriptors is too low; the text names the remedy.</exception>
    /// <exception cref="FlexSc.Interop.Capabilities.BackendUnavailableException">The backend that was asked for cannot run here.</exception>
    /// <exception cref="FlexSc.Interop.Linux.LinuxException">A loop cannot be set up; the text names the remedy.</exception>
    public static async Task<KvService> StartAsync(KvServerOptions options, TimeProvider? timeProvider = null)
    {
        IReadOnlyList<EndPoint> endPoints = await options.EndPointsAsync(options.Host).ConfigureAwait(false);
        KvClock clock = new(timeProvider ?? TimeProvider.System);
        KvStore store = new(options.Loops, options.MemoryLimitBytes, options.MaxArrivingPercent, options.MaxItemBytes, clock);
        KvCounters counters = new();
        ActorSystem system = ActorSystem.Create("kv", ServiceConfig.For(options));
        try
        {
            SocketIo io = new(system, options);
            KvServerOptions served = options with { MaxConnections = ConnectionsFor(options, out string? message) };
            KvServerContext context = new(served, store, new KvStatistics(served, store, counters), counters, io);
            List<EndPoint> bound = [];
            foreach (EndPoint endPoint in endPoints)
            {
                bound.Add(await BindAsync(system, context, endPoint, $"listener{bound.Count}").ConfigureAwait(false));
            }

            system.ActorOf(io.Place(Props.Create(() => new KvSweeperActor(context))), "sweeper");
            string messages = options.Messages == MessageMode.Pooled ? "pooled messages" : "Akka.IO's messages";
            return new KvService(system, context, bound, io.Describe(options, messages), message);
        }
        catch
        {
            await system.Terminate().ConfigureAwait(false);
            store.Dispose();
            throw;
        }
    }

    /// <summary>Lets requests under way be answered for a while, then closes everything and frees the store.</summary>
    /// <exception cref="TimeoutException">The actors did not stop in time; the store's memory is then left to the process's end.</exception>
    public async Task StopAsync()
    {
        if (_stopped)
        {
            return;
        }

        _stopped = true;
        Task lastClosed = _context.Counters.DrainAsync();
        await _context.Io.DrainAsync(TimeSpan.FromMilliseconds(_context.Options.DrainMs), lastClosed).ConfigureAwait(false);
        await _system.Terminate().WaitAsync(TimeSpan.FromSeconds(_context.Options.StopTimeoutSeconds)).ConfigureAwait(false);
        _context.Store.Dispose();
    }

    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    // Beyond, the process could not load an assembly or start a thread any more.
    private static int ConnectionsFor(KvServerOptions options, out string? message)
    {
        DescriptorBudget descriptors = new();
        descriptors.MeasureProcess();
        return descriptors.ConnectionsFor(
            options.AsksForMaxConnections ? options.MaxConnections : null, options.MaxConnections, keptDescriptors: 0, "--max-connections", out message);
    }

    private static async Task<EndPoint> BindAsync(ActorSystem system, KvServerContext context, EndPoint endPoint, string name)
    {
        TaskCompletionSource<EndPoint> bound = new(TaskCreationOptions.RunContinuationsAsynchronously);
        system.ActorOf(context.Io.Place(Props.Create(() => new KvListenerActor(context, endPoint, bound))), name);
        return await bound.Task.ConfigureAwait(false);
    }
}
