using System.Text;
using FlexSc.Simulation.Runs;
using Xunit;

namespace FlexSc.Simulation.Tests;

/// <summary>What a run promises: its seed decides on everything in it, and no seed finds a fault.</summary>
public sealed class SimulationRunTests
{
    private const int Runs = 60;

    public static TheoryData<string> Programs => [.. SimulationRun.ProgramNames];

    [Theory]
    [MemberData(nameof(Programs))]
    public void Two_runs_of_a_seed_leave_the_same_trace_byte_for_byte(string program)
    {
        for (ulong seed = 1; seed <= 3; seed++)
        {
            byte[] first = TraceOf(seed, program);
            Assert.True(first.Length > 1_000);
            Assert.Equal(first, TraceOf(seed, program));
            Assert.NotEqual(first, TraceOf(seed + 1, program));
        }
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void A_run_has_as_many_steps_with_a_trace_as_without(string program)
    {
        Assert.Equal(SimulationRun.Execute(3, program), SimulationRun.Execute(3, program, trace: static _ => { }));
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void No_seed_finds_a_fault(string program)
    {
        List<string?> faults = [];
        RunSummary summary = new SeedRange(1, Runs).Run(
            seed => SimulationRun.Execute(seed, program), Environment.ProcessorCount, stopAtFirst: false, result => faults.Add($"seed {result.Seed}: {result.Fault}"));
        Assert.Empty(faults);
        Assert.Equal(Runs, summary.Runs);
    }

    /// <summary>Seeds that found faults of the product or of the programs, which were mended.</summary>
    [Theory]
    [InlineData("actor-echo", 66)] // direct output overtook what was told before
    [InlineData("actor-echo", 167)] // an Unbind whose close was interrupted
    [InlineData("actor-storm", 27)] // the same
    [InlineData("proxy", 1559)] // a reset whose error a send had taken was told as the peer's end
    [InlineData("proxy", 1890)] // the same
    [InlineData("proxy", 2098)] // the same
    [InlineData("proxy", 1141)] // the program took a proxy that gave up for a fault
    [InlineData("proxy", 1789)] // and a server
    [InlineData("actor-storm", 7)] // the same
    [InlineData("actor-unix", 20001099)] // and a client that knew of it before the server's actor ran
    [InlineData("actor-unix", 20014236)] // the program took no bytes of a connection that ended before its handler ran
    [InlineData("actor-unix", 30007333)] // the program closed what was left before the handler that left it had ended
    [InlineData("actor-files", 332)] // who waited for room and was over at once took others out of the round
    [InlineData("actor-files", 486)] // a cancelled read that was cut short looked like the end of the file
    [InlineData("actor-tls", 25)] // what was written behind close_notify
    [InlineData("actor-tls", 136)] // a receive that looked for close_notify was cancelled again and again
    [InlineData("kv", 20005622)] // the model of the store forgot the blanks behind a number that has become shorter
    public void A_seed_that_found_a_fault_passes(string program, ulong seed) => Assert.Null(SimulationRun.Execute(seed, program).Fault);

    [Fact]
    public void A_range_stops_at_the_lowest_seed_that_fails_whatever_the_order()
    {
        RunSummary summary = new SeedRange(10, 100).Run(
            seed => new SimulationResult(seed, "made up", 1, seed is 23 or 25 or 40 ? "fault" : null), jobs: 4, stopAtFirst: true, static _ => { });
        Assert.Equal(23UL, summary.FirstFailed);
        Assert.InRange(summary.Runs, 14, 100);
    }

    private static byte[] TraceOf(ulong seed, string program)
    {
        StringBuilder trace = new();
        SimulationRun.Execute(seed, program, line => trace.Append(line).Append('\n'));
        return Encoding.UTF8.GetBytes(trace.ToString());
    }
}
