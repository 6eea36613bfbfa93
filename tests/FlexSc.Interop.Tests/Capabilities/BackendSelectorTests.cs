using FlexSc.Interop.Backends.IoUring;
using FlexSc.Interop.Capabilities;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;
using Xunit;

namespace FlexSc.Interop.Tests.Capabilities;

public sealed class BackendSelectorTests
{
    public static TheoryData<string> Refusals => ["EPERM by seccomp", "ENOSYS by seccomp", "5.15", "memlock", "sysctl 1", "sysctl 2", "unreadable"];

    [Fact]
    public void Auto_takes_io_uring_where_everything_is_there()
    {
        BackendChoice choice = BackendSelector.Choose(SyscallBackendKind.Auto, MadeUpHosts.Complete);
        Assert.Equal(SyscallBackendKind.IoUring, choice.Chosen);
        Assert.Equal(SyscallBackendKind.Auto, choice.Requested);
        Assert.Empty(choice.Remedies);
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Auto_takes_syscall_threads_with_the_reason_where_io_uring_cannot_run(string refusal)
    {
        (HostCapabilities host, string[] inReason, string[] inRemedies) = HostOf(refusal);
        BackendChoice choice = BackendSelector.Choose(SyscallBackendKind.Auto, host);
        Assert.Equal(SyscallBackendKind.SyscallThreads, choice.Chosen);
        Assert.All(inReason, part => Assert.Contains(part, choice.Reason, StringComparison.Ordinal));
        Assert.All(inRemedies, part => Assert.Contains(part, string.Join('\n', choice.Remedies), StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public void A_forced_io_uring_that_cannot_run_names_call_errno_and_remedy(string refusal)
    {
        (HostCapabilities host, string[] inReason, string[] inRemedies) = HostOf(refusal);
        BackendUnavailableException error =
            Assert.Throws<BackendUnavailableException>(() => BackendSelector.Choose(SyscallBackendKind.IoUring, host));
        Assert.All([.. inReason, .. inRemedies, "io-uring"], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        Assert.Equal(host.IoUring.SetupError, error.ErrorNumber);
        Assert.Equal(host.IoUring.SetupError is null ? null : "io_uring_setup", error.Call);
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Forced_syscall_threads_run_where_io_uring_cannot(string refusal) =>
        Assert.Equal(
            SyscallBackendKind.SyscallThreads,
            BackendSelector.Choose(SyscallBackendKind.SyscallThreads, HostOf(refusal).Host).Chosen);

    [Theory]
    [InlineData(SyscallBackendKind.IoUring)]
    [InlineData(SyscallBackendKind.SyscallThreads)]
    public void A_backend_that_is_asked_for_is_taken(SyscallBackendKind kind)
    {
        BackendChoice choice = BackendSelector.Choose(kind, MadeUpHosts.Complete);
        Assert.Equal(kind, choice.Chosen);
        Assert.Equal(kind, choice.Requested);
    }

    [Fact]
    public void Auto_takes_the_kernel_module_where_it_is_loaded()
    {
        BackendChoice choice = BackendSelector.Choose(SyscallBackendKind.Auto, MadeUpHosts.WithModule);
        Assert.Equal(SyscallBackendKind.KernelModule, choice.Chosen);
        Assert.Empty(choice.Remedies);
        HostCapabilities alone = MadeUpHosts.Unreadable with { KernelModule = MadeUpHosts.WithModule.KernelModule };
        Assert.Equal(SyscallBackendKind.KernelModule, BackendSelector.Choose(SyscallBackendKind.Auto, alone).Chosen);
        Assert.Equal(SyscallBackendKind.IoUring, BackendSelector.Choose(SyscallBackendKind.IoUring, MadeUpHosts.WithModule).Chosen);
    }

    [Theory]
    [InlineData("open", MadeUpHosts.ErrnoNoEntry, "openat", "the FlexSC kernel module is not loaded", "load the module: see kernel/README.md")]
    [InlineData("open", MadeUpHosts.ErrnoAccess, "openat", "EACCES (errno 13", "join the group flexsc")]
    [InlineData("setup", MadeUpHosts.ErrnoInvalid, "ioctl FLEXSC_IOC_SETUP", "EINVAL (errno 22", "another version of the interface")]
    [InlineData("run", MadeUpHosts.ErrnoNotPermitted, "ioctl FLEXSC_IOC_RUN", "EPERM (errno 1", "seccomp")]
    public void A_forced_kernel_module_that_cannot_run_names_call_errno_and_remedy(
        string step, int errorNumber, string call, string inReason, string inRemedy)
    {
        HostCapabilities host = MadeUpHosts.Complete with
        {
            KernelModule = new KernelModuleCapabilities
            {
                OpenError = step == "open" ? errorNumber : 0,
                SetupError = step == "setup" ? errorNumber : step == "run" ? 0 : null,
                RunError = step == "run" ? errorNumber : null,
            },
        };
        BackendUnavailableException error =
            Assert.Throws<BackendUnavailableException>(() => BackendSelector.Choose(SyscallBackendKind.KernelModule, host));
        Assert.All([call, inReason, inRemedy, "kernel-module"], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        Assert.Equal(errorNumber, error.ErrorNumber);
        Assert.Equal(call, error.Call);
        Assert.Equal(SyscallBackendKind.IoUring, BackendSelector.Choose(SyscallBackendKind.Auto, host).Chosen);
    }

    [Fact]
    public void A_kernel_module_that_was_not_tried_does_not_run() =>
        Assert.Throws<BackendUnavailableException>(() => BackendSelector.Choose(SyscallBackendKind.KernelModule, MadeUpHosts.Unreadable));

    [Theory]
    [InlineData(SyscallBackendKind.Auto)]
    [InlineData(SyscallBackendKind.IoUring)]
    [InlineData(SyscallBackendKind.SyscallThreads)]
    [InlineData(SyscallBackendKind.KernelModule)]
    public void Another_architecture_or_byte_order_runs_no_backend(SyscallBackendKind kind)
    {
        HostCapabilities other = MadeUpHosts.Complete with { Architecture = "RiscV64" };
        HostCapabilities bigEndian = MadeUpHosts.Complete with { IsLittleEndian = false };
        string text = Assert.Throws<BackendUnavailableException>(() => BackendSelector.Choose(kind, other)).Message;
        Assert.Contains("RiscV64", text, StringComparison.Ordinal);
        Assert.Contains("x86-64 or arm64", text, StringComparison.Ordinal);
        Assert.Throws<BackendUnavailableException>(() => BackendSelector.Choose(kind, bigEndian));
    }

    [Fact]
    public void On_arm64_all_run_but_the_kernel_module()
    {
        HostCapabilities arm = MadeUpHosts.Complete with { Architecture = "arm64", KernelModule = new KernelModuleCapabilities { OpenError = MadeUpHosts.ErrnoNoEntry } };
        Assert.Equal(SyscallBackendKind.IoUring, BackendSelector.Choose(SyscallBackendKind.Auto, arm).Chosen);
        Assert.Equal(SyscallBackendKind.SyscallThreads, BackendSelector.Choose(SyscallBackendKind.SyscallThreads, arm).Chosen);
        BackendUnavailableException refusal = Assert.Throws<BackendUnavailableException>(() => BackendSelector.Choose(SyscallBackendKind.KernelModule, arm));
        Assert.Contains("the FlexSC kernel module is for x86-64, and this is arm64", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_filter_on_one_call_alone_is_seen()
    {
        HostCapabilities complete = MadeUpHosts.Complete with { SeccompMode = 2 };
        HostCapabilities enter = complete with { IoUring = complete.IoUring with { EnterError = MadeUpHosts.ErrnoNotPermitted } };
        HostCapabilities register = complete with { IoUring = complete.IoUring with { ProvidedBufferRingError = MadeUpHosts.ErrnoNotPermitted } };
        Assert.Contains("io_uring_enter answered EPERM", ReasonOf(enter), StringComparison.Ordinal);
        Assert.Contains("io_uring_register answered EPERM", ReasonOf(register), StringComparison.Ordinal);
    }

    [Fact]
    public void A_kernel_without_an_opcode_or_a_feature_is_seen()
    {
        HostCapabilities complete = MadeUpHosts.Complete;
        HostCapabilities withoutAccept = complete with { IoUring = complete.IoUring with { Opcodes = [.. complete.IoUring.Opcodes.Where(opcode => opcode != 13)] } };
        HostCapabilities withoutNoDrop = complete with { IoUring = complete.IoUring with { Features = 0x101 } };
        Assert.Contains("without ACCEPT", ReasonOf(withoutAccept), StringComparison.Ordinal);
        Assert.Contains("features 0x101", ReasonOf(withoutNoDrop), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_optional_does_not_bar_io_uring()
    {
        HostCapabilities complete = MadeUpHosts.Complete;
        HostCapabilities host = complete with
        {
            KernelRelease = null,
            KernelVersion = null,
            LockedMemoryBytes = null,
            HasIpcLock = null,
            IoUringDisabled = 1,
            SeccompMode = null,
            IoUring = complete.IoUring with { SqPollError = MadeUpHosts.ErrnoNotPermitted },
        };
        Assert.Equal(SyscallBackendKind.IoUring, BackendSelector.Choose(SyscallBackendKind.Auto, host).Chosen);
    }

    [Fact]
    public void A_kernel_with_newer_parts_put_in_is_judged_by_what_it_can_do()
    {
        HostCapabilities host = MadeUpHosts.Complete with { KernelRelease = "5.14.0-503.el9.x86_64", KernelVersion = new Version(5, 14) };
        Assert.Equal(SyscallBackendKind.IoUring, BackendSelector.Choose(SyscallBackendKind.Auto, host).Chosen);
    }

    [Fact]
    public void The_choice_for_this_host_is_what_its_kernel_answers()
    {
        SyscallLoopOptions options = new();
        bool ringRuns;
        try
        {
            using SubmissionCompletionRing ring = new((uint)options.SubmissionSlots, (uint)options.CompletionSlots);
            ring.Enter(wait: false, timeoutNanoseconds: 0);
            ringRuns = true;
        }
        catch (LinuxException)
        {
            ringRuns = false;
        }

        HostCapabilities host = HostCapabilities.Read() with { KernelModule = MadeUpHosts.Complete.KernelModule };
        BackendChoice choice = BackendSelector.Choose(SyscallBackendKind.Auto, host);
        Assert.Equal(ringRuns ? SyscallBackendKind.IoUring : SyscallBackendKind.SyscallThreads, choice.Chosen);
    }

    [Fact]
    public void Spellings_are_read_back()
    {
        foreach (SyscallBackendKind kind in Enum.GetValues<SyscallBackendKind>())
        {
            Assert.Equal(kind, SyscallBackendKinds.Parse(SyscallBackendKinds.Format(kind)));
        }

        Assert.Contains("auto, io-uring, syscall-threads, kernel-module", Assert.Throws<FormatException>(() => SyscallBackendKinds.Parse("IoUring")).Message, StringComparison.Ordinal);
        Assert.False(SyscallBackendKinds.TryParse(null, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => SyscallBackendKinds.Format((SyscallBackendKind)4));
    }

    private static string ReasonOf(HostCapabilities host)
    {
        BackendChoice choice = BackendSelector.Choose(SyscallBackendKind.Auto, host);
        Assert.Equal(SyscallBackendKind.SyscallThreads, choice.Chosen);
        return choice.Reason;
    }

    private static (HostCapabilities Host, string[] InReason, string[] InRemedies) HostOf(string refusal) => refusal switch
    {
        "EPERM by seccomp" => (MadeUpHosts.Container(MadeUpHosts.ErrnoNotPermitted), ["io_uring_setup answered EPERM (errno 1"], ["seccomp"]),
        "ENOSYS by seccomp" => (MadeUpHosts.Container(MadeUpHosts.ErrnoNoSystemCall), ["io_uring_setup answered ENOSYS (errno 38"], ["seccomp"]),
        "5.15" => (MadeUpHosts.OldKernel, ["EINVAL (errno 22", "this is 5.15"], ["run Linux 6.1 or newer"]),
        "memlock" => (MadeUpHosts.LittleLockedMemory, ["ENOMEM (errno 12"], ["RLIMIT_MEMLOCK is 64 KiB", "84 KiB", "ulimit -l"]),
        "sysctl 1" => (MadeUpHosts.Disabled(1), ["EPERM"], ["kernel.io_uring_disabled is 1", "io_uring_group"]),
        "sysctl 2" => (MadeUpHosts.Disabled(2), ["EPERM"], ["kernel.io_uring_disabled is 2", "sysctl -w"]),
        "unreadable" => (MadeUpHosts.Unreadable, ["not tried"], []),
        _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, "no such host"),
    };
}
