using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends;

/// <summary>Makes the system call of an entry on the calling thread.</summary>
internal static class CallExecution
{
    /// <summary>The call as it is; a negative errno on failure. A call that a signal interrupted is made again where that is safe.</summary>
    public static long Execute(in SyscallEntry entry)
    {
        long result;
        do
        {
            result = RawSystemCall.Invoke(
                entry.Number, entry.Argument0, entry.Argument1, entry.Argument2, entry.Argument3, entry.Argument4, entry.Argument5);
        }
        while (result == -Errno.Interrupted && MayRepeat(entry.Number));

        return result;
    }

    /// <summary>
    /// Calls that did nothing when they answer EINTR. Not among them: close, which has closed; connect, which goes on; and
    /// calls with a timeout, which would wait anew (signal(7)). Numbers are those of x86-64.
    /// </summary>
    private static bool MayRepeat(ushort number) => number switch
    {
        SyscallNumber.Read or SyscallNumber.Write or SyscallNumber.PRead64 or SyscallNumber.PWrite64 => true,
        SyscallNumber.SendTo or SyscallNumber.RecvFrom or SyscallNumber.SendMsg or SyscallNumber.RecvMsg => true,
        SyscallNumber.Accept4 or SyscallNumber.OpenAt or SyscallNumber.OpenAt2 => true,
        SyscallNumber.FSync or SyscallNumber.FDataSync or SyscallNumber.Statx => true,

        // readv, writev, preadv, pwritev, preadv2, pwritev2; accept; flock; truncate, ftruncate, fallocate.
        19 or 20 or 295 or 296 or 327 or 328 => true,
        43 or 73 or 76 or 77 or 285 => true,
        _ => false,
    };
}
