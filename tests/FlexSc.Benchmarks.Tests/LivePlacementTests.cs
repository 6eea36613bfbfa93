using FlexSc.Benchmarks.Placement;
using Xunit;

namespace FlexSc.Benchmarks.Tests;

public sealed class LivePlacementTests
{
    private const string Warning = "placement, 1.0 s: warning: core 1 runs loop 1 and executes system calls. Give them a core each";

    private static readonly LiveOptions Options = new(Quick: false, Rounds: 2, Seconds: 8, LeastRelative: 0.95);

    [Theory]
    [InlineData(100, 100, "same")]
    [InlineData(98, 94, "same, not in every round")]
    [InlineData(94, 90, "missed")]
    [InlineData(120, 110, "better")]
    [InlineData(120, 100, "better, not in every round")]
    public void Adaptive_is_judged_beside_the_better_of_the_two_others(double first, double second, string verdict)
    {
        LiveReport report = Report([Warning], first, second);
        string phase = LivePhase.Measured[0].Name;
        Assert.Equal(LivePolicy.Inline, report.BetterOf(phase));
        Assert.Equal(verdict, report.VerdictOf(phase));
        Assert.True(report.IsWhole);
        Assert.True(report.IsWrongSplitReported);
        Assert.All(report.ToTables().First().Rows, row => Assert.Equal(verdict, row[^1]));
    }

    [Fact]
    public void What_was_told_is_in_the_tables_and_a_wrong_split_without_a_warning_is_not_reported()
    {
        LiveReport report = Report([], 100, 100);
        Assert.False(report.IsWrongSplitReported);
        Assert.Contains(report.ToTables().First().Notes, static note => note.Contains("NOT reported", StringComparison.Ordinal));
        string[] row = report.ToTables().Last().Rows.Single();
        Assert.Equal((LivePolicy.Adaptive, "placement, 2.0 s: more loops"), (row[0], row[1]));
    }

    [Fact]
    public void A_round_in_which_one_is_missing_does_not_count()
    {
        LiveReport report = Report([Warning], 100, 50);
        LiveReport without = report with { Cells = [.. report.Cells.Where(static cell => cell.Round == 1 || cell.Policy != LivePolicy.Static)] };
        Assert.Equal("same", without.VerdictOf(LivePhase.Measured[0].Name));
        Assert.False(without.IsWhole);
    }

    private static LiveReport Report(IReadOnlyList<string> wrongSplit, params double[] adaptive)
    {
        // A round of twice the others' figures: ratios do not see it.
        List<LiveCell> cells = [];
        for (int round = 1; round <= adaptive.Length; round++)
        {
            foreach (string phase in LivePhase.Measured.Select(static phase => phase.Name))
            {
                cells.Add(new LiveCell(LivePolicy.Inline, phase, round, 100 * round));
                cells.Add(new LiveCell(LivePolicy.Static, phase, round, 50 * round));
                cells.Add(new LiveCell(LivePolicy.Adaptive, phase, round, adaptive[round - 1] * round));
            }
        }

        return new LiveReport(
            DateTime.UnixEpoch, Sample.Machine, Options, cells,
            new Dictionary<string, IReadOnlyList<string>> { [LivePolicy.Adaptive] = ["placement, 2.0 s: more loops"] }, wrongSplit, []);
    }
}
