using FlexSc.Measuring.Machine;
using FlexSc.Measuring.Processes;
using Xunit;

namespace FlexSc.Benchmarks.Tests;

public sealed class RealTimePriorityTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [SkippableFact]
    public void A_program_behind_its_words_has_it()
    {
        Skip.IfNot(RealTimePriority.IsAllowed(), "the kernel allows no real-time priority here: CAP_SYS_NICE, or RLIMIT_RTPRIO");

        // proc_pid_stat(5): the 41st field is the policy; sched(7): SCHED_FIFO is 1.
        ProgramResult result = Programs.Run(
            RealTimePriority.Words[0], [.. RealTimePriority.Words.Skip(1), Programs.Require("sh"), "-c", "read all < /proc/self/stat; set -- $all; shift 40; echo $1"], Limit);
        Assert.Equal("1", result.Output.Trim());
    }
}
