using FlexSc.Benchmarks.Stalls;
using Xunit;

namespace FlexSc.Benchmarks.Tests;

public sealed class StallsTests
{
    private const string Block = "block";
    private const string Deadlock = "deadlock-loop-0";

    private static readonly GivenUpFigures Served = new(
        16, 8, EarlyTried: 3, EarlyAnswered: 3, EarlyLongestMs: 2500, NewTried: 200, NewAnswered: 200, new NewActors(200, 200),
        GivenUpFigures.Healthy, new StallHealth(GivenUpFigures.Unhealthy, "loop 0 is given up"));

    private static readonly StallsOptions Options = new(
        Quick: false, Rounds: 2, WarmUpSeconds: 5, Seconds: 10, OfferedPerSecond: 1000, Connections: 16, BlockMs: 500, ComputeMs: 50, GiveUpMs: 3000,
        NewConnections: 200, Bar: 1.2, KeepsCoresAwake: true, GeneratorIsFirst: true, Cases: [Block, Deadlock]);

    [Theory]
    [InlineData(110, 115, "met")]
    [InlineData(110, 125, "met, not in every round")]
    [InlineData(110, 190, "missed, not in every round")]
    [InlineData(300, 190, "missed")]
    public void A_case_is_judged_by_the_median_of_its_rounds(double firstUs, double secondUs, string verdict)
    {
        StallsReport report = Report(Figures(Block, 1, firstUs), Figures(Block, 2, secondUs));
        Assert.Equal(verdict, report.VerdictOf(Block));
        Assert.False(report.IsWhole);
        Assert.Equal(Block, report.ToTables().Single().Rows.Single()[0]);
    }

    [Theory]
    [InlineData(200, 200, GivenUpFigures.Healthy, GivenUpFigures.Unhealthy, "met")]
    [InlineData(199, 200, GivenUpFigures.Healthy, GivenUpFigures.Unhealthy, "missed: not all was served")]
    [InlineData(200, 199, GivenUpFigures.Healthy, GivenUpFigures.Unhealthy, "missed: not all was served")]
    [InlineData(200, 200, GivenUpFigures.Healthy, GivenUpFigures.Healthy, "missed: not all was served")]
    [InlineData(200, 200, GivenUpFigures.Unhealthy, GivenUpFigures.Unhealthy, "missed: not all was served")]
    public void A_loop_that_was_given_up_is_to_be_told_and_what_comes_after_is_to_be_served(
        int answered, int actors, string healthBefore, string health, string verdict)
    {
        GivenUpFigures second = Served with
        {
            NewAnswered = answered, Actors = new NewActors(200, actors), HealthBefore = healthBefore, Health = new StallHealth(health, "as it is"),
        };
        StallsReport report = Report(Figures(Deadlock, 1, 100) with { GivenUp = Served }, Figures(Deadlock, 2, 100) with { GivenUp = second });
        Assert.Equal(verdict, report.VerdictOf(Deadlock));
        Assert.Equal(["8 of 16", "8 of 16"], report.ToTables().Last().Rows.Select(static row => row[2]));
    }

    [Fact]
    public void A_case_without_a_round_has_no_figure_and_is_missing()
    {
        StallsReport report = Report(Figures(Block, 1, 100), Figures(Block, 2, 100));
        Assert.Null(report.RatioOf(Deadlock));
        Assert.False(report.IsWhole);
        Assert.True((report with { Options = Options with { Cases = [Block] } }).IsWhole);
    }

    private static StallsReport Report(params StallFigures[] figures) => new(DateTime.UnixEpoch, Sample.Machine, Options, figures, []);

    private static StallFigures Figures(string name, int round, double afterUs) =>
        new(name, round, BeforeUs: 100, ControlUs: 101, WorstUs: 450_000, afterUs, UntilMs: 700);
}
