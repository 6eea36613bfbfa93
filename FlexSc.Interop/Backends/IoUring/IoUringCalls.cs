using System.Runtime.InteropServices;

namespace FlexSc.Interop.Backends.IoUring;

/// <summary>The system calls of io_uring. Numbers are the same on every 64-bit architecture. Each answers a negative errno on failure.</summary>
internal static unsafe partial class IoUringCalls
{
    private const long NumberSetup = 425;
    private const long NumberEnter = 426;

    public static int Setup(uint entries, ref IoUringParameters parameters)
    {
        fixed (IoUringParameters* pointer = &parameters)
        {
            return Answer(Syscall(NumberSetup, entries, (long)pointer));
        }
    }

    /// <summary>An ordinary P/Invoke: the call can wait, and a suppressed GC transition would stop every collection meanwhile.</summary>
    public static int Enter(int ring, uint toSubmit, uint minimumComplete, uint flags, void* argument, nuint argumentBytes) =>
        Answer(Syscall(NumberEnter, ring, toSubmit, minimumComplete, flags, (long)argument, (long)argumentBytes));

    // glibc's syscall() answers -1 and sets errno; without SetLastError the EINTR, EAGAIN and EBUSY branches would be dead code.
    private static int Answer(long result) => result == -1 ? -Marshal.GetLastPInvokeError() : (int)result;

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long Syscall(long number, long argument0, long argument1);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long Syscall(long number, long argument0, long argument1, long argument2, long argument3, long argument4, long argument5);
}
