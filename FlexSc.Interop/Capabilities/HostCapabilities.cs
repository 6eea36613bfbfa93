using System.Globalization;
using System.Runtime.InteropServices;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Capabilities;

/// <summary>
/// What the host offers to a FlexSC backend, and the limits it sets to this process. Null is unknown: the file that tells is
/// missing or may not be read. <see cref="HostFindings"/> judges it.
/// </summary>
public sealed record HostCapabilities
{
    /// <summary>The architecture whose system call numbers the entries carry, and for which the kernel module is.</summary>
    internal const string X64Name = "x86-64";

    private const string Arm64Name = "arm64";
    private const int CapabilityIpcLock = 14; // CAP_IPC_LOCK of linux/capability.h

    /// <summary>The architectures on which loops run, as <see cref="Architecture"/> names them.</summary>
    public static IReadOnlyList<string> SupportedArchitectures { get; } = [X64Name, Arm64Name];

    /// <summary>As uname -r prints it.</summary>
    public string? KernelRelease { get; init; }

    /// <summary>Major and minor number of the release.</summary>
    public Version? KernelVersion { get; init; }

    /// <summary>Architecture of the process: x86-64, arm64 …</summary>
    public required string Architecture { get; init; }

    /// <summary>The page's layout is little-endian.</summary>
    public required bool IsLittleEndian { get; init; }

    /// <summary>Cores that the kernel runs.</summary>
    public int? OnlineCores { get; init; }

    /// <summary>Numbers of the cores that the process may run on, of its main thread.</summary>
    public IReadOnlyList<int>? AffinityCores { get; init; }

    /// <summary>CPU time that the control group may use.</summary>
    public CgroupCpuQuota? CpuQuota { get; init; }

    /// <summary>RLIMIT_MEMLOCK in bytes. Rings count against it, summed over the processes of a user, without CAP_IPC_LOCK.</summary>
    public ResourceLimit? LockedMemoryBytes { get; init; }

    /// <summary>CAP_IPC_LOCK is effective, so that RLIMIT_MEMLOCK does not count.</summary>
    public bool? HasIpcLock { get; init; }

    /// <summary>RLIMIT_NOFILE: file descriptors, hence connections. The .NET runtime raises the soft limit to the hard one at its start.</summary>
    public ResourceLimit? OpenFiles { get; init; }

    /// <summary>sysctl kernel.io_uring_disabled: 0 open to all, 1 to privileged processes and a group, 2 to none; null before Linux 6.6.</summary>
    public int? IoUringDisabled { get; init; }

    /// <summary>Seccomp mode of the process: 0 none, 1 strict, 2 a filter, as in every default container.</summary>
    public int? SeccompMode { get; init; }

    /// <summary>Opcodes of io_uring that the kernel executes, by number; empty when io_uring is not to be had.</summary>
    public IReadOnlyList<byte> IoUringOpcodes => IoUring.Opcodes;

    /// <summary>
    /// Bytes that io_uring's rings of one loop, the one of provided buffers among them, count against RLIMIT_MEMLOCK: measured when
    /// the ring was set up, else an estimate.
    /// </summary>
    public long IoUringRingBytes => IoUring.RingBytes;

    /// <summary>What io_uring answered when it was tried.</summary>
    internal IoUringCapabilities IoUring { get; init; } = new();

    /// <summary>The device of the FlexSC kernel module is there.</summary>
    public bool HasFlexScDevice { get; init; }

    /// <summary>What the FlexSC kernel module answered when it was tried.</summary>
    internal KernelModuleCapabilities KernelModule { get; init; } = new();

    /// <summary>Reads the host, for loops with the default options.</summary>
    public static HostCapabilities Read() => Read(new SyscallLoopOptions());

    /// <summary>
    /// Reads the host, tries the kernel module, and io_uring with the ring sizes of the options. From any thread; takes a few milliseconds. Near
    /// RLIMIT_MEMLOCK a ring set up right afterwards may get ENOMEM, for the kernel returns the memory of a closed one later.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public static HostCapabilities Read(SyscallLoopOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return Read(HostFiles.Host, IoUringTrial.Run(options), KernelModuleTrial.Run());
    }

    internal static HostCapabilities Read(HostFiles files, IoUringCapabilities ioUring, KernelModuleCapabilities kernelModule)
    {
        string? release = files.Read("proc/sys/kernel/osrelease")?.Trim();
        IReadOnlyDictionary<string, string> status = files.ReadStatus();
        return new HostCapabilities
        {
            KernelRelease = release,
            KernelVersion = ParseKernelVersion(release),
            Architecture = NameOf(RuntimeInformation.ProcessArchitecture),
            IsLittleEndian = BitConverter.IsLittleEndian,
            OnlineCores = files.ReadCpus("sys/devices/system/cpu/online")?.Count,
            AffinityCores = HostFiles.ParseCpus(status.GetValueOrDefault("Cpus_allowed_list")),
            CpuQuota = CgroupCpuQuota.Read(files),
            LockedMemoryBytes = ResourceLimit.Read(ResourceLimit.LockedMemory),
            HasIpcLock = ParseCapability(status.GetValueOrDefault("CapEff"), CapabilityIpcLock),
            OpenFiles = ResourceLimit.Read(ResourceLimit.OpenFiles),
            IoUringDisabled = ParseNumber(files.Read("proc/sys/kernel/io_uring_disabled")),
            SeccompMode = ParseNumber(status.GetValueOrDefault("Seccomp")),
            IoUring = ioUring,
            HasFlexScDevice = files.Exists("dev/flexsc"),
            KernelModule = kernelModule,
        };
    }

    /// <summary>The two leading numbers of a release: 6.18 of "6.18.44-fc-v782".</summary>
    internal static Version? ParseKernelVersion(string? release)
    {
        string[] parts = release?.Split('.', 3) ?? [];
        if (parts.Length < 2)
        {
            return null;
        }

        string minorDigits = string.Concat(parts[1].TakeWhile(char.IsAsciiDigit));
        return int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int major)
            && int.TryParse(minorDigits, NumberStyles.None, CultureInfo.InvariantCulture, out int minor)
                ? new Version(major, minor)
                : null;
    }

    private static bool? ParseCapability(string? mask, int capability) =>
        ulong.TryParse(mask, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong bits)
            ? (bits >> capability & 1) != 0
            : null;

    private static int? ParseNumber(string? text) =>
        int.TryParse(text?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    private static string NameOf(Architecture architecture) => architecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => X64Name,
        System.Runtime.InteropServices.Architecture.Arm64 => Arm64Name,
        _ => architecture.ToString(),
    };
}
