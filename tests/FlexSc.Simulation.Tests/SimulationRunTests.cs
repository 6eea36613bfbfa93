using System.Text;
using FlexSc.Simulation.Runs;
using Xunit;

namespace FlexSc.Simulation.Tests;

/// <summary>What a run promises: its seed decides on everything in it, and no seed finds a fault.</summary>
public sealed class SimulationRunTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(22)]
    [InlineData(28)]
    [InlineData(219)]
    public void Two_runs_of_a_seed_leave_the_same_trace_byte_for_byte(ulong seed)
    {
        byte[] first = TraceOf(seed);
        Assert.True(first.Length > 1_000);
        Assert.Equal(first, TraceOf(seed));
        Assert.NotEqual(first, TraceOf(seed + 1));
    }

    [Fact]
    public void A_run_has_as_many_steps_with_a_trace_as_without()
    {
        Assert.Equal(SimulationRun.Execute(3), SimulationRun.Execute(3, trace: static _ => { }));
    }

    [Fact]
    public void No_seed_of_a_thousand_finds_a_fault()
    {
        List<string?> faults = [];
        RunSummary summary = new SeedRange(1, 1_000).Run(
            seed => SimulationRun.Execute(seed), Environment.ProcessorCount, stopAtFirst: false, result => faults.Add($"seed {result.Seed}: {result.Fault}"));
        Assert.Empty(faults);
        Assert.Equal(1_000, summary.Runs);
    }

    [Fact]
    public void A_range_stops_at_the_lowest_seed_that_fails_whatever_the_order()
    {
        RunSummary summary = new SeedRange(10, 100).Run(
            seed => new SimulationResult(seed, "made up", 1, seed is 23 or 25 or 40 ? "fault" : null), jobs: 4, stopAtFirst: true, static _ => { });
        Assert.Equal(23UL, summary.FirstFailed);
        Assert.InRange(summary.Runs, 14, 100);
    }

    private static byte[] TraceOf(ulong seed)
    {
        StringBuilder trace = new();
        SimulationRun.Execute(seed, trace: line => trace.Append(line).Append('\n'));
        return Encoding.UTF8.GetBytes(trace.ToString());
    }
}
