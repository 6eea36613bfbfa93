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
            result = ExecuteOnce(entry);
        }
        while (result == -Errno.Interrupted && SyscallTable.Of(entry.Number).Repeats);

        return result;
    }

    /// <summary>The call as it is, also when a signal interrupted it.</summary>
    public static long ExecuteOnce(in SyscallEntry entry) => RawSystemCall.Invoke(
        entry.Number, entry.Argument0, entry.Argument1, entry.Argument2, entry.Argument3, entry.Argument4, entry.Argument5);
}
