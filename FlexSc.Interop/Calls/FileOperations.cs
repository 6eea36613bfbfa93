using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;

namespace FlexSc.Interop.Calls;

/// <summary>
/// Reading and writing of files with a callback object and without allocation, as <see cref="SocketOperations"/>: on the loop's thread;
/// false when every entry of the page set is in use. Results are the kernel's: bytes moved, maybe fewer than asked for, or a negative
/// errno. The memory must stay until the completion.
/// </summary>
public static class FileOperations
{
    /// <summary>Reads at an offset, pread64(2), or at the file's own position, read(2), for <see cref="FileTransferCalls.CurrentPosition"/>.</summary>
    public static unsafe bool TryRead(
        this SyscallLoop loop, SyscallOperation operation, int descriptor, byte* memory, int lengthBytes, long offset)
    {
        ArgumentNullException.ThrowIfNull(loop);
        bool positioned = offset != FileTransferCalls.CurrentPosition;
        return loop.TrySubmit(
            operation, positioned ? SyscallNumber.PRead64 : SyscallNumber.Read, argument0: descriptor, argument1: (long)memory,
            argument2: lengthBytes, argument3: positioned ? offset : 0);
    }

    /// <summary>Writes at an offset, pwrite64(2), or at the file's own position, write(2), for <see cref="FileTransferCalls.CurrentPosition"/>.</summary>
    public static unsafe bool TryWrite(
        this SyscallLoop loop, SyscallOperation operation, int descriptor, byte* memory, int lengthBytes, long offset)
    {
        ArgumentNullException.ThrowIfNull(loop);
        bool positioned = offset != FileTransferCalls.CurrentPosition;
        return loop.TrySubmit(
            operation, positioned ? SyscallNumber.PWrite64 : SyscallNumber.Write, argument0: descriptor, argument1: (long)memory,
            argument2: lengthBytes, argument3: positioned ? offset : 0);
    }
}
