using System.Diagnostics;
using FlexSc.Examples.Tests;
using FlexSc.Interop.Linux;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;
using Xunit;

namespace FlexSc.Packaging.Tests.Containers;

/// <summary>A program that may use less of the machine than it has loops for, from its start and from some time on.</summary>
public sealed class PlacementProgramTests
{
    private static readonly string[] TwoLoops = ["--port", "0", "--loops", "2", "--placement", "inline", "--verbose"];

    [SkippableFact]
    public async Task Taskset_is_honoured_at_the_start_and_when_it_changes()
    {
        IReadOnlyList<int> cpus = ThreadAffinity.AllowedCpusOfProcess();
        Skip.If(cpus.Count < 2, "the tests may use one core, so there is none to take away");
        Skip.If(Programs.Find("taskset") is null, "there is no taskset(1)");
        using ServerProcess server = ExampleProgram.Http.StartBy(["taskset", "-c", $"{cpus[0]}"], TwoLoops);
        await IsToldAsync(server, "inline: 1 of 2 loops for CPU time of 1 cores", after: 0);
        int told = server.Errors.Count;
        SetMask(server, $"{cpus[0]},{cpus[1]}");
        told = await IsToldAsync(server, "inline: 2 of 2 loops for CPU time of 2 cores", told);
        SetMask(server, $"{cpus[1]}");
        await IsToldAsync(server, "inline: 1 of 2 loops for CPU time of 1 cores", told);
        Assert.Equal(0, ExampleProgram.End(server, "TERM").ExitCode);
    }

    [SkippableFact]
    public async Task The_quota_of_the_control_group_is_honoured_when_it_changes()
    {
        Skip.If(ThreadAffinity.AllowedCpusOfProcess().Count < 2, "the tests may use one core, which no quota halves");
        using CpuGroup group = CpuGroup.Create(cores: null);
        using ServerProcess server = ExampleProgram.Http.Start(TwoLoops);
        group.Add(server.ProcessId);
        group.SetCores(1);
        int told = await IsToldAsync(server, "inline: 1 of 2 loops for CPU time of 1 cores", after: 0);
        group.SetCores(null);
        await IsToldAsync(server, "inline: 2 of 2 loops for CPU time of 2 cores", told);
        Assert.Equal(0, ExampleProgram.End(server, "TERM").ExitCode);
    }

    /// <summary>Waits until a decision was told.</summary>
    /// <returns>How many lines there are up to it.</returns>
    private static async Task<int> IsToldAsync(ServerProcess server, string decision, int after)
    {
        long start = Stopwatch.GetTimestamp();
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(20));
        while (true)
        {
            List<string> lines = [.. server.Errors];
            int found = lines.FindIndex(Math.Min(after, lines.Count), line => line.EndsWith(decision, StringComparison.Ordinal));
            if (found >= 0)
            {
                return found + 1;
            }

            Assert.True(Stopwatch.GetElapsedTime(start) < ExampleProgram.Deadline, $"'{decision}' was not told, but: {string.Join(" / ", lines)}");
            await timer.WaitForNextTickAsync();
        }
    }

    private static void SetMask(ServerProcess server, string cpus) =>
        Assert.Equal(0, Programs.Run("taskset", ["-pc", cpus, $"{server.ProcessId}"], ExampleProgram.Deadline).ExitCode);
}
