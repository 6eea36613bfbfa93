using System.Runtime.InteropServices;

namespace FlexSc.Interop.Linux;

/// <summary>
/// Any system call by its number, see syscall(2): the one place that knows which number the machine has for it. Everywhere else calls
/// have those of x86-64.
/// </summary>
internal static partial class RawSystemCall
{
    /// <summary>Whether the architecture has a call of that number; a newer kernel may have one that this does not know.</summary>
    public static bool IsThere(long number) =>
        RuntimeInformation.ProcessArchitecture != Architecture.Arm64 || Arm64Numbers.TryGet(number, out _);

    /// <summary>An ordinary P/Invoke: the call can wait, and a suppressed GC transition would stop every collection meanwhile.</summary>
    /// <returns>What the kernel returned: a negative errno on failure, -ENOSYS for a call that the architecture does not have.</returns>
    public static long Invoke(
        long number, long argument0 = 0, long argument1 = 0, long argument2 = 0, long argument3 = 0, long argument4 = 0, long argument5 = 0)
    {
        // A constant to the compiler, which leaves nothing of it on x86-64.
        if (RuntimeInformation.ProcessArchitecture == Architecture.Arm64 && !Arm64Numbers.TryGet(number, out number))
        {
            return -Errno.NoSystemCall;
        }

        // glibc answers -1 and errno; without SetLastError the errno would be whatever the runtime's last call left.
        long result = Syscall(number, argument0, argument1, argument2, argument3, argument4, argument5);
        return result == -1 ? -Marshal.GetLastPInvokeError() : result;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long Syscall(
        long number, long argument0, long argument1, long argument2, long argument3, long argument4, long argument5);
}
