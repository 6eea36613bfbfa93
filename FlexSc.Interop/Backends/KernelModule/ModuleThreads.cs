using System.Diagnostics;
using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Backends.KernelModule;

/// <summary>
/// Threads of the program that stay inside the module and execute entries there. More are started when the module wants one, up to
/// a bound. Started, moved and disposed on the loop's thread.
/// </summary>
/// <param name="device">Set up.</param>
/// <param name="limit">Most threads.</param>
/// <param name="namedCpus">Cores they run on in turn, for good: the module has one of them at work on each. Empty leaves that to <see cref="MoveTo"/>.</param>
/// <param name="spinMicroseconds">How long one looks for work before it sleeps.</param>
internal sealed unsafe class ModuleThreads(ModuleDevice device, int limit, IReadOnlyList<int> namedCpus, uint spinMicroseconds)
{
    private const int NumberSignalMask = 14; // rt_sigprocmask
    private const int SignalMaskBytes = 8;

    /// <summary>
    /// What the module is told of a thread's core where none is named: such threads take turns with each other, wherever they run, and
    /// the core is set from outside. So it can be another one while they stay in the module.
    /// </summary>
    private const int NoNamedCpu = -1;

    private readonly Lock _gate = new();
    private readonly List<Thread> _threads = [];

    /// <summary>The kernel's numbers of those that have begun. With the gate.</summary>
    private readonly List<int> _threadIds = [];

    /// <summary>Where threads run whose core is not named; empty for the process' cores. Changed with the gate.</summary>
    private IReadOnlyList<int> _cpus = [];
    private long _failure;

    /// <summary>True when no more may be started.</summary>
    public bool IsFull => _threads.Count >= limit;

    /// <summary>Starts a thread; it is in the module soon after.</summary>
    /// <param name="isNeeded">Without it nobody executes what is submitted; else calls wait for one that is there, and the next look tries again.</param>
    /// <exception cref="LinuxException">A thread that is needed cannot be started.</exception>
    public void Start(bool isNeeded)
    {
        int number = _threads.Count;
        Thread thread = new(() => Run(number)) { Name = $"flexsc-kernel-{number}", IsBackground = true };
        if (CallThread.TryStart(thread))
        {
            _threads.Add(thread);
        }
        else if (isNeeded)
        {
            throw CallThread.Refused(thread.Name);
        }
    }

    /// <summary>
    /// Has the threads run on other cores from now on, those that are started later included. What they execute goes on: the kernel moves
    /// a thread while it is inside, see sched_setaffinity(2). Only where no cores are named.
    /// </summary>
    /// <param name="cpus">One or more; empty gives them those of the process.</param>
    /// <exception cref="LinuxException">The process may not run on any of the cores; the threads stay where they are.</exception>
    public void MoveTo(IReadOnlyList<int> cpus)
    {
        Debug.Assert(namedCpus.Count == 0, "the threads have cores of their own for good");
        lock (_gate)
        {
            // The first is refused as all would be, before any has moved.
            IReadOnlyList<int> cores = cpus.Count > 0 ? cpus : ThreadAffinity.AllowedCpusOfProcess();
            foreach (int thread in _threadIds)
            {
                ThreadAffinity.Set(thread, cores);
            }

            _cpus = cpus;
        }
    }

    /// <summary>What the threads did so far, the time in which they looked for work included. From any thread.</summary>
    public SyscallCoreUse ReadUse(int cpu)
    {
        int[] threads;
        lock (_gate)
        {
            threads = [.. _threadIds];
        }

        return ThreadRunTime.UseOf(cpu, threads);
    }

    /// <summary>The negative errno by which the module refused a thread; 0 when it refused none.</summary>
    public long Failure => Volatile.Read(ref _failure);

    /// <summary>Has all threads leave and waits for them: for those inside a call that cannot be interrupted, until it ends.</summary>
    public void End()
    {
        device.Stop();
        foreach (Thread thread in _threads)
        {
            thread.Join();
        }
    }

    private void Run(int number)
    {
        long answer;
        try
        {
            BlockSignals();
            int cpu = namedCpus.Count > 0 ? namedCpus[number % namedCpus.Count] : NoNamedCpu;
            Begin();
            do
            {
                // An ordinary P/Invoke: while the thread is in the module, it is of no concern to a garbage collection. A signal
                // that is not blocked ends it with EINTR, after its handler.
                answer = device.Run(cpu, spinMicroseconds);
            }
            while (answer == -Errno.Interrupted);
        }
        catch (LinuxException exception)
        {
            answer = -exception.ErrorNumber;
        }

        if (answer < 0)
        {
            Interlocked.CompareExchange(ref _failure, answer, 0);
            device.Wake();
        }
    }

    /// <summary>
    /// Puts the calling thread where the others are: a move that comes meanwhile finds it, or has come before. Those with a named core need
    /// the process' cores, too, since the module narrows what a thread may use and never widens it.
    /// </summary>
    private void Begin()
    {
        lock (_gate)
        {
            int thread = ThreadInterrupt.CurrentThreadId;
            ThreadAffinity.UseCoresOfProcess();
            if (_cpus.Count > 0)
            {
                ThreadAffinity.Set(thread, _cpus);
            }

            _threadIds.Add(thread);
        }
    }

    /// <summary>
    /// A call that a signal interrupts would have to be begun again, so signals go to other threads. Left open are those that are
    /// meant for this very thread: 32 and 33, by which glibc has every thread follow setuid(2) and the like and waits for it, 34,
    /// by which the runtime stops a thread for a collection, and what a fault of the thread itself raises.
    /// </summary>
    private static void BlockSignals()
    {
        const long setMask = 2; // SIG_SETMASK
        ulong mask = ulong.MaxValue;
        foreach (int signal in (ReadOnlySpan<int>)[4, 5, 7, 8, 11, 32, 33, 34])
        {
            mask &= ~(1UL << (signal - 1));
        }

        // By the call itself: glibc's pthread_sigmask quietly leaves its own signals out, whatever is asked.
        long answer = RawSystemCall.Invoke(NumberSignalMask, setMask, (long)&mask, 0, SignalMaskBytes);
        if (answer < 0)
        {
            throw new LinuxException((int)-answer, "rt_sigprocmask", "a syscall thread");
        }
    }
}
