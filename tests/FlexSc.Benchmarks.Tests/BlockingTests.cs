using FlexSc.Benchmarks.Blocking;
using Xunit;

namespace FlexSc.Benchmarks.Tests;

public sealed class BlockingTests
{
    private const string Kind = "mix";

    private static readonly BlockingOptions Options = new(
        Quick: false, Rounds: 3, BlockingActors: 100, BlockTimes: 10, BlockMs: 20, ComputingActors: 100, ComputeTimes: 2000, Bar: 1.1, Kinds: [Kind]);

    [Fact]
    public void The_ratio_is_taken_within_the_round()
    {
        // A machine that slows down all the time: the ratio of a round does not see it.
        BlockingReport report = Report(
            [.. Enumerable.Range(1, 3).SelectMany(static round => new[] { Run(BlockingFigures.Stock, round, round), Run(BlockingFigures.FlexSc, round, 1.05 * round) })]);
        Assert.Equal(1.05, report.RatioOf(Kind)!.Max, 0.001);
        Assert.Equal("met", report.VerdictOf(Kind));
        Assert.True(report.IsWhole);
        Assert.Equal(Kind, report.ToTables().Single().Rows.Single()[0]);
    }

    [Fact]
    public void A_round_without_its_comparison_has_no_ratio_and_is_missing()
    {
        BlockingReport report = Report(
            Run(BlockingFigures.Stock, 1, 1), Run(BlockingFigures.FlexSc, 1, 2), Run(BlockingFigures.FlexSc, 2, 1), Run(BlockingFigures.Stock, 3, 1));
        Assert.Equal((2, 2), (report.RatioOf(Kind)!.Min, report.RatioOf(Kind)!.Max));
        Assert.Equal("missed", report.VerdictOf(Kind));
        Assert.False(report.IsWhole);
    }

    private static BlockingReport Report(params BlockingFigures[] runs) => new(DateTime.UnixEpoch, Sample.Machine, Options, runs, []);

    private static BlockingFigures Run(string dispatcher, int round, double seconds) => new(Kind, dispatcher, round, seconds, 1, 10, 0);
}
