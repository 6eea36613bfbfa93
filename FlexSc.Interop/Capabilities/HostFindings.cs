using System.Globalization;
using FlexSc.Interop.Backends.IoUring;
using FlexSc.Interop.Backends.KernelModule;
using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Capabilities;

/// <summary>Judges a host: what is there, what is missing, and the remedy. A pure function.</summary>
public static class HostFindings
{
    private const string SetupCall = "io_uring_setup";
    private const string EnterCall = "io_uring_enter";
    private const string RegisterCall = "io_uring_register";
    private const string NotTried = "not tried, for io_uring could not be set up";
    private const string DeviceName = ModuleUapi.DevicePath;
    private const int SeccompFilter = 2;

    private static readonly Version MultishotAcceptKernel = new(5, 19);
    private static readonly Version MultishotReceiveKernel = new(6, 0);

    /// <summary>Operations that the io-uring backend translates entries to, and whose they are.</summary>
    private static readonly (byte Opcode, string Name)[] NeededOpcodes =
    [
        (IoUringOpcode.Nop, "NOP"), (IoUringOpcode.PollAdd, "POLL"), (IoUringOpcode.AsyncCancel, "CANCEL"),
        .. SyscallTable.Rows.Where(static row => row.Opcode is not null).Select(static row => (row.Opcode!.Value, row.Name.ToUpperInvariant())),
    ];

    /// <summary>The findings about a host, in the order of a report.</summary>
    public static IReadOnlyList<HostFinding> Of(HostCapabilities host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return
        [
            OfSetup(host),
            OfCall("io_uring enter", EnterCall, host.IoUring.EnterError, needed: true, host),
            OfFeatures(host.IoUring),
            OfOpcodes(host),
            OfCall("provided buffer ring", RegisterCall, host.IoUring.ProvidedBufferRingError, needed: true, host),
            OfMultishot("multishot accept", host, MultishotAcceptKernel),
            OfMultishot("multishot receive", host, MultishotReceiveKernel),
            OfCall("submission polling (SQPOLL)", SetupCall, host.IoUring.SqPollError, needed: false, host),
            OfSysctl(host.IoUringDisabled),
            OfLockedMemory(host),
            OfDevice(host),
        ];
    }

    private static HostFinding OfSetup(HostCapabilities host)
    {
        HostFinding finding = OfCall("io_uring with SINGLE_ISSUER and DEFER_TASKRUN", SetupCall, host.IoUring.SetupError, needed: true, host);
        return finding.State == FindingState.Missing && host.IoUring.PlainSetupError == 0
            ? finding with { Detail = finding.Detail + "; a ring of one slot without these flags can be set up" }
            : finding;
    }

    private static HostFinding OfCall(string name, string call, int? error, bool needed, HostCapabilities host) => error switch
    {
        null => new HostFinding(name, FindingState.Unknown, NotTried, needed),
        0 => new HostFinding(name, FindingState.Present, "tried", needed),
        int number => new HostFinding(
            name, FindingState.Missing, $"{call} answered {ErrnoText.Describe(number)}", needed, RemedyOf(call, number, host), call, number),
    };

    private static string RemedyOf(string call, int error, HostCapabilities host) => error switch
    {
        Errno.NotPermitted or Errno.Access when host.IoUringDisabled > 0 => SysctlRemedy(host.IoUringDisabled.Value),
        Errno.NotPermitted or Errno.NoSystemCall when host.SeccompMode == SeccompFilter =>
            $"a seccomp filter of the process bars {call}: allow io_uring_setup, io_uring_enter and io_uring_register in it, "
            + "in a container by a profile of its own (docker run --security-opt seccomp=profile.json)",
        Errno.NotPermitted or Errno.Access =>
            $"a security module (SELinux, AppArmor) or a missing privilege bars {call}: allow io_uring to this program in its policy",
        Errno.NoSystemCall => "the kernel was built without io_uring or is older than 5.1: run Linux 6.1 or newer with CONFIG_IO_URING",
        Errno.NoMemory => LockedMemoryRemedy(host),
        Errno.TooManyFiles => "the process has no file descriptor left: raise RLIMIT_NOFILE with ulimit -n",
        Errno.TooManyFilesInSystem => "the system has no file descriptor left: raise sysctl fs.file-max",
        Errno.Invalid => "the kernel is too old for it or restricts it: run Linux 6.1 or newer",
        _ => $"see the manual page of {call}(2) for this errno; another backend does not need it",
    };

