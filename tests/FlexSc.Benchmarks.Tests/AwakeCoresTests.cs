using System.Globalization;
using FlexSc.Measuring.Machine;
using Xunit;

namespace FlexSc.Benchmarks.Tests;

public sealed class AwakeCoresTests
{
    // proc_pid_stat(5): the 41st field, of those behind the name the 39th; sched(7).
    private const int PolicyBehindName = 38;
    private const string Idle = "5";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Fact]
    public void Each_core_has_a_process_that_gives_way_until_they_are_disposed()
    {
        IReadOnlyList<int> cores = ProcessorCores.Usable();
        int[] processes;
        using (AwakeCores awake = new(cores))
        {
            processes = [.. awake.ProcessIds];
            Assert.Equal(cores.Count, processes.Length);
            foreach ((int process, int core) in processes.Zip(cores))
            {
                // It is set by the programs that it is started by, one after the other.
                Assert.True(SpinWait.SpinUntil(() => PolicyOf(process) == Idle, Deadline), $"the policy of {process} is {PolicyOf(process)}");
                Assert.Equal(core.ToString(CultureInfo.InvariantCulture), AllowedCoresOf(process));
            }
        }

        Assert.All(processes, static process => Assert.True(SpinWait.SpinUntil(() => !IsThere(process), Deadline), $"{process} goes on"));
    }

    private static bool IsThere(int process) => Directory.Exists($"/proc/{process}");

    private static string PolicyOf(int process) => File.ReadAllText($"/proc/{process}/stat").Split(')')[^1].Trim().Split(' ')[PolicyBehindName];

    private static string AllowedCoresOf(int process) =>
        File.ReadLines($"/proc/{process}/status").First(static line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal)).Split(':')[1].Trim();
}
