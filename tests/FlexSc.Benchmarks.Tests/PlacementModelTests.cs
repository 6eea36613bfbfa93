using FlexSc.Akka.Placement;
using FlexSc.PlacementModel.Model;
using FlexSc.PlacementModel.Scenarios;
using Xunit;

namespace FlexSc.Benchmarks.Tests;

/// <summary>The adaptive policy in the model, in the scenarios that are soon over; <c>-- placement</c> runs all of it.</summary>
public sealed class PlacementModelTests
{
    private const double LeastRelative = 0.95;
    private const int MostDecisions = 1;

    public static TheoryData<string> Scenarios => [.. ScenarioCatalog.All.Select(static scenario => scenario.Name)];

    [Theory]
    [InlineData("memcached mix")]
    [InlineData("slow disk")]
    [InlineData("blocking actor")]
    [InlineData("compute and I/O")]
    public void On_two_cores_it_reaches_what_the_best_split_does(string scenario) =>
        Reaches(Compare(scenario, ScenarioCatalog.TwoCores, CostFigures.Measured));

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void On_eight_cores_it_does_so_where_syscall_cores_pay(string scenario) =>
        Reaches(Compare(scenario, ScenarioCatalog.Machines[0], CostFigures.DirtyCaches));

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void So_it_does_on_four_cores_with_two_threads_each(string scenario) =>
        Reaches(Compare(scenario, ScenarioCatalog.Machines[1], CostFigures.DirtyCaches));

    [Theory]
    [InlineData("nginx mix")]
    [InlineData("one hot actor")]
    [InlineData("half the quota")]
    public void On_eight_cores_it_takes_syscall_cores_where_these_pay_and_keeps_them(string scenario)
    {
        Comparison comparison = Compare(scenario, ScenarioCatalog.Machines[0], CostFigures.DirtyCaches);
        (double from, double to) = comparison.Scenario.Windows[^1];
        Assert.All(
            comparison.Adaptive.Course.Where(moment => moment.Seconds > from && moment.Seconds <= to),
            static moment => Assert.InRange(moment.SyscallCores, 1, moment.Loops));
    }

    [Fact]
    public void On_two_cores_no_split_with_a_syscall_core_is_better_and_none_is_chosen()
    {
        Comparison comparison = Compare("memcached mix", ScenarioCatalog.TwoCores, CostFigures.Measured);
        Assert.All(comparison.Windows, static window => Assert.Equal(0, window.BestSplit.SyscallCores));
        Assert.All(comparison.Adaptive.Course, static moment => Assert.Equal(0, moment.SyscallCores));
    }

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        (double, double, int)[] Run() => [.. Compare("memcached mix", ScenarioCatalog.TwoCores, CostFigures.Measured).Windows.Select(static window =>
            (window.Adaptive.Requests, window.Adaptive.CpuMicroseconds, window.BestSplit.Loops))];
        Assert.Equal(Run(), Run());
    }

    private static void Reaches(Comparison comparison)
    {
        Assert.All(comparison.Windows, window => Assert.True(
            window.Relative >= LeastRelative,
            $"from {window.From} s: {window.Adaptive.Requests:0} requests/s, and {window.Best.Requests:0} with {window.BestSplit}"));
        Assert.InRange(comparison.DecisionsASecond, 0, MostDecisions);
    }

    private static Comparison Compare(string scenario, ModelMachine machine, CostFigures figures) => Comparison.Of(
        ScenarioCatalog.All.Single(candidate => candidate.Name == scenario), machine, figures, PlacementAbilities.All);
}
