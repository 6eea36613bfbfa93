using System.Runtime.InteropServices;

namespace FlexSc.Interop.Backends.KernelModule;

/// <summary>Requests of /dev/flexsc. Mirrors <c>kernel/flexsc_device.h</c>; a test compiles that header and compares every value.</summary>
internal static class ModuleUapi
{
    public const string DevicePath = "/dev/flexsc";

    /// <summary>Most syscall threads of one page set.</summary>
    public const int MaxThreads = 256;

    /// <summary>Most slots of the buffer ring.</summary>
    public const int MaxBuffers = 32_768;

    /// <summary>Makes the page set.</summary>
    public const uint Setup = 0xc020_46c0;

    /// <summary>The calling thread becomes a syscall thread until <see cref="Stop"/> or a signal.</summary>
    public const uint Run = 0x4010_46c1;

    /// <summary>Wakes the syscall threads when the submission ring holds entries.</summary>
    public const uint Kick = 0x46c2;

    /// <summary>Kicks, and waits for completions.</summary>
    public const uint Wait = 0x4010_46c3;

    /// <summary>Ends a wait, also one that has yet to begin.</summary>
    public const uint Wake = 0x46c4;

    /// <summary>Every syscall thread leaves.</summary>
    public const uint Stop = 0x46c5;

    /// <summary>Reads the counters.</summary>
    public const uint Stats = 0x8080_46c6;

    /// <summary>ioctl(2) on x86-64.</summary>
    public const ushort NumberIoctl = 16;
}

/// <summary><c>struct flexsc_setup</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ModuleSetup
{
    public uint Version;
    public uint PageCount;
    public uint BufferRingCapacity;
    public uint Flags;
    public ulong TotalBytes;
    public ulong Reserved;
}

/// <summary><c>struct flexsc_run</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ModuleRun
{
    /// <summary>Core to run on; -1 leaves the thread's own.</summary>
    public int Cpu;
    public uint SpinMicroseconds;
    public uint Flags;
    public uint Reserved;
}

/// <summary><c>struct flexsc_wait</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ModuleWait
{
    public uint MinCompletions;
    public uint MinWaitMicroseconds;
    public long TimeoutNanoseconds;
}

/// <summary><c>struct flexsc_stats</c>: what the module has counted since its page set was made.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ModuleStatistics
{
    public ulong Executed;
    public ulong Completed;
    public ulong Refused;
    public ulong Malformed;
    public ulong Polled;
    public ulong Handoffs;
    public ulong Passes;
    public ulong ProgramWakeups;
    public ulong ThreadWakeups;
    public ulong Kicks;
    public ulong Waits;
    public ulong Wakes;
    private readonly ulong _reserved0;
    private readonly ulong _reserved1;
    private readonly ulong _reserved2;
    private readonly ulong _reserved3;
}

/// <summary><c>struct flexsc_buffer</c>: a provided buffer as the module takes it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ModuleBuffer
{
    public ulong Address;
    public uint Bytes;
    public uint Id;
}
