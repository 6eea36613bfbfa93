using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;

namespace FlexSc.Interop.Calls;

/// <summary>Metadata of files through the page, by statx(2); see <see cref="FileCalls"/> for threads, errors and cancellation.</summary>
public static class FileStatusCalls
{
    internal const long SymbolicLinkNoFollow = 0x100; // AT_SYMLINK_NOFOLLOW

    /// <summary>Metadata of what a path names.</summary>
    /// <param name="loop">The loop whose thread this is.</param>
    /// <param name="path">Path.</param>
    /// <param name="followLink">Of what a symbolic link points to; else of the link.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="ArgumentException">The path holds a NUL.</exception>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    public static ValueTask<FileStatus> StatAsync(
        this SyscallLoop loop, string path, bool followLink = true, CancellationToken cancellationToken = default) =>
        loop.StatAsync(NativePath.WorkingDirectory, path, followLink ? 0 : SymbolicLinkNoFollow, cancellationToken);

    /// <summary>Metadata of an open file.</summary>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    public static ValueTask<FileStatus> StatAsync(this SyscallLoop loop, int descriptor, CancellationToken cancellationToken = default) =>
        loop.StatAsync(descriptor, "", NativeStatus.EmptyPath, cancellationToken);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<FileStatus> StatAsync(
        this SyscallLoop loop, int directory, string path, long flags, CancellationToken cancellationToken)
    {
        const long mask = NativeStatus.MaskBasic | NativeStatus.MaskCreated;
        using NativeBlock nativePath = NativePath.Copy(path);
        using NativeBlock status = NativeBlock.Allocate(Unsafe.SizeOf<NativeStatus>());
        long result = await loop.SubmitAsync(SyscallNumber.Statx, directory, nativePath.Address, flags, mask, status.Address, 0, cancellationToken)
            .ConfigureAwait(false);
        if (result < 0)
        {
            throw CallResult.Failure(result, "statx", flags == NativeStatus.EmptyPath ? CallResult.NameOf(directory) : path);
        }

        return FileStatus.Of(MemoryMarshal.AsRef<NativeStatus>(status.Span));
    }
}
