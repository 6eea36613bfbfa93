using FlexSc.Benchmarks.Regress;
using FlexSc.Measuring.Machine;
using Xunit;

namespace FlexSc.Benchmarks.Tests;

public sealed class RegressTests
{
    private const double Margin = 0.03;
    private const int Cells = 6;

    /// <summary>What processes of the same program differ by: some 2 % to both sides.</summary>
    private static readonly double[] Control = [0.982, 1.013, 0.994, 1.021, 1.004, 0.989, 1.008];

    [Theory]
    [InlineData(1.00, nameof(RegressVerdict.Same))]
    [InlineData(1.10, nameof(RegressVerdict.Worse))]
    [InlineData(0.90, nameof(RegressVerdict.Better))]
    [InlineData(1.03, nameof(RegressVerdict.Undecided))]
    public void A_cost_is_judged_by_the_margin(double factor, string verdict)
    {
        // Other launches, the same spread.
        double[] after = [.. Control.Select(static value => 1 / value).Select(value => value * factor)];
        Judgement judgement = new RegressJudge(Margin, Cells).Judge(after, Control);

        Assert.Equal(verdict, judgement.Verdict.ToString());
        Assert.Equal(judgement.Verdict != RegressVerdict.Undecided, judgement.Confidence >= RegressJudge.Confidence);
    }

    [Fact]
    public void Where_the_control_itself_is_far_apart_nothing_is_shown()
    {
        double[] wild = [0.7, 1.3, 0.9, 1.2, 0.8, 1.1, 1.0];
        Assert.Equal(
            RegressVerdict.Undecided, new RegressJudge(Margin, Cells).Judge([.. wild.Select(static value => 1.05 * value)], wild).Verdict);
        Assert.Equal(RegressVerdict.Undecided, new RegressJudge(Margin, Cells).Judge(wild, wild).Verdict);
    }

    [Fact]
    public void One_wild_launch_makes_no_verdict_of_its_own()
    {
        double[] after = [0.99, 1.01, 1.0, 1.02, 0.98, 1.0, 3.0];
        Assert.NotEqual(RegressVerdict.Worse, new RegressJudge(Margin, Cells).Judge(after, Control).Verdict);
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(6, 5)]
    public void Fewer_launches_than_the_least_show_nothing_whatever_they_brought(int cells, int least)
    {
        Assert.Equal(least, RegressJudge.LeastLaunches(cells));
        foreach ((int launches, RegressVerdict verdict) in new[] { (least, RegressVerdict.Worse), (least - 1, RegressVerdict.Undecided) })
        {
            double[] after = [.. Enumerable.Range(0, launches).Select(static launch => 2 + (launch / 100.0))];
            double[] control = [.. Enumerable.Range(0, launches).Select(static launch => 1 + (launch / 100.0))];
            Assert.Equal(verdict, new RegressJudge(Margin, cells).Judge(after, control).Verdict);
        }
    }

    [Fact]
    public void The_probability_is_the_exact_one()
    {
        // Of the 20 orders of three and three values, one is this, one more is as the second.
        Assert.Equal(1 / 20.0, RegressJudge.PValue([4, 5, 6], [1, 2, 3]), precision: 9);
        Assert.Equal(2 / 20.0, RegressJudge.PValue([3, 5, 6], [1, 2, 4]), precision: 9);
        Assert.Equal(1, RegressJudge.PValue([1, 2, 3], [4, 5, 6]), precision: 9);
    }

    [Fact]
    public void Chance_alone_is_called_worse_or_better_in_no_more_runs_than_was_said()
    {
        // Seeded: the same runs each time. Both samples are of one distribution, the margin is none: the hardest case.
        const int runs = 2000;
        Random random = new(20101004);
        int wrong = 0;
        for (int run = 0; run < runs; run++)
        {
            double[] after = [.. Enumerable.Range(0, 7).Select(_ => 1 + (0.05 * random.NextDouble()))];
            double[] control = [.. Enumerable.Range(0, 7).Select(_ => 1 + (0.05 * random.NextDouble()))];
            wrong += new RegressJudge(margin: 0, cells: 1).Judge(after, control).Verdict is RegressVerdict.Worse or RegressVerdict.Better
                ? 1
                : 0;
        }

        // 5 % to each side.
        Assert.InRange(wrong / (double)runs, 0.05, 0.11);
    }

    [Fact]
    public void A_launch_is_the_median_of_ratios_within_rounds_that_are_whole()
    {
        LaunchRatios? ratios = LaunchRatios.Of("kv", 2,
        [
            Round(10, 11, 12), Round(20, 21, 22), Round(5, 5, 10),
            new Dictionary<string, double> { [RegressSides.Before] = 1, [RegressSides.After] = 100 },
        ]);

        Assert.Equal(1.2, ratios!.After, precision: 9);
        Assert.Equal(1.05, ratios.Control, precision: 9);
        Assert.Null(LaunchRatios.Of("kv", 2, []));
    }

    [Fact]
    public void Every_side_is_in_every_place_once_in_three_launches()
    {
        IReadOnlyList<string>[] orders = [.. Enumerable.Range(1, 3).Select(RegressSides.InTurn)];
        Assert.All(Enumerable.Range(0, 3), place => Assert.Equal(3, orders.Select(order => order[place]).Distinct().Count()));
    }

    [Theory]
    [InlineData(1.0, 1.5, RegressReport.ExitWorse)]
    [InlineData(1.0, 1.0, 0)]
    [InlineData(1.03, 1.0, RegressReport.ExitUndecided)]
    [InlineData(1.03, 1.5, RegressReport.ExitWorse)]
    public void The_exit_code_says_worse_before_undecided(double http, double kv, int exitCode)
    {
        RegressReport report = Report(new() { ["http-16"] = http, ["kv"] = kv });
        Assert.Equal(exitCode, report.ExitCode);
        Assert.Equal(["http-16", "kv"], report.ToTable().Rows.Select(static row => row[0]));
    }

    private static RegressReport Report(Dictionary<string, double> factors)
    {
        RegressOptions options = new(Control.Length, 3, 0.6, 4, 0.8, 100 * Margin, [.. factors.Keys]);
        LaunchRatios[] ratios =
        [
            .. factors.SelectMany(
                factor => Control.Select((control, launch) => new LaunchRatios(factor.Key, launch + 1, factor.Value / control, control))),
        ];
        return RegressReport.Of("0123456789abcdef", DateTime.UnixEpoch, new MachineFacts(
            "a processor", 2, [0, 1], "6.18", ".NET 10", "10.0", "abc", true), options, ratios, []);
    }

    private static Dictionary<string, double> Round(double before, double control, double after) => new()
    {
        [RegressSides.Before] = before,
        [RegressSides.Control] = control,
        [RegressSides.After] = after,
    };
}
