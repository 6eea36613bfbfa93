using FlexSc.Measuring.Processes;

namespace FlexSc.Measuring.Machine;

/// <summary>
/// The class SCHED_FIFO (sched(7)) for a generator whose core others may use as well: who wants the core waits for it, and never it for them, so that
/// its latencies are the server's alone, as those of clients on another machine. It has to leave its core time of its own accord.
/// </summary>
internal static class RealTimePriority
{
    private const string Lowest = "1";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>The words that have the program after them run with it.</summary>
    /// <exception cref="MeasurementException">A program that it needs is not installed.</exception>
    public static IReadOnlyList<string> Words => [Programs.Require("chrt"), "--fifo", Lowest];

    /// <summary>Whether the kernel lets this process have it: with CAP_SYS_NICE, or RLIMIT_RTPRIO of 1 and more.</summary>
    /// <exception cref="MeasurementException">A program that it needs is not installed.</exception>
    public static bool IsAllowed() => Programs.Run(Words[0], [.. Words.Skip(1), Programs.Require("sh"), "-c", ":"], Limit).ExitCode == 0;
}
