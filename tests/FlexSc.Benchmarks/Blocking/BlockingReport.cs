using FlexSc.Benchmarks.Report;
using FlexSc.Measuring;
using FlexSc.Measuring.Machine;

namespace FlexSc.Benchmarks.Blocking;

/// <summary>What came of it: every run, from which the table is made.</summary>
/// <param name="Runs">All of them.</param>
/// <param name="Failures">Why some are missing.</param>
internal sealed record BlockingReport(
    DateTime Utc, MachineFacts Machine, BlockingOptions Options, IReadOnlyList<BlockingFigures> Runs, IReadOnlyList<string> Failures)
    : IExperimentReport
{
    /// <summary>Whether every program has run in every round on both dispatchers.</summary>
    public bool IsWhole => Options.Kinds.All(kind => Ratios(kind).Count() == Options.Rounds);

    /// <summary>Time to finish on FlexSC's dispatcher relative to the stock one, round by round; null where there is no round.</summary>
    public Spread? RatioOf(string kind) => Spread.Of(Ratios(kind));

    public string? VerdictOf(string kind) => BarVerdict.Of(RatioOf(kind), Options.Bar);

    public IEnumerable<TextTable> ToTables()
    {
        TextTable table = new(
            FormattableString.Invariant(
                $"A whole program on the default dispatcher: {Options.BlockingActors} actors that block {Options.BlockTimes} times, {Options.ComputingActors} that compute {Options.ComputeTimes} times; {Options.Rounds} rounds"),
            "<blocks by", "stock s", "FlexSC s", "FlexSC x stock", "<bar", "stock CPU s", "FlexSC CPU s", "stock pool threads", "FlexSC pool threads", "evicted");
        foreach (string kind in Options.Kinds.Where(kind => RatioOf(kind) is not null))
        {
            table.Add(
                kind,
                Figures.Range(Over(kind, BlockingFigures.Stock, static run => run.Seconds), "0.00"),
                Figures.Range(Over(kind, BlockingFigures.FlexSc, static run => run.Seconds), "0.00"),
                Figures.Range(RatioOf(kind), "0.00"),
                VerdictOf(kind)!,
                Figures.Median(Over(kind, BlockingFigures.Stock, static run => run.CpuSeconds), "0.0"),
                Figures.Median(Over(kind, BlockingFigures.FlexSc, static run => run.CpuSeconds), "0.0"),
                Figures.Median(Over(kind, BlockingFigures.Stock, static run => run.PoolThreads), "0"),
                Figures.Median(Over(kind, BlockingFigures.FlexSc, static run => run.PoolThreads), "0"),
                Figures.Median(Over(kind, BlockingFigures.FlexSc, static run => run.Evicted), "0"));
        }

        table.Notes.Add(FormattableString.Invariant($"sleep, wait and result block for {Options.BlockMs} ms, file for as long as fsync takes; mix has all four; brief blocks for a quarter of that"));
        table.Notes.Add("uneven: none blocks, and every second one of those that compute does the work of two");
        table.Notes.Add(FormattableString.Invariant($"bar: {Options.Bar} of the stock dispatcher; the ratio is taken within each round"));
        yield return table;
    }

    private IEnumerable<double> Ratios(string kind) => Of(kind, BlockingFigures.FlexSc)
        .Join(Of(kind, BlockingFigures.Stock), static run => run.Round, static run => run.Round, static (own, stock) => own.Seconds / stock.Seconds);

    private Spread? Over(string kind, string dispatcher, Func<BlockingFigures, double> figure) => Spread.Of(Of(kind, dispatcher).Select(figure));

    private IEnumerable<BlockingFigures> Of(string kind, string dispatcher) =>
        Runs.Where(run => run.Kind == kind && run.Dispatcher == dispatcher);
}
