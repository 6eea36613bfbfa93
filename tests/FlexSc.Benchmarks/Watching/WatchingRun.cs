using FlexSc.Benchmarks.Parts;
using FlexSc.Benchmarks.Peers;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring;
using FlexSc.Measuring.Load;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Watching;

/// <summary>CPU time for each request in one window.</summary>
internal sealed record WatchingCell(string Load, string Watcher, int Launch, int Round, double CpuUsPerRequest, double RequestsPerSecond);

/// <summary>
/// One server at a time, looked at by one watcher after the other while it serves: the windows that are compared are of one process, since
/// two processes of one program differ by more than the bar. Used from the main thread.
/// </summary>
/// <param name="options">How long and how often.</param>
/// <param name="machine">Where server and generator run.</param>
internal sealed class WatchingRun(WatchingOptions options, RunOptions machine)
{
    private const double SecondsPerMinute = 60;
    private const string Server = "MeteredServer";
    private const string Answer = "watched by ";
    private const int Readings = 500;

    // Listeners come and go within 30 ms; on a machine that does something else as well it takes longer.
    private const int SwitchLimitMs = 250;
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ReadingsLimit = TimeSpan.FromSeconds(60);

    private readonly Cores _cores = new(machine);
    private readonly CellRunner _runner = new(machine, machine.OneCore ? null : machine.ServerCore, machine.GeneratorCore);
    private readonly IReadOnlyList<WatchingLoad> _loads = WatchingLoad.Of(options);
    private readonly List<WatchingCell> _cells = [];
    private readonly Dictionary<string, (List<double> PerRequestUs, List<double> PerReadingUs)> _parts = [];
    private readonly MissingFigures _missing = new();

    /// <summary>All windows, the costs taken apart, and why some are missing.</summary>
    public (IReadOnlyList<WatchingCell> Cells, IReadOnlyList<WatchingParts> Parts, IReadOnlyList<string> Failures) Run()
    {
        for (int launch = 1; launch <= options.Launches; launch++)
        {
            Progress.Write(FormattableString.Invariant($"== launch {launch} of {options.Launches}"));
            try
            {
                RunLaunch(launch);
            }
            catch (MeasurementException failure)
            {
                // Of the launches before there are figures.
                NoteFailure(launch, Watcher.Nobody, failure.Message);
            }
        }

        return (_cells, [.. Watcher.All.Where(static watcher => watcher.Reads).SelectMany(Parts)], _missing.Reasons);
    }

    /// <summary>What it takes, builds left out.</summary>
    public static double EstimatedMinutes(WatchingOptions options)
    {
        const double cellOverheadSeconds = 1.1;
        const double switchMs = 30;
        double each = options.WarmUpSeconds + (options.Rounds * (options.Seconds + cellOverheadSeconds));
        double apart = options.Pairs * 2 * (options.PairWindowMs + switchMs) / 1000;
        return options.Launches * ((WatchingLoad.Count * Watcher.All.Count * each) + (Watcher.All.Count(static watcher => watcher.Reads) * apart))
            / SecondsPerMinute;
    }

    private void RunLaunch(int launch)
    {
        ExamplePeer peer = new(Server, Server, ExamplePeer.FlexScIo, "--messages", "pooled", "--backend", "io-uring")
        {
            Folder = Path.Combine("tests", "peers"),
        };
        using ServerProcess server = peer.Start(_cores.One);
        Progress.Write(server.Description);
        foreach (WatchingLoad load in _loads)
        {
            load.Generator.Verify(server.EndPoint);
            foreach (Watcher watcher in Watcher.All)
            {
                WarmUp(server, load, watcher, launch);
            }

            for (int round = 1; round <= options.Rounds; round++)
            {
                foreach (Watcher watcher in Watcher.InTurn(round))
                {
                    Measure(server, load, watcher, launch, round);
                }
            }
        }

        foreach (Watcher watcher in Watcher.All.Where(static watcher => watcher.Reads))
        {
            TakeApart(server, watcher);
        }

        NoteFailure(launch, Watcher.Nobody, server.Stop() ?? "");
    }

