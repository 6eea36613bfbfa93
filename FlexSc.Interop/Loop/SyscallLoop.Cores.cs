using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Loop;

/// <content>Which core executes the calls, while the loop runs.</content>
public sealed partial class SyscallLoop
{
    /// <summary>
    /// Whether <see cref="ServeBy"/> works: with the backends io-uring and syscall-threads, and with kernel-module where
    /// <see cref="Page.SyscallLoopOptions.SyscallThreadCpus"/> names no cores. From any thread.
    /// </summary>
    public bool MayBeServed => _backend.MayBeServed;

    /// <summary>Core that executes the loop's calls; null where the loop does it itself, in batches. From any thread.</summary>
    public int? ServedBy => _backend.ServedBy;

    /// <summary>
    /// Has a core of its own execute the loop's calls from now on, or the loop itself. With io-uring it is a kernel thread that polls
    /// the submission ring (IORING_SETUP_SQPOLL), with syscall-threads the threads of the backend, which are started when there are
    /// none, with kernel-module the threads that stay in the module, which without a core of their own run where the loop does, also when
    /// that has been moved before. Calls in flight go on: what completes again and again moves along, everything else ends where it is. It
    /// takes the loop some microseconds for each call in flight. On the loop's thread; nothing while it stops.
    /// </summary>
    /// <param name="cpu">The core, of those that the process may use; null for the loop.</param>
    /// <param name="sharedWith">A loop that this core serves already and whose polling thread is to serve both; null for a thread of its own.</param>
    /// <exception cref="InvalidOperationException">Called from another thread.</exception>
    /// <exception cref="NotSupportedException">The backend cannot do that while it runs.</exception>
    /// <exception cref="LinuxException">The system refuses; it is as before, and the text names the remedy.</exception>
    public void ServeBy(int? cpu, SyscallLoop? sharedWith = null)
    {
        RequireOwnThread();
        if (!_takesNoCalls && !_stopping)
        {
            _backend.ServeBy(cpu, sharedWith?._backend.PolledRing ?? -1);
        }
    }

    /// <summary>
    /// Says on which cores the kernel's own workers run that execute calls of this loop which would hold it up, as reads of a disk
    /// (IORING_REGISTER_IOWQ_AFF, Linux 5.14). Without it they may use every core of the machine, whatever the process may. Nothing with
    /// other backends than io-uring. On the loop's thread.
    /// </summary>
    /// <param name="cpus">One core or more, of those that the process may use.</param>
    /// <exception cref="InvalidOperationException">Called from another thread.</exception>
    /// <exception cref="LinuxException">The system refuses.</exception>
    public void SetKernelWorkerCpus(IReadOnlyList<int> cpus)
    {
        ArgumentNullException.ThrowIfNull(cpus);
        ArgumentOutOfRangeException.ThrowIfZero(cpus.Count);
        RequireOwnThread();
        if (!_takesNoCalls)
        {
            _backend.SetWorkerCpus(cpus);
        }
    }

    /// <summary>What the core did so far that executes the loop's calls; null where the loop does. From any thread.</summary>
    public SyscallCoreUse? ReadCoreUse() => _backend.ReadCoreUse();

    /// <summary>
    /// Time that threads which execute the loop's calls on its own cores ran so far: those of kernel-module, as long as they have no core of
    /// their own. Zero where the loop executes them. From any thread.
    /// </summary>
    public TimeSpan ReadTimeBeside() => _backend.ReadTimeBeside();
}
