using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using Xunit;

namespace FlexSc.Interop.Tests.Conformance;

/// <summary>A backend, set up one way, that the suite runs over.</summary>
public sealed record LoopVariant(
    SyscallBackendKind Backend, int SyscallThreads = 0, bool Polled = false, bool OnOneCore = false, int SpinMicroseconds = 0,
    bool Changes = false)
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
            SyscallLoop loop = SyscallLoop.Start(adapted, "test-loop", host);
            if (Changes)
            {
                loop.TryPost(static owner => owner.StartTimer(new Change(), delayMs: 0));
            }

            return loop;
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

    /// <summary>Has a core execute the calls and the loop again, all the time.</summary>
    private sealed class Change : LoopTimer
    {
        private const int IntervalMs = 1;

        protected internal override void OnDue(SyscallLoop loop)
        {
            try
            {
                loop.ServeBy(loop.ServedBy is null ? ThreadAffinity.AllowedCpus()[0] : null);
            }
            catch (LinuxException exception) when (exception.ErrorNumber is Errno.Busy or Errno.TooManyFiles)
            {
                // Calls wait on every former ring, or a test leaves no descriptor for another one: it stays as it is.
            }

            if (!loop.IsStopping)
            {
                loop.StartTimer(this, IntervalMs);
            }
        }
    }
}
