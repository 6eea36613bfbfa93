using FlexSc.Interop.Capabilities;

namespace FlexSc.Interop.Tests.Capabilities;

/// <summary>Hosts that are not here.</summary>
internal static class MadeUpHosts
{
    public const int ErrnoNotPermitted = 1;
    public const int ErrnoNoEntry = 2;
    public const int ErrnoNoMemory = 12;
    public const int ErrnoAccess = 13;
    public const int ErrnoInvalid = 22;
    public const int ErrnoNoSystemCall = 38;
    public const long RingBytes = 86_016;

    /// <summary>A current machine that has all.</summary>
    public static HostCapabilities Complete => new()
    {
        KernelRelease = "6.12.9-amd64",
        KernelVersion = new Version(6, 12),
        Architecture = "x86-64",
        IsLittleEndian = true,
        OnlineCores = 8,
        AffinityCores = [0, 1, 2, 3],
        CpuQuota = new CgroupCpuQuota("v2", 1.5),
        LockedMemoryBytes = new ResourceLimit(8 * 1024 * 1024, 8 * 1024 * 1024),
        HasIpcLock = false,
        OpenFiles = new ResourceLimit(1024, 524_288),
        IoUringDisabled = 0,
        SeccompMode = 0,
        IoUring = new IoUringCapabilities
        {
            SetupError = 0,
            EnterError = 0,
            ProbeError = 0,
            ProvidedBufferRingError = 0,
            SqPollError = 0,
            Features = 0x3fff,
            Opcodes = [.. Enumerable.Range(0, 58).Select(opcode => (byte)opcode)],
            RingBytes = RingBytes,
        },
        KernelModule = new KernelModuleCapabilities { OpenError = ErrnoNoEntry },
    };

    /// <summary>The module is loaded and lets the process in.</summary>
    public static HostCapabilities WithModule => Complete with
    {
        HasFlexScDevice = true,
        KernelModule = new KernelModuleCapabilities { OpenError = 0, SetupError = 0, RunError = 0 },
    };

    /// <summary>A default container: a filter answers to every call of io_uring.</summary>
    public static HostCapabilities Container(int errorNumber) => Refusing(errorNumber, errorNumber) with { SeccompMode = 2 };

    /// <summary>Setting a ring up fails, with the flags and without.</summary>
    public static HostCapabilities Refusing(int setupError, int plainSetupError) => Complete with
    {
        IoUring = new IoUringCapabilities { SetupError = setupError, PlainSetupError = plainSetupError, RingBytes = RingBytes },
    };

    /// <summary>Linux 5.15: io_uring is there, what 6.1 brought is not.</summary>
    public static HostCapabilities OldKernel => Refusing(ErrnoInvalid, 0) with { KernelRelease = "5.15.0-91-generic", KernelVersion = new Version(5, 15) };

    /// <summary>64 KiB of locked memory, as distributions had it for long.</summary>
    public static HostCapabilities LittleLockedMemory =>
        Refusing(ErrnoNoMemory, 0) with { LockedMemoryBytes = new ResourceLimit(65_536, 65_536) };

    /// <summary>The sysctl bars io_uring.</summary>
    public static HostCapabilities Disabled(int value) => Refusing(ErrnoNotPermitted, ErrnoNotPermitted) with { IoUringDisabled = value };

    /// <summary>Nothing could be read, and io_uring was not tried.</summary>
    public static HostCapabilities Unreadable => new() { Architecture = "x86-64", IsLittleEndian = true, IoUring = new IoUringCapabilities() };
}
