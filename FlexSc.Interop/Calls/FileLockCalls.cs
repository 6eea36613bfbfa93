using System.Buffers.Binary;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;

namespace FlexSc.Interop.Calls;

/// <summary>What a lock lets others do, see fcntl(2).</summary>
public enum FileLockKind : short
{
    /// <summary>F_RDLCK: others may have shared ones. The file must be open for reading.</summary>
    Shared = 0,

    /// <summary>F_WRLCK: nobody else has any. The file must be open for writing.</summary>
    Exclusive = 1,

    /// <summary>F_UNLCK: gives up what is held.</summary>
    None = 2,
}

/// <summary>
/// Locks that belong to an open file, not to the process, and end when it is closed: F_OFD_SETLK, F_OFD_SETLKW of fcntl(2). They are
/// advisory: who does not ask is not held up. See <see cref="FileCalls"/> for threads, errors and cancellation.
/// </summary>
public static class FileLockCalls
{
    private const int NativeLockBytes = 32; // struct flock
    private const int StartOffset = 8;
    private const int LengthOffset = 16;

    /// <summary>Takes, changes or gives up the lock of a range.</summary>
    /// <param name="loop">The loop whose thread this is.</param>
    /// <param name="descriptor">File descriptor.</param>
    /// <param name="kind">Which.</param>
    /// <param name="offset">First byte.</param>
    /// <param name="length">Bytes; 0 for all up to the end, wherever that will be.</param>
    /// <param name="wait">Waits until those are gone that are in the way, on a thread of <see cref="Page.SyscallLoopOptions.WaitingThreads"/>.</param>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    /// <returns>False when another open file's lock is in the way, and it was not to wait.</returns>
    /// <exception cref="LinuxException">The kernel refuses: EBADF when the file is not open for what the lock is for.</exception>
    public static async ValueTask<bool> LockAsync(
        this SyscallLoop loop, int descriptor, FileLockKind kind, long offset = 0, long length = 0, bool wait = false,
        CancellationToken cancellationToken = default)
    {
        using NativeBlock block = NativeBlock.Allocate(NativeLockBytes);
        long result;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();

            // The whence, SEEK_SET, and the process, which must be 0, are zeros.
            block.Span.Clear();
            BinaryPrimitives.WriteInt16LittleEndian(block.Span, (short)kind);
            BinaryPrimitives.WriteInt64LittleEndian(block.Span[StartOffset..], offset);
            BinaryPrimitives.WriteInt64LittleEndian(block.Span[LengthOffset..], length);
            int command = wait ? SyscallNumber.FcntlSetOpenFileLockWait : SyscallNumber.FcntlSetOpenFileLock;
            result = await loop.SubmitAsync(SyscallNumber.Fcntl, descriptor, command, block.Address, 0, 0, 0, cancellationToken)
                .ConfigureAwait(false);
        }
        while (result == -Errno.Interrupted);

        if (!wait && result is -Errno.Again or -Errno.Access)
        {
            return false;
        }

        CallResult.OfDescriptor(result, "fcntl", descriptor);
        return true;
    }
}
