using System.Runtime.InteropServices;

namespace FlexSc.Interop.Linux;

/// <summary>What the calling thread has used so far, see getrusage(2) with RUSAGE_THREAD and clock_getres(2).</summary>
/// <param name="CpuTime">Time that it ran, in the program and in the kernel (CLOCK_THREAD_CPUTIME_ID).</param>
/// <param name="Waits">How often it gave its core away to wait for something (ru_nvcsw); a core that was taken from it does not count.</param>
public readonly record struct ThreadUsage(TimeSpan CpuTime, long Waits)
{
    private const int NumberGetUsage = 98;
    private const int NumberClockGetTime = 228;
    private const int CallingThread = 1; // RUSAGE_THREAD
    private const int CpuClockOfThread = 3; // CLOCK_THREAD_CPUTIME_ID
    private const int OfOneThread = 4; // CPUCLOCK_PERTHREAD_MASK of linux/posix-timers_types.h
    private const int AsScheduled = 2; // CPUCLOCK_SCHED: what the scheduler has counted, up to now
    private const int ClockBits = 3; // below the number of the thread, which is inverted

    /// <summary>Reads it: some 0.5 us.</summary>
    public static unsafe ThreadUsage OfCurrentThread()
    {
        Usage usage = default;
        Check(RawSystemCall.Invoke(NumberGetUsage, CallingThread, (long)&usage), "getrusage");

        // The times of getrusage are those of the last tick, which may be 10 ms ago.
        KernelTime time = default;
        Check(RawSystemCall.Invoke(NumberClockGetTime, CpuClockOfThread, (long)&time), "clock_gettime");
        return new ThreadUsage(time.ToTimeSpan(), usage.VoluntarySwitches);
    }

    /// <summary>
    /// Time that a thread of this process ran, in the program and in the kernel, up to now: as clock_getcpuclockid(3) has it of a process.
    /// The clock's number is made as MAKE_THREAD_CPUCLOCK of include/linux/posix-timers.h makes it. Some 0.3 us. From any thread.
    /// </summary>
    /// <param name="threadId">The kernel's number of it.</param>
    /// <returns>Null when it has ended.</returns>
    public static unsafe TimeSpan? CpuTimeOf(int threadId)
    {
        KernelTime time = default;
        long answer = RawSystemCall.Invoke(NumberClockGetTime, (~threadId << ClockBits) | OfOneThread | AsScheduled, (long)&time);
        return answer < 0 ? null : time.ToTimeSpan();
    }

    private static void Check(long answer, string call)
    {
        if (answer < 0)
        {
            throw new LinuxException((int)-answer, call, "the calling thread");
        }
    }

    /// <summary>struct timespec on 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct KernelTime
    {
        private readonly long _seconds;
        private readonly long _nanoseconds;

        public TimeSpan ToTimeSpan() => TimeSpan.FromSeconds(_seconds) + TimeSpan.FromTicks(_nanoseconds / TimeSpan.NanosecondsPerTick);
    }

    /// <summary>struct rusage on 64-bit Linux: two times and fourteen longs, 144 bytes.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 144)]
    private readonly struct Usage
    {
        [FieldOffset(128)]
        public readonly long VoluntarySwitches;
    }
}
