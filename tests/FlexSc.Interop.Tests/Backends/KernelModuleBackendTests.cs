using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using Xunit;

namespace FlexSc.Interop.Tests.Backends;

/// <summary>What can be said of the kernel-module backend where there is no module; the conformance suite says the rest, in the guest.</summary>
public sealed class KernelModuleBackendTests
{
    [SkippableFact]
    public void Without_the_module_a_forced_loop_fails_with_call_object_and_remedy()
    {
        Skip.If(File.Exists("/dev/flexsc"), "the module is loaded here");
        LinuxException error = Assert.Throws<LinuxException>(
            () => SyscallLoop.Start(new SyscallLoopOptions { Backend = SyscallBackendKind.KernelModule }, "test-loop"));
        const int errnoNoEntry = 2;
        Assert.Equal(errnoNoEntry, error.ErrorNumber);
        Assert.Equal("openat", error.Call);
        Assert.Equal("/dev/flexsc", error.Target);
        Assert.Equal("load the module: see kernel/README.md", error.Remedy);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(SyscallLoopOptions.MaxSyscallThreadSpinMicroseconds + 1)]
    public void A_search_for_work_out_of_range_is_refused(int microseconds) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new SyscallLoopOptions { SyscallThreadSpinMicroseconds = microseconds }.Validate());

    [Fact]
    public void Cores_may_be_named_for_the_one_thread_that_there_always_is()
    {
        SyscallLoopOptions options = new() { SyscallThreadCpus = [0], Backend = SyscallBackendKind.KernelModule };
        options.Validate();
        Assert.Throws<ArgumentOutOfRangeException>(() => (options with { Backend = SyscallBackendKind.Auto }).Validate());
    }
}
