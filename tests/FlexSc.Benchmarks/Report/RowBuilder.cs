using System.Globalization;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring;
using FlexSc.Measuring.Counters;
using FlexSc.Measuring.Load;

namespace FlexSc.Benchmarks.Report;

/// <summary>Sums the rounds up and says what to think of them.</summary>
/// <param name="baseline">The peer that ratios refer to.</param>
/// <param name="hasServerCore">Whether the servers had a core of their own, which they can use up.</param>
/// <param name="comparesThroughput">Whether requests a second are compared where they had none.</param>
internal sealed class RowBuilder(ComparisonResult result, RunOptions options, string baseline, bool hasServerCore, bool comparesThroughput = false)
{
    private const double SaturatedPercent = 90;
    private const double MaxOthersPercent = 10;
    private const double MaxStolenPercent = 5;
    private const double MaxCpuDisagreementPercent = 5;

    public IReadOnlyList<Row> Build() =>
    [
        .. result.Tables.SelectMany(table => result.Peers
            .Where(peer => table.Only is null || table.Only.Contains(peer.Name))
            .Select(peer => Build(peer, table.Shape))),
    ];

    private Row Build(PeerState peer, LoadShape shape)
    {
        CellResult[] all = [.. CellsOf(peer.Name, shape)];
        CellResult[] good = [.. all.Where(cell => cell.Discarded is null)];
        TrapFigure traps = result.Traps.FirstOrDefault(trap => trap.Peer == peer.Name && trap.Shape == shape)?.Figure
            ?? TrapFigure.Missing("not counted");
        return new Row(
            peer.Name,
            shape,
            good.Length,
            Over(good, figures => figures.CpuUsPerRequest),
            Ratio(good, shape, figures => figures.CpuUsPerRequest),
            traps,
            Spread.Of(good.Select(cell => cell.Figures!.AllocatedBytesPerRequest).OfType<double>()),
            Over(good, figures => figures.ContextSwitchesPerRequest),
            Over(good, figures => figures.RequestsPerSecond),
            comparesThroughput || (IsSaturated(good) && IsSaturated(GoodBaseline(shape))) ? Ratio(good, shape, figures => figures.RequestsPerSecond) : null,
            Spread.Of(good.Select(cell => cell.Load!.P50Us)),
            Spread.Of(good.Select(cell => cell.Load!.P99Us)),
            Spread.Of(good.Select(cell => cell.Load!.P999Us)),
            Over(good, figures => figures.ServerPercent),
            Over(good, figures => figures.GeneratorPercent),
            Over(good, figures => figures.SystemTimeSharePercent),
            [.. Remarks(peer, all, good)]);
    }

    private IEnumerable<CellResult> CellsOf(string peer, LoadShape shape) =>
        result.Cells.Where(cell => cell.Peer == peer && cell.Shape == shape);

    private CellResult[] GoodBaseline(LoadShape shape) =>
        [.. CellsOf(baseline, shape).Where(cell => cell.Discarded is null)];

    private static Spread? Over(CellResult[] cells, Func<WindowFigures, double> figure) =>
        Spread.Of(cells.Select(cell => figure(cell.Figures!)));

    private Spread? Ratio(CellResult[] cells, LoadShape shape, Func<WindowFigures, double> figure)
    {
        Dictionary<int, double> reference = GoodBaseline(shape).ToDictionary(cell => cell.Round, cell => figure(cell.Figures!));
        return Spread.Of(cells.Where(cell => reference.ContainsKey(cell.Round)).Select(cell => figure(cell.Figures!) / reference[cell.Round]));
    }

    private bool IsSaturated(CellResult[] cells) =>
        hasServerCore && Over(cells, figures => figures.ServerPercent)?.Median >= SaturatedPercent;

    private IEnumerable<string> Remarks(PeerState peer, CellResult[] all, CellResult[] good)
    {
        if (peer.Unavailable is { } reason)
        {
            yield return !peer.Started ? $"not available: {reason}" : $"given up: {reason}";
        }

        CellResult[] discarded = [.. all.Where(cell => cell.Discarded is not null)];
        if (discarded.Length > 0)
        {
            yield return $"{discarded.Length} of {all.Length} rounds discarded: {discarded[0].Discarded}";
        }

        long left = all.Select(cell => cell.ConnectionsLeft).DefaultIfEmpty().Max();
        if (left > 0)
        {
            yield return $"{left} connections left open by the server";
        }

        if (good.Length > 0)
        {
            foreach (string remark in RemarksOnFigures(good))
            {
                yield return remark;
            }
        }
    }

    private IEnumerable<string> RemarksOnFigures(CellResult[] good)
    {
        if (options.OneCore)
        {
            yield return "one core for server and generator";
        }
        else if (!hasServerCore)
        {
            yield return RowRemarks.SharedCores;
        }
        else if (good[0].Shape.OfferedPerSecond is not null)
        {
            // The pace is the generator's choice: nobody is meant to be full.
        }
        else if (!IsSaturated(good))
        {
            bool generatorFull = Over(good, figures => figures.GeneratorPercent)!.Median >= SaturatedPercent;
            yield return generatorFull ? RowRemarks.GeneratorBound : RowRemarks.NotSaturated;
        }

        double spread = Over(good, figures => figures.CpuUsPerRequest)!.TrimmedPercent;
        if (spread > options.MaxSpreadPercent)
        {
            yield return Text($"{RowRemarks.Spread} {spread:0} %");
        }

        double compiling = good.Max(cell => cell.Figures!.CompilePercent);
        if (compiling > CellRunner.MaxCompilePercent)
        {
            yield return Text($"compiling: it took {compiling:0} % of the core in a round");
        }

        double disagreement = good.Max(cell => Disagreement(cell.Figures!) ?? 0);
        if (disagreement > MaxCpuDisagreementPercent)
        {
            yield return Text($"the server's own CPU figure differs by {disagreement:0} %");
        }

        if (Largest(good, figures => figures.OthersOnServerCorePercent) is { } onServerCore && onServerCore > MaxOthersPercent && hasServerCore)
        {
            yield return Text($"disturbed: others took {onServerCore:0} % of the server's core in a round");
        }

        if (Largest(good, figures => figures.OthersOnGeneratorCorePercent) is { } onGeneratorCore && onGeneratorCore > MaxOthersPercent && hasServerCore)
        {
            yield return Text($"disturbed: others took {onGeneratorCore:0} % of the generator's core in a round");
        }

        if (Largest(good, figures => figures.StolenPercent) is { } stolen && stolen > MaxStolenPercent)
        {
            yield return Text($"the host took {stolen:0} % of the server's core in a round");
        }
    }

    private static double? Disagreement(WindowFigures figures) => figures.ServerReportedCpuUsPerRequest is { } reported
        ? 100 * Math.Abs(reported - figures.CpuUsPerRequest) / figures.CpuUsPerRequest
        : null;

    private static double? Largest(CellResult[] cells, Func<WindowFigures, double?> figure) => cells.Max(cell => figure(cell.Figures!));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