    private static HostFinding OfFeatures(IoUringCapabilities ioUring)
    {
        const string name = "ring features SINGLE_MMAP, NODROP, EXT_ARG";
        const uint needed = IoUringUapi.FeatureSingleMmap | IoUringUapi.FeatureNoDrop | IoUringUapi.FeatureExtArg;
        if (ioUring.SetupError != 0)
        {
            return new HostFinding(name, FindingState.Unknown, NotTried, NeededByIoUring: true);
        }

        string detail = string.Create(CultureInfo.InvariantCulture, $"features 0x{ioUring.Features:x}");
        return (ioUring.Features & needed) == needed
            ? new HostFinding(name, FindingState.Present, detail, NeededByIoUring: true)
            : new HostFinding(name, FindingState.Missing, detail, NeededByIoUring: true, "run Linux 6.1 or newer");
    }

    private static HostFinding OfOpcodes(HostCapabilities host)
    {
        HostFinding finding = OfCall("io_uring opcodes", RegisterCall, host.IoUring.ProbeError, needed: true, host);
        if (finding.State != FindingState.Present)
        {
            return finding;
        }

        string[] missing = NeededOpcodes.Where(needed => !host.IoUring.Opcodes.Contains(needed.Opcode)).Select(needed => needed.Name).ToArray();
        return missing.Length == 0
            ? finding with { Detail = $"{host.IoUring.Opcodes.Count.ToString(CultureInfo.InvariantCulture)} of them, with all that are needed" }
            : finding with
            {
                State = FindingState.Missing,
                Detail = $"without {string.Join(", ", missing)}",
                Remedy = "run Linux 6.1 or newer, and one that was not built without them",
            };
    }

    /// <summary>
    /// DEFER_TASKRUN came with 6.1, after both; where it can be set up, a lower version is that of a kernel with newer parts put in.
    /// </summary>
    private static HostFinding OfMultishot(string name, HostCapabilities host, Version since)
    {
        if (host.IoUring.SetupError == 0)
        {
            return new HostFinding(name, FindingState.Present, $"since {since}, and DEFER_TASKRUN of 6.1 is there", NeededByIoUring: true);
        }

        if (host.KernelVersion is null)
        {
            return new HostFinding(name, FindingState.Unknown, "the kernel's version is unknown", NeededByIoUring: true);
        }

        string detail = $"by version: since {since}, this is {host.KernelVersion}";
        return host.KernelVersion >= since
            ? new HostFinding(name, FindingState.Present, detail, NeededByIoUring: true)
            : new HostFinding(name, FindingState.Missing, detail, NeededByIoUring: true, "run Linux 6.1 or newer");
    }

    /// <summary>Not needed by itself: a privileged process may use io_uring at 1, and the attempt tells.</summary>
    private static HostFinding OfSysctl(int? disabled)
    {
        const string name = "sysctl kernel.io_uring_disabled";
        return disabled switch
        {
            null => new HostFinding(name, FindingState.Unknown, "not there: Linux before 6.6, or /proc is hidden"),
            0 => new HostFinding(name, FindingState.Present, "0: open to every process"),
            int value => new HostFinding(
                name, FindingState.Missing, $"{value.ToString(CultureInfo.InvariantCulture)}: restricted", Remedy: SysctlRemedy(value)),
        };
    }

