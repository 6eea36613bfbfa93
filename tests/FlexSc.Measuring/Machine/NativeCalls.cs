using System.Runtime.InteropServices;
using Tmds.Linux;

namespace FlexSc.Measuring.Machine;

/// <summary>C library calls that Tmds.LibC does not carry.</summary>
internal static unsafe partial class NativeCalls
{
    public const int SignalInterrupt = 2;
    public const int SignalKill = 9;
    public const int SignalTerminate = 15;
    public const int SignalContinue = 18;
    public const int SignalStop = 19;

    /// <summary>kill(2). Answers -1 with errno ESRCH when the process has ended.</summary>
    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int processId, int signal);

    /// <summary>clock_getcpuclockid(3): the clock of a process's CPU time, ended threads included. Answers an errno, not -1.</summary>
    [LibraryImport("libc", EntryPoint = "clock_getcpuclockid")]
    public static partial int GetCpuClock(int processId, out int clock);

    /// <summary>clock_gettime(2).</summary>
    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    public static partial int GetTime(int clock, out TimeSpec time);

    /// <summary>epoll_pwait2(2), Linux 5.11: a wait whose limit is not in whole milliseconds.</summary>
    [LibraryImport("libc", EntryPoint = "epoll_pwait2", SetLastError = true)]
    public static partial int EpollWait(int epoll, epoll_event* events, int maxEvents, TimeSpec* limit, void* signals);

    /// <summary>nanosleep(2).</summary>
    [LibraryImport("libc", EntryPoint = "nanosleep")]
    public static partial int Sleep(in TimeSpec time, nint remaining);

    /// <summary>RLIMIT_NOFILE of getrlimit(2): open descriptors of the process.</summary>
    public const int OpenFilesLimit = 7;

    /// <summary>getrlimit(2).</summary>
    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    public static partial int GetLimit(int resource, out ResourceLimit limit);

    /// <summary>PR_SET_TIMERSLACK of prctl(2): how many nanoseconds late the calling thread's waits may end.</summary>
    public const int TimerSlack = 29;

    /// <summary>prctl(2).</summary>
    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    public static partial int SetProcessOption(int option, nuint argument1, nuint argument2, nuint argument3, nuint argument4);

    /// <summary>struct rlimit of 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct ResourceLimit
    {
        public ulong Soft;
        public ulong Hard;
    }

    /// <summary>struct timespec of 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
