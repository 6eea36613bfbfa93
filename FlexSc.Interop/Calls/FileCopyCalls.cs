using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;

namespace FlexSc.Interop.Calls;

/// <summary>
/// Copying from one open file to another without the bytes coming to the program, copy_file_range(2), and by reading and writing where
/// the kernel does not do it: across some file systems, from files without a length such as those of /proc. See <see cref="FileCalls"/>
/// for threads, errors and cancellation.
/// </summary>
public static class FileCopyCalls
{
    /// <summary>Most bytes of one call, so that a copy can be cancelled between two of them.</summary>
    public const int MaxBytesPerCall = 16 * 1024 * 1024;

    private const int FallBackBytes = 256 * 1024;

    /// <summary>Copies from an offset of one file to an offset of another, up to a number of bytes or the end.</summary>
    /// <returns>Bytes copied.</returns>
    /// <exception cref="LinuxException">The kernel refuses, or the target's file system is full. What was copied before stays.</exception>
    public static async ValueTask<long> CopyAsync(
        this SyscallLoop loop, int source, long sourceOffset, int target, long targetOffset, long maxBytes = long.MaxValue,
        CancellationToken cancellationToken = default)
    {
        using NativeBlock offsets = NativeBlock.Allocate(2 * sizeof(long));
        long copied = 0;
        while (copied < maxBytes)
        {
            (long from, long to) = (sourceOffset + copied, targetOffset + copied);
            BitConverter.TryWriteBytes(offsets.Span, from);
            BitConverter.TryWriteBytes(offsets.Span[sizeof(long)..], to);
            long result = await loop.SubmitAsync(
                SyscallNumber.CopyFileRange, source, offsets.Address, target, offsets.Address + sizeof(long),
                Math.Min(MaxBytesPerCall, maxBytes - copied), 0, cancellationToken).ConfigureAwait(false);
            if (result == -Errno.Interrupted)
            {
                cancellationToken.ThrowIfCancellationRequested();
                continue;
            }

            if (result == 0 || IsRefusalOfKind(result))
            {
                // Also at what looks like the end: a file without a length, as those of /proc, has none that the kernel's copy sees.
                return copied + await loop.CopyByReadingAsync(source, from, target, to, maxBytes - copied, cancellationToken).ConfigureAwait(false);
            }

            copied += result > 0 ? result : throw CallResult.Failure(result, "copy_file_range", $"{CallResult.NameOf(source)} to {CallResult.NameOf(target)}");
        }

        return copied;
    }

    /// <summary>The kernel cannot do it between these two files; reading and writing may go well.</summary>
    private static bool IsRefusalOfKind(long result) =>
        result is -RareErrno.CrossDevice or -Errno.Invalid or -Errno.NoSystemCall or -RareErrno.NotSupported;

    private static async ValueTask<long> CopyByReadingAsync(
        this SyscallLoop loop, int source, long sourceOffset, int target, long targetOffset, long maxBytes, CancellationToken cancellationToken)
    {
        using NativeBlock block = NativeBlock.Allocate(FallBackBytes);
        long copied = 0;
        while (copied < maxBytes)
        {
            int wanted = (int)Math.Min(FallBackBytes, maxBytes - copied);
            int read = await loop.ReadAsync(source, block.Address, wanted, sourceOffset + copied, cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                break;
            }

            for (int written = 0; written < read;)
            {
                written += await loop.WriteAsync(target, block.Address + written, read - written, targetOffset + copied + written, cancellationToken)
                    .ConfigureAwait(false);
            }

            copied += read;
        }

        return copied;
    }
}
