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

    [Theory]
    [InlineData("memcached mix")]
    [InlineData("slow disk")]
    [InlineData("blocking actor")]
    [InlineData("compute and I/O")]
    public void On_two_cores_it_reaches_what_the_best_split_does(string scenario)
    {
        Comparison comparison = Compare(scenario);
        Assert.All(comparison.Windows, window => Assert.True(
            window.Relative >= LeastRelative,
            $"from {window.From} s: {window.Adaptive.Requests:0} requests/s, and {window.Best.Requests:0} with {window.BestSplit}"));
        Assert.InRange(comparison.DecisionsASecond, 0, MostDecisions);
    }

    [Fact]
    public void On_two_cores_no_split_with_a_syscall_core_is_better_and_none_is_chosen()
    {
        Comparison comparison = Compare("memcached mix");
        Assert.All(comparison.Windows, static window => Assert.Equal(0, window.BestSplit.SyscallCores));
        Assert.All(comparison.Adaptive.Course, static moment => Assert.Equal(0, moment.SyscallCores));
    }

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        (double, double, int)[] Run() => [.. Compare("memcached mix").Windows.Select(static window =>
            (window.Adaptive.Requests, window.Adaptive.CpuMicroseconds, window.BestSplit.Loops))];
        Assert.Equal(Run(), Run());
    }

    private static Comparison Compare(string scenario) => Comparison.Of(
        ScenarioCatalog.All.Single(candidate => candidate.Name == scenario), ScenarioCatalog.TwoCores, CostFigures.Measured, PlacementAbilities.All);
}
