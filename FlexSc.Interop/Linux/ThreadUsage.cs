using System.Runtime.InteropServices;

namespace FlexSc.Interop.Linux;

/// <summary>What the calling thread has used so far, see getrusage(2) with RUSAGE_THREAD.</summary>
/// <param name="CpuTime">Time that it ran, in the program and in the kernel.</param>
/// <param name="Waits">How often it gave its core away to wait for something (ru_nvcsw); a core that was taken from it does not count.</param>
public readonly record struct ThreadUsage(TimeSpan CpuTime, long Waits)
{
    private const int NumberGetUsage = 98;
    private const int CallingThread = 1; // RUSAGE_THREAD

    /// <summary>Reads it: some 0.3 us.</summary>
    public static unsafe ThreadUsage OfCurrentThread()
    {
        Usage usage = default;
        long answer = RawSystemCall.Invoke(NumberGetUsage, CallingThread, (long)&usage);
        return answer < 0
            ? throw new LinuxException((int)-answer, "getrusage", "the calling thread")
            : new ThreadUsage(usage.UserTime.ToTimeSpan() + usage.SystemTime.ToTimeSpan(), usage.VoluntarySwitches);
    }

    /// <summary>struct timeval on 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct KernelTime
    {
        private readonly long _seconds;
        private readonly long _microseconds;

        public TimeSpan ToTimeSpan() => TimeSpan.FromSeconds(_seconds) + TimeSpan.FromMicroseconds(_microseconds);
    }

    /// <summary>struct rusage on 64-bit Linux: two times and fourteen longs, 144 bytes.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 144)]
    private readonly struct Usage
    {
        [FieldOffset(0)]
        public readonly KernelTime UserTime;

        [FieldOffset(16)]
        public readonly KernelTime SystemTime;

        [FieldOffset(128)]
        public readonly long VoluntarySwitches;
    }
}
