using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring.Load;
using FlexSc.Measuring.Machine;

namespace FlexSc.Benchmarks.Tests;

/// <summary>Made-up cells and runs.</summary>
internal static class Sample
{
    public const int Rounds = 5;

    public static readonly LoadShape Shape = new(128, 1);
    private static readonly LoadResult NoErrors = new(1000, 100, 200, 300, 0, "");

    public static MachineFacts Machine { get; } = new("a processor", 2, [0, 1], "6.18", ".NET 10", "10.0", "abc", false);

    public static RunOptions Options { get; } = new(
        Quick: false, Rounds, Seconds: 1, FirstWarmUpSeconds: 6, WarmUpSeconds: 1, TrapSeconds: 0.5, MaxSpreadPercent: 20, ServerCore: 0, GeneratorCore: 1, Only: null);

    public static CellResult[] Cells(string peer, params double[] cpuUs) =>
        [.. cpuUs.Select((value, index) => Cell(peer, index + 1, Figures(value)))];

    public static CellResult Cell(string peer, int round, WindowFigures figures, LoadShape? shape = null) =>
        new(peer, shape ?? Shape, round, figures, NoErrors, null, 0);

    /// <summary>Cells of the same cost in each round.</summary>
    public static CellResult[] Even(string peer, LoadShape shape, double cpuUs) =>
        [.. Enumerable.Range(1, Rounds).Select(round => Cell(peer, round, Figures(cpuUs), shape))];

    public static WindowFigures Figures(double cpuUs) => new(
        Seconds: 5,
        Requests: 1000,
        RequestsPerSecond: 1e6 / cpuUs,
        CpuUsPerRequest: cpuUs,
        ServerReportedCpuUsPerRequest: cpuUs,
        SystemTimeSharePercent: 70,
        AllocatedBytesPerRequest: 100,
        ContextSwitchesPerRequest: 1,
        ServerPercent: 99,
        GeneratorPercent: 50,
        OthersOnServerCorePercent: 0,
        OthersOnGeneratorCorePercent: 0,
        StolenPercent: 0,
        LoopTrapsPerRequest: null);

    public static ComparisonResult Result(IReadOnlyList<CellResult> cells, IReadOnlyList<TrapResult>? traps = null)
    {
        PeerState[] peers = [.. cells.Select(cell => cell.Peer).Distinct().Select(peer => new PeerState(peer, $"{peer} 1.0", true, null, null))];
        return new ComparisonResult(peers, [.. cells.Select(cell => cell.Shape).Distinct().Select(shape => new GroupTable(shape))], cells, traps ?? []);
    }

    public static GroupReport Group(string id, string baseline, IReadOnlyList<CellResult> cells, IReadOnlyList<TrapResult>? traps = null)
    {
        ComparisonResult result = Result(cells, traps);
        IReadOnlyList<Row> rows = new RowBuilder(result, Options, baseline, hasServerCore: true).Build();
        return new GroupReport(id, id, "a generator", baseline, true, result.Peers, rows, cells);
    }

    public static RunReport Report(params GroupReport[] groups) => new()
    {
        Command = "all",
        Utc = new DateTime(2026, 11, 24, 10, 0, 0, DateTimeKind.Utc),
        Machine = Machine,
        Options = Options,
        Groups = groups,
        TrapCounter = "a counter",
    };
}