    private static string SysctlRemedy(int disabled) => disabled == 1
        ? "kernel.io_uring_disabled is 1: set it to 0 (sysctl -w kernel.io_uring_disabled=0), or add the user's group to kernel.io_uring_group, or run with CAP_SYS_ADMIN"
        : "kernel.io_uring_disabled is 2, which bars every process: set it to 0 (sysctl -w kernel.io_uring_disabled=0)";

    /// <summary>Not needed by itself: other processes of the user count too, and the attempt tells.</summary>
    private static HostFinding OfLockedMemory(HostCapabilities host)
    {
        const string name = "locked memory for the rings";
        if (host.HasIpcLock == true)
        {
            return new HostFinding(name, FindingState.Present, "CAP_IPC_LOCK: RLIMIT_MEMLOCK does not count");
        }

        if (host.LockedMemoryBytes is not ResourceLimit limit)
        {
            return new HostFinding(name, FindingState.Unknown, "RLIMIT_MEMLOCK cannot be read");
        }

        string detail = $"RLIMIT_MEMLOCK is {KibibytesOf(limit.Soft)}, one loop's rings need {KibibytesOf((ulong)host.IoUring.RingBytes)}";
        return limit.Soft >= (ulong)host.IoUring.RingBytes
            ? new HostFinding(name, FindingState.Present, detail)
            : new HostFinding(name, FindingState.Missing, detail, Remedy: LockedMemoryRemedy(host));
    }

    private static string LockedMemoryRemedy(HostCapabilities host)
    {
        string needs = $"one loop's rings need {KibibytesOf((ulong)host.IoUring.RingBytes)}";
        const string raise = "raise it with ulimit -l (container: --ulimit memlock=-1; systemd: LimitMEMLOCK=), or use smaller rings";
        return host.LockedMemoryBytes is ResourceLimit limit
            ? $"RLIMIT_MEMLOCK is {KibibytesOf(limit.Soft)} for all processes of the user together, {needs}: {raise}"
            : $"{needs}, which counts against RLIMIT_MEMLOCK: {raise}";
    }

    private static HostFinding OfDevice(HostCapabilities host) => host.Architecture != HostCapabilities.X64Name
        ? new HostFinding(
            DeviceName, FindingState.Missing, $"the FlexSC kernel module is for {HostCapabilities.X64Name}, and this is {host.Architecture}",
            Remedy: "use another backend", NeededByKernelModule: true)
        : OfDevice(host.KernelModule);

    private static HostFinding OfDevice(KernelModuleCapabilities module) => module switch
    {
        { CanRun: true } => new HostFinding(DeviceName, FindingState.Present, "tried", NeededByKernelModule: true),
        { OpenError: null } => new HostFinding(DeviceName, FindingState.Unknown, "not tried", NeededByKernelModule: true),
        { OpenError: not 0 } => RefusalOfDevice("openat", module.OpenError.Value),
        { SetupError: not 0 } => RefusalOfDevice("ioctl FLEXSC_IOC_SETUP", module.SetupError ?? Errno.Invalid),
        _ => RefusalOfDevice("ioctl FLEXSC_IOC_RUN", module.RunError ?? Errno.Invalid),
    };

    private static HostFinding RefusalOfDevice(string call, int error)
    {
        string answer = $"{call} answered {ErrnoText.Describe(error)}";
        string detail = error == Errno.NoEntry ? $"the FlexSC kernel module is not loaded: {answer}" : answer;
        string remedy = ModuleRemedies.Of(call, error) ?? "see kernel/README.md; another backend does not need it";
        return new HostFinding(DeviceName, FindingState.Missing, detail, Remedy: remedy, Call: call, Error: error, NeededByKernelModule: true);
    }

    private static string KibibytesOf(ulong bytes) =>
        bytes == ResourceLimit.Unlimited ? "unlimited" : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024} KiB");
}
