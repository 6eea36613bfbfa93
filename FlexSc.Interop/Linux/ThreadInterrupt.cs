using System.Runtime.InteropServices;

namespace FlexSc.Interop.Linux;

/// <summary>
/// Ends a system call that another thread of the process waits in, by a signal that does nothing else: the call answers EINTR, see
/// signal(7). Whoever uses it makes sure that the thread is in a call that is meant, and asks again until it is out: a signal that
/// comes just before the call is lost.
/// </summary>
internal static unsafe partial class ThreadInterrupt
{
    // glibc keeps 32 and 33 for itself, the runtime takes 34. From above, where fewer programs take theirs.
    private const int FirstSignal = 64;
    private const int LastSignal = 40;

    private const int NumberGetTid = 186;
    private const int NumberThreadKill = 234;
    private const int NumberSignalMask = 14; // rt_sigprocmask
    private const int UnblockMask = 1; // SIG_UNBLOCK
    private const int SignalMaskBytes = 8;

    private static readonly Lazy<int> Signal = new(TakeSignal);

    /// <summary>Number by which the kernel knows the calling thread.</summary>
    public static int CurrentThreadId => (int)RawSystemCall.Invoke(NumberGetTid);

    /// <summary>Lets the calling thread be interrupted, whatever signals its creator had blocked.</summary>
    /// <exception cref="LinuxException">No signal is left for it.</exception>
    public static void AllowOnCurrentThread()
    {
        ulong mask = 1UL << (Signal.Value - 1);
        long answer = RawSystemCall.Invoke(NumberSignalMask, UnblockMask, (long)&mask, 0, SignalMaskBytes);
        if (answer < 0)
        {
            throw new LinuxException((int)-answer, "rt_sigprocmask", "a companion thread");
        }
    }

    /// <summary>Interrupts a thread that has allowed it and has not ended.</summary>
    /// <returns>0, or a negative errno: EAGAIN when too many signals are pending, so that another try is worthwhile.</returns>
    public static long Send(int threadId) =>
        RawSystemCall.Invoke(NumberThreadKill, Environment.ProcessId, threadId, Signal.Value);

    private static int TakeSignal()
    {
        // The handler is native, so that it may run at any point of managed code and beside a garbage collection. It must take one
        // number and touch nothing: abs(3) is such a function, and every C library has it.
        nint handler = NativeLibrary.GetExport(NativeLibrary.Load("libc", typeof(ThreadInterrupt).Assembly, null), "abs");
        for (int signal = FirstSignal; signal >= LastSignal; signal--)
        {
            SignalAction present = default;
            if (SetAction(signal, null, &present) != 0 || present.Handler != 0)
            {
                continue;
            }

            // Without SA_RESTART: the call is to end.
            SignalAction action = new() { Handler = handler };
            if (SetAction(signal, &action, null) == 0)
            {
                return signal;
            }
        }

        throw new LinuxException(
            Errno.Busy, "sigaction", $"the signals {LastSignal} to {FirstSignal}", "the program has a handler for each: leave one free");
    }

    [LibraryImport("libc", EntryPoint = "sigaction")]
    private static partial int SetAction(int signal, SignalAction* action, SignalAction* former);

    /// <summary><c>struct sigaction</c> of glibc and musl, on x86-64 and arm64.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 152)]
    private struct SignalAction
    {
        [FieldOffset(0)]
        public nint Handler;
    }
}
