using System.Net;
using Akka.Actor;
using FlexSc.Akka.IO;
using FlexSc.Examples.HttpServer.Service;
using FlexSc.Examples.Shared;

namespace FlexSc.Examples.FileServer;

/// <summary>What all connections share.</summary>
/// <param name="Options">The settings.</param>
/// <param name="Io">Whose sockets they are.</param>
/// <param name="Files">Opens files.</param>
/// <param name="Counters">What is counted.</param>
/// <param name="Deadlines">Tells connections when their time is over.</param>
internal sealed record FileServerContext(
    FileServerOptions Options, SocketIo Io, IActorRef Files, FileCounters Counters, DeadlineSweeper Deadlines);

/// <summary>What the server counts. From any thread.</summary>
internal sealed class FileCounters
{
    private long _requests;

    public Gauge Connections { get; } = new();

    /// <summary>Requests, refused ones included.</summary>
    public long Requests => Volatile.Read(ref _requests);

    public void AddRequests(long requests) => Interlocked.Add(ref _requests, requests);
}

/// <summary>The server as one object.</summary>
internal sealed class FileService : IAsyncDisposable
{
    private const int SweepIntervalMs = 250;

    private readonly ActorSystem _system;
    private readonly FileServerContext _context;
    private bool _stopped;

    private FileService(ActorSystem system, FileServerContext context, IReadOnlyList<EndPoint> endPoints, string? message)
    {
        _system = system;
        _context = context;
        EndPoints = endPoints;
        Message = message;
    }

    /// <summary>Where it listens.</summary>
    public IReadOnlyList<EndPoint> EndPoints { get; }

    /// <summary>The same as text.</summary>
    public IEnumerable<string> Addresses => EndPoints.Select(endPoint =>
        endPoint is IPEndPoint ? $"{(_context.Options.Tls is null ? "http" : "https")}://{endPoint}" : SocketIo.NameOf(endPoint));

    /// <summary>Which backend runs on which cores, and why.</summary>
    public string Description => _context.Io.Describe(_context.Options);

    /// <summary>What of the options could not be had, and the remedy; null for nothing.</summary>
    public string? Message { get; }

    /// <summary>One line of JSON for who measures a span of requests.</summary>
    public string StatisticsLine() =>
        StatisticsLines.Describe(_context.Counters.Requests, _context.Counters.Connections.Value, _context.Io.Loops);

    /// <summary>Starts listening.</summary>
    /// <exception cref="IOException">
    /// An address cannot be listened on, or the limit on descriptors is too low; the text names the remedy.
    /// </exception>
    /// <exception cref="FlexSc.Interop.Capabilities.BackendUnavailableException">The backend asked for cannot run here.</exception>
    public static async Task<FileService> StartAsync(FileServerOptions options)
    {
        DescriptorBudget.RequireEnoughToStart();
        IReadOnlyList<EndPoint> endPoints = await options.EndPointsAsync(options.Host).ConfigureAwait(false);
        ActorSystem system = ActorSystem.Create(
            "files", SocketIo.ConfigFor(options).WithFallback(StandardErrorLogger.ConfigFor("WARNING")));
        DeadlineSweeper deadlines = new(SweepIntervalMs);
        try
        {
            SocketIo io = new(system, options);
            IActorRef files = system.FlexFile();
            DescriptorBudget descriptors = new();
            descriptors.MeasureProcess();
            int connections = descriptors.ConnectionsFor(
                options.AsksForMaxConnections ? options.MaxConnections : null, options.MaxConnections,
                keptDescriptors: descriptors.Limit / 2, "--max-connections", out string? message);
            FileServerContext context = new(options with { MaxConnections = connections }, io, files, new FileCounters(), deadlines);
            List<EndPoint> bound = [];
            foreach (EndPoint endPoint in endPoints)
            {
                TaskCompletionSource<EndPoint> listens = new(TaskCreationOptions.RunContinuationsAsynchronously);
                Props listener = Props.Create(() => new FileListenerActor(context, endPoint, listens));
                system.ActorOf(io.Place(listener), $"listener{bound.Count}");
                bound.Add(await listens.Task.ConfigureAwait(false));
            }

            return new FileService(system, context, bound, message);
        }
        catch
        {
            await system.Terminate().ConfigureAwait(false);
            deadlines.Dispose();
            throw;
        }
    }

    /// <summary>Lets nobody new in, has requests under way answered for a while, then closes everything.</summary>
    public async Task StopAsync()
    {
        if (_stopped)
        {
            return;
        }

        _stopped = true;
        Task drained = _context.Io.DrainAsync(
            TimeSpan.FromMilliseconds(_context.Options.DrainMs), _context.Counters.Connections.WhenAsync(static count => count == 0));
        foreach (IActorRef connection in _context.Deadlines.Connections)
        {
            connection.Tell(DrainConnection.Instance, ActorRefs.NoSender);
        }

        await drained.ConfigureAwait(false);
        await _system.Terminate().ConfigureAwait(false);
        await _context.Io.WhenEnded().ConfigureAwait(false);
        _context.Deadlines.Dispose();
    }

    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);
}
