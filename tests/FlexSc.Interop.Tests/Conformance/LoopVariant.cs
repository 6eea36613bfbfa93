using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using Xunit;

namespace FlexSc.Interop.Tests.Conformance;

/// <summary>A backend, set up one way, that the suite runs over.</summary>
public sealed record LoopVariant(
    SyscallBackendKind Backend, int SyscallThreads = 0, bool Polled = false, bool OnOneCore = false, int SpinMicroseconds = 0)
{
    private static readonly int[] RefusalErrnos = [1, 22, 38];

    /// <summary>Starts a loop, or skips the test with the reason where the host refuses.</summary>
    public SyscallLoop Start(SyscallLoopOptions options, ILoopHost? host = null)
    {
        Skip.If(Polled && Environment.ProcessorCount < 2, "a polling kernel thread needs a core beside the loop's, and there is one core");
        SyscallLoopOptions adapted = options with
        {
            Backend = Backend,
            SyscallThreads = SyscallThreads,
            SyscallThreadSpinMicroseconds = SpinMicroseconds,
            Cpu = OnOneCore ? ThreadAffinity.AllowedCpus()[0] : null,
            SubmissionPollCpu = Polled ? Environment.ProcessorCount - 1 : null,
            SubmissionPollIdleMs = 1,
        };
        try
        {
            return SyscallLoop.Start(adapted, "test-loop", host);
        }
        catch (LinuxException exception) when (Backend == SyscallBackendKind.KernelModule && exception.Call == "openat")
        {
            throw new SkipException(exception.Message);
        }
        catch (LinuxException exception) when (Backend == SyscallBackendKind.IoUring && RefusalErrnos.Contains(exception.ErrorNumber))
        {
            throw new SkipException(exception.Message);
        }
    }
}