    /// <summary>Under the load that uses the core up, where a request's cost shows best, and readings without any load.</summary>
    private void TakeApart(ServerProcess server, Watcher watcher)
    {
        (List<double> perRequest, List<double> perReading) = _parts.TryGetValue(watcher.Name, out (List<double>, List<double>) known)
            ? known
            : _parts[watcher.Name] = ([], []);
        TimeSpan duration = TimeSpan.FromMilliseconds((double)options.Pairs * 2 * (options.PairWindowMs + SwitchLimitMs));
        WatchingLoad load = _loads[0];
        using (ILoad running = load.Generator.Start(server.EndPoint, load.Shape, duration, machine.GeneratorCore))
        {
            perRequest.AddRange(WatchingParts.MorePerRequest(
                Values(server, $"alternate {watcher.Asked} {options.PairWindowMs} {options.Pairs}", "alternated", duration)));
            running.Stop();
            LoadResult result = running.WaitForEnd();
            if (result.Errors > 0)
            {
                throw new MeasurementException($"errors while {watcher.Name} came and went: {result.ErrorText}");
            }
        }

        server.WaitForNoConnections();
        perReading.AddRange(WatchingParts.OfReadings(Values(server, $"readings {watcher.Asked} {Readings}", "read", AnswerLimit + ReadingsLimit)));
        Progress.Write(FormattableString.Invariant(
            $"{watcher.Name}: {Spread.Of(perRequest)?.Median:0.000} us more for each request, {Spread.Of(perReading)?.Median:0} us for each reading"));
    }

    private static string[] Values(ServerProcess server, string question, string answered, TimeSpan limit)
    {
        string[] words = server.Ask(question, limit).Split(' ');
        return words[0] == answered ? words[1..] : throw new MeasurementException($"the server answered '{string.Join(' ', words)}' to '{question}'");
    }

    private IEnumerable<WatchingParts> Parts(Watcher watcher)
    {
        Spread? nobody = Spread.Of(_cells
            .Where(cell => cell.Watcher == Watcher.Nobody.Name && cell.Load == _loads[^1].Name)
            .Select(static cell => cell.CpuUsPerRequest));
        return nobody is not null && _parts.TryGetValue(watcher.Name, out (List<double> PerRequestUs, List<double> PerReadingUs) values)
            && MedianInterval.Of(values.PerRequestUs) is { } perRequest && MedianInterval.Of(values.PerReadingUs) is { } perReading
                ? [new WatchingParts(watcher.Name, perRequest, perReading, nobody.Median, options.OfferedPerSecond)]
                : [];
    }

    private void WarmUp(ServerProcess server, WatchingLoad load, Watcher watcher, int launch)
    {
        using DashboardViewer? viewer = Begin(server, watcher);
        try
        {
            NoteFailure(launch, watcher, _runner.WarmUp(load.Generator, server, load.Shape, options.WarmUpSeconds));
        }
        catch (MeasurementException failure)
        {
            NoteFailure(launch, watcher, failure.Message);
        }
    }

    private void Measure(ServerProcess server, WatchingLoad load, Watcher watcher, int launch, int round)
    {
        using DashboardViewer? viewer = Begin(server, watcher);
        long seen = viewer?.Bytes ?? 0;
        GroupPeer peer = new(watcher.Name, PeerOf(watcher), load.Generator, _cores.One);
        CellResult cell = _runner.Measure(peer, server, load.Shape, round);
        string? failure = cell.Discarded ?? (viewer?.Bytes == seen ? "the dashboard sent no event meanwhile" : null);
        if (failure is not null || cell.Figures is not { } figures)
        {
            NoteFailure(launch, watcher, $"{load.Name}, round {round}: {failure}");
            return;
        }

        Progress.Write(FormattableString.Invariant(
            $"{load.Name}: {watcher.Name}: round {round}: {figures.CpuUsPerRequest:0.000} us CPU per request"));
        _cells.Add(new WatchingCell(load.Name, watcher.Name, launch, round, figures.CpuUsPerRequest, figures.RequestsPerSecond));
    }

    // The runner names a row by it, and starts nothing.
    private static ExamplePeer PeerOf(Watcher watcher) => new(watcher.Name, Server, ExamplePeer.FlexScIo);

    /// <summary>Has a watcher look in place of the one before.</summary>
    /// <returns>Who has the dashboard's page open; null for nobody.</returns>
    private static DashboardViewer? Begin(ServerProcess server, Watcher watcher)
    {
        string answer = server.Ask($"watch {watcher.Asked}", AnswerLimit);
        if (!answer.StartsWith(Answer + watcher.Asked, StringComparison.Ordinal))
        {
            throw new MeasurementException($"the server answered '{answer}'");
        }

        return watcher.HasViewer ? DashboardViewer.Open(new Uri(answer[(Answer.Length + watcher.Asked.Length)..].Trim())) : null;
    }

    private void NoteFailure(int launch, Watcher watcher, string failure)
    {
        if (failure.Length > 0)
        {
            _missing.Note(FormattableString.Invariant($"launch {launch}: {watcher.Name}: {failure}"));
        }
    }
}
