using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Backends.KernelModule;

/// <summary>
/// Threads of the program that stay inside the module and execute entries there. More are started when the module wants one, up to
/// a bound. Started and disposed on the loop's thread.
/// </summary>
/// <param name="device">Set up.</param>
/// <param name="limit">Most threads.</param>
/// <param name="cpus">Cores they run on in turn; empty gives them those of the process.</param>
/// <param name="spinMicroseconds">How long one looks for work before it sleeps.</param>
internal sealed unsafe class ModuleThreads(ModuleDevice device, int limit, IReadOnlyList<int> cpus, uint spinMicroseconds)
{
    private const int NumberSignalMask = 14; // rt_sigprocmask
    private const int SignalMaskBytes = 8;

    private readonly List<Thread> _threads = [];
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
            int cpu = cpus.Count > 0 ? cpus[number % cpus.Count] : -1;
            if (cpu < 0)
            {
                ThreadAffinity.UseCoresOfProcess();
            }

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
