using System.Diagnostics;
using FlexSc.Benchmarks.Load.Kv;
using FlexSc.Benchmarks.Parts;
using FlexSc.Benchmarks.Peers;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring;
using FlexSc.Measuring.Counters;
using FlexSc.Measuring.Load;

namespace FlexSc.Benchmarks.Regress;

/// <summary>Runs the cells launch by launch, the sides in turn in each round. Used from the main thread.</summary>
/// <param name="options">How long and how often.</param>
/// <param name="before">The commit's sources.</param>
/// <param name="machine">Where servers and generators run.</param>
internal sealed class RegressRun(RegressOptions options, CommitTree before, RunOptions machine)
{
    private const double SecondsPerMinute = 60;
    private const double MsPerSecond = 1000;

    private readonly Cores _cores = new(machine);
    private readonly List<LaunchRatios> _ratios = [];
    private readonly List<string> _failures = [];

    /// <summary>All ratios, and why some are missing.</summary>
    public (IReadOnlyList<LaunchRatios> Ratios, IReadOnlyList<string> Failures) Run()
    {
        long start = Stopwatch.GetTimestamp();
        for (int launch = 1; launch <= options.Launches; launch++)
        {
            double minutes = Stopwatch.GetElapsedTime(start).TotalMinutes;
            string left = launch == 1
                ? ""
                : FormattableString.Invariant($", about {minutes / (launch - 1) * (options.Launches - launch + 1):0.0} min left");
            Progress.Write(FormattableString.Invariant($"== launch {launch} of {options.Launches}{left}"));
            foreach (IGrouping<RegressService, RegressCell> cells in Asked(options).GroupBy(static cell => cell.Service))
            {
                if (cells.Key == RegressService.Echo)
                {
                    RunEcho(launch, [.. cells]);
                }
                else
                {
                    RunServers(launch, cells.Key, [.. cells]);
                }
            }
        }

        return (_ratios, _failures);
    }

    /// <summary>What one cell takes, builds left out.</summary>
    public static double EstimatedMinutes(RegressOptions options)
    {
        const double startSeconds = 0.4;
        const double cellOverheadSeconds = 1.1;
        int sides = RegressSides.InTurn(0).Count;
        RegressCell[] cells = [.. Asked(options)];
        int services = cells.Select(static cell => cell.Service).Distinct().Count();
        double launch = sides * ((services * (startSeconds + options.FirstWarmUpSeconds))
            + (cells.Length * (options.WarmUpSeconds + (options.Rounds * (options.Seconds + cellOverheadSeconds)))));
        return options.Launches * launch / SecondsPerMinute;
    }

    private static IEnumerable<RegressCell> Asked(RegressOptions options) => RegressCell.All.Where(options.Includes);

    private void RunServers(int launch, RegressService service, RegressCell[] cells)
    {
        ILoadGenerator generator = service == RegressService.Http
            ? new WrkGenerator(HttpExchange.Hello)
            : new KvGenerator(KvChoice.Full.Load with { Protocol = KvProtocol.Memcached });
        IReadOnlyList<Peer> catalog = service == RegressService.Http ? PeerCatalog.Http : PeerCatalog.Kv;
        ExamplePeer example = (ExamplePeer)catalog.Single(static peer => peer.Name == PeerNames.IoUringPooled);
        Group group = new(
            "regress",
            $"{service}, launch {launch}",
            RegressSides.Before,
            [.. RegressSides.InTurn(launch).Select(
                side => new GroupPeer(side, example with { Tree = TreeOf(side) }, generator, _cores.One))],
            _cores.Generator,
            [.. cells.Select(static cell => new GroupTable(cell.Shape, CountTraps: false))]);
        ComparisonResult result = new GroupRun(group, machine, new LoopTrapCounter("no traps are counted here")).Run();
        _failures.AddRange(result.Peers.Select(static peer => (peer.Name, Reason: peer.Unavailable ?? peer.StopFailure))
            .Where(static peer => peer.Reason is not null).Select(peer => $"launch {launch}: {service}: {peer.Name}: {peer.Reason}"));
        foreach (RegressCell cell in cells)
        {
            CellResult[] good = [.. result.Cells.Where(taken => taken.Shape == cell.Shape && taken.Discarded is null)];
            Add(cell, launch, good.GroupBy(static taken => taken.Round)
                .Select(static round => round.ToDictionary(static taken => taken.Peer, static taken => taken.Figures!.CpuUsPerRequest)));
        }
    }

    private void RunEcho(int launch, RegressCell[] cells)
    {
        List<(string Side, EchoProcess Process)> processes = [];
        try
        {
            processes.AddRange(RegressSides.InTurn(launch).Select(side => (side, EchoProcess.Start(
                EchoPart.Actors, TreeOf(side), _cores.BothCores, (int)(options.FirstWarmUpSeconds / 2 * MsPerSecond)))));
            foreach (RegressCell cell in cells)
            {
                List<Dictionary<string, double>> rounds = [];
                for (int round = 1; round <= options.Rounds; round++)
                {
                    rounds.Add(EchoRound(processes, cell, launch));
                }

                Add(cell, launch, rounds);
            }
        }
        finally
        {
            processes.ForEach(static entry => entry.Process.Dispose());
        }
    }

    private Dictionary<string, double> EchoRound(List<(string Side, EchoProcess Process)> processes, RegressCell cell, int launch)
    {
        Dictionary<string, double> costs = [];
        foreach ((string side, EchoProcess process) in processes)
        {
            (EchoPart.Figures? figures, string? failure) = process.Measure(cell.Shape.Connections, (int)(options.Seconds * MsPerSecond));
            if (figures is not null)
            {
                costs[side] = figures.CpuUsPerMessage;
                Progress.Write(FormattableString.Invariant($"{cell.Name}: {side}: {figures.CpuUsPerMessage:0.00} us CPU per message"));
            }
            else
            {
                _failures.Add($"launch {launch}: {cell.Name}: {side}: {failure}");
            }
        }

        return costs;
    }

    private void Add(RegressCell cell, int launch, IEnumerable<IReadOnlyDictionary<string, double>> rounds)
    {
        if (LaunchRatios.Of(cell.Name, launch, rounds) is { } ratios)
        {
            _ratios.Add(ratios);
        }
        else
        {
            _failures.Add($"launch {launch}: {cell.Name}: no round is good on all sides");
        }
    }

    private string? TreeOf(string side) => side == RegressSides.After ? null : before.Root;
}
