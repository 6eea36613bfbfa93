using System.Runtime.CompilerServices;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;

namespace FlexSc.Interop.Calls;

/// <summary>
/// Files through the page. Call and continue on the loop's thread. A failure throws <see cref="LinuxException"/> with the call
/// and the object; a cancelled token throws <see cref="OperationCanceledException"/> once the kernel is done with the call.
/// A relative path begins at the working directory of the process.
/// </summary>
public static class FileCalls
{
    /// <summary>What a new file's permissions are unless told: read and write for the owner, read for the others; less the umask.</summary>
    public const UnixFileMode DefaultMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    internal const long CloseOnExec = 0x80000; // O_CLOEXEC

    private const long RemoveDirectory = 0x200; // AT_REMOVEDIR

    /// <summary>Opens a file, openat(2). Whoever gets the file descriptor closes it, with <see cref="CloseAsync"/>.</summary>
    /// <param name="loop">The loop whose thread this is.</param>
    /// <param name="path">Path.</param>
    /// <param name="flags">How.</param>
    /// <param name="mode">Permissions of a new file, less the umask; for <see cref="OpenFlags.Create"/>.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="ArgumentException">The path holds a NUL.</exception>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<int> OpenAsync(
        this SyscallLoop loop, string path, OpenFlags flags, UnixFileMode mode = DefaultMode, CancellationToken cancellationToken = default)
    {
        using NativeBlock nativePath = NativePath.Copy(path);
        long nativeFlags = OpenFlagBits.OfMachine.FromX64((long)flags) | CloseOnExec;
        long result = await loop.SubmitAsync(
            SyscallNumber.OpenAt, NativePath.WorkingDirectory, nativePath.Address, nativeFlags, (long)mode, 0, 0, cancellationToken)
            .ConfigureAwait(false);
        return CallResult.OfObject(result, "openat", path);
    }

    /// <summary>
    /// Closes a file descriptor, close(2). It cannot be cancelled: the number is free whatever the result is, and may belong to
    /// another file at once. End calls in flight on it before, for closing does not cancel them.
    /// </summary>
    /// <exception cref="LinuxException">The kernel reports an error, of an earlier write for instance.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public static async ValueTask CloseAsync(this SyscallLoop loop, int descriptor)
    {
        long result = await loop.SubmitAsync(SyscallNumber.Close, descriptor).ConfigureAwait(false);
        if (result != -Errno.Interrupted)
        {
            // Linux has closed it before it could be interrupted.
            CallResult.OfDescriptor(result, "close", descriptor);
        }
    }

    /// <summary>Writes what the kernel holds of a file to its device, fsync(2).</summary>
    /// <param name="loop">The loop whose thread this is.</param>
    /// <param name="descriptor">File descriptor.</param>
    /// <param name="dataOnly">Leaves out metadata that reading does not need, fdatasync(2).</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="LinuxException">The kernel refuses, or the device failed.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public static async ValueTask FsyncAsync(
        this SyscallLoop loop, int descriptor, bool dataOnly = false, CancellationToken cancellationToken = default)
    {
        ushort number = dataOnly ? SyscallNumber.FDataSync : SyscallNumber.FSync;
        long result = await loop.SubmitAsync(number, descriptor, 0, 0, 0, 0, 0, cancellationToken).ConfigureAwait(false);
        CallResult.OfDescriptor(result, dataOnly ? "fdatasync" : "fsync", descriptor);
    }

    /// <summary>Cuts or extends an open file, ftruncate(2); what is added reads as zeros.</summary>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public static async ValueTask TruncateAsync(this SyscallLoop loop, int descriptor, long length, CancellationToken cancellationToken = default)
    {
        long result = await loop.SubmitAsync(SyscallNumber.FTruncate, descriptor, length, 0, 0, 0, 0, cancellationToken).ConfigureAwait(false);
        CallResult.OfDescriptor(result, "ftruncate", descriptor);
    }

    /// <summary>Cuts or extends a file, truncate(2).</summary>
    /// <exception cref="ArgumentException">The path holds a NUL.</exception>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public static async ValueTask TruncateAsync(this SyscallLoop loop, string path, long length, CancellationToken cancellationToken = default)
    {
        using NativeBlock nativePath = NativePath.Copy(path);
        long result = await loop.SubmitAsync(SyscallNumber.Truncate, nativePath.Address, length, 0, 0, 0, 0, cancellationToken).ConfigureAwait(false);
        CallResult.OfObject(result, "truncate", path);
    }

    /// <summary>Removes a name, unlinkat(2).</summary>
    /// <param name="loop">The loop whose thread this is.</param>
    /// <param name="path">Path.</param>
    /// <param name="directory">Removes an empty directory, as rmdir(2) does; else anything but a directory.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="ArgumentException">The path holds a NUL.</exception>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public static async ValueTask UnlinkAsync(
        this SyscallLoop loop, string path, bool directory = false, CancellationToken cancellationToken = default)
    {
        using NativeBlock nativePath = NativePath.Copy(path);
        long flags = directory ? RemoveDirectory : 0;
        long result = await loop.SubmitAsync(
            SyscallNumber.UnlinkAt, NativePath.WorkingDirectory, nativePath.Address, flags, 0, 0, 0, cancellationToken).ConfigureAwait(false);
        CallResult.OfObject(result, "unlinkat", path);
    }

    /// <summary>Gives a file another name on the same file system, renameat2(2).</summary>
    /// <exception cref="ArgumentException">A path holds a NUL.</exception>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public static async ValueTask RenameAsync(
        this SyscallLoop loop, string oldPath, string newPath, RenameFlags flags = RenameFlags.None, CancellationToken cancellationToken = default)
    {
        using NativeBlock nativeOld = NativePath.Copy(oldPath);
        using NativeBlock nativeNew = NativePath.Copy(newPath);
        long result = await loop.SubmitAsync(
            SyscallNumber.RenameAt2, NativePath.WorkingDirectory, nativeOld.Address, NativePath.WorkingDirectory, nativeNew.Address, (long)flags, 0,
            cancellationToken).ConfigureAwait(false);
        if (result < 0)
        {
            throw CallResult.Failure(result, "renameat2", $"{oldPath} to {newPath}");
        }
    }
}
