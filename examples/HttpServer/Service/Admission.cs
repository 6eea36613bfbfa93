using Akka.Event;
using FlexSc.Examples.Shared;

namespace FlexSc.Examples.HttpServer.Service;

/// <summary>
/// Decides which connections are served and which files are opened, so that descriptors are left for the process itself, and tells
/// of refusals once while they last. From any thread.
/// </summary>
internal sealed class Admission : IDisposable
{
    private const int QuietMs = 1_000;

    /// <summary>Files find descriptors though connections are as many as there may be: this part of them.</summary>
    private const int FileShare = 8;

    private readonly ServiceCounters _counters;
    private readonly Episode _tooMany;
    private readonly Episode _noDescriptors;
    private string _limitedBy = "";

    public Admission(ServiceCounters counters, ILoggingAdapter log)
    {
        _counters = counters;
        _tooMany = new Episode(
            QuietMs,
            () => log.Warning("resetting new connections: {0} are open, as many as {1}", MaxConnections, _limitedBy),
            (times, lastedMs) => log.Warning("connections are accepted again; {0} were reset in {1} ms", times, lastedMs));
        _noDescriptors = new Episode(
            QuietMs,
            () => log.Warning(
                "refusing connections and files: they have all {0} descriptors that RLIMIT_NOFILE leaves them; raise it with ulimit -n", Descriptors.Limit),
            (times, lastedMs) => log.Warning("descriptors are there again; {0} connections and files were refused in {1} ms", times, lastedMs));
    }

    public DescriptorBudget Descriptors { get; } = new();

    /// <summary>Told each time when a descriptor is wanted and none is left.</summary>
    public Episode NoDescriptors => _noDescriptors;

    public int MaxConnections { get; private set; } = HttpServerOptions.MostConnectionsUnasked;

    /// <summary>What the operator should know before the service starts; null for nothing.</summary>
    public string? Message { get; private set; }

    /// <summary>Sets the limits by what the process may have beside what is open now: before the first client.</summary>
    /// <param name="asked">Connections asked for; null for as many as there may be.</param>
    /// <param name="servesFiles">Whether files are opened, too.</param>
    /// <exception cref="IOException">It is too little; the text names the remedy.</exception>
    public void Measure(int? asked, bool servesFiles)
    {
        Descriptors.MeasureProcess();
        long forFiles = servesFiles ? Descriptors.Limit / FileShare : 0;
        MaxConnections = Descriptors.ConnectionsFor(asked, HttpServerOptions.MostConnectionsUnasked, forFiles, "--max-connections", out string? message);
        Message = message;
        _limitedBy = MaxConnections == Descriptors.Limit - forFiles ? "ulimit -n leaves; raise it" : "--max-connections says";
    }

    /// <summary>True where a connection is to be served; it counts until <see cref="OnEnded"/>.</summary>
    public bool TryAdmit()
    {
        if (_counters.Connections.Value >= MaxConnections)
        {
            _tooMany.Happened();
            return false;
        }

        if (!Descriptors.TryTake())
        {
            _noDescriptors.Happened();
            return false;
        }

        _counters.Connections.Add(1);
        return true;
    }

    public void OnEnded()
    {
        Descriptors.Return();
        _counters.Connections.Add(-1);
    }

    public void Dispose()
    {
        _tooMany.Dispose();
        _noDescriptors.Dispose();
    }
}
