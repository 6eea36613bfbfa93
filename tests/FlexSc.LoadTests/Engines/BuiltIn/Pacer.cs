using System.Diagnostics;
using FlexSc.Measuring.Machine;

namespace FlexSc.LoadTests.Engines.BuiltIn;

/// <summary>Sleeps to a time with the kernel's timer: the runtime's own waits are by the millisecond, which is a request's whole latency.</summary>
internal static class Pacer
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>The longest sleep at a time, so that a run that is told to stop does.</summary>
    private static readonly TimeSpan MaxSleep = TimeSpan.FromMilliseconds(100);

    /// <summary>Sleeps until a timestamp of <see cref="Stopwatch"/>, or for a while if that is far off.</summary>
    public static void SleepTowards(long timestamp)
    {
        TimeSpan left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), timestamp);
        if (left <= TimeSpan.Zero)
        {
            return;
        }

        if (left > MaxSleep)
        {
            left = MaxSleep;
        }

        NativeCalls.TimeSpec time = new() { Nanoseconds = (long)left.TotalNanoseconds % NanosecondsPerSecond };

        // A signal that ends the sleep early does no harm: the caller looks at the clock again.
        _ = NativeCalls.Sleep(in time, IntPtr.Zero);
    }
}
