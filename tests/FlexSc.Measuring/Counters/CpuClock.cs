using FlexSc.Measuring.Machine;

namespace FlexSc.Measuring.Counters;

/// <summary>
/// CPU time of another process in nanoseconds. It is the sum that /proc/PID/stat shows as utime + stime, without that
/// file's rounding to 10 ms, which would hide an idle server's use.
/// </summary>
internal static class CpuClock
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <exception cref="MeasurementException">The process has ended.</exception>
    public static long Nanoseconds(int processId)
    {
        int error = NativeCalls.GetCpuClock(processId, out int clock);
        if (error != 0 || NativeCalls.GetTime(clock, out NativeCalls.TimeSpec time) != 0)
        {
            throw new MeasurementException($"the CPU time of process {processId} cannot be read: it has ended");
        }

        return (time.Seconds * NanosecondsPerSecond) + time.Nanoseconds;
    }
}
