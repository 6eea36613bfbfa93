using System.Runtime.CompilerServices;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;

namespace FlexSc.Interop.Calls;

/// <summary>What allocating does to a range of a file, see fallocate(2).</summary>
[Flags]
public enum AllocateFlags
{
    /// <summary>Space for the range, which reads as zeros where nothing was; the file grows to its end.</summary>
    None = 0,

    /// <summary>FALLOC_FL_KEEP_SIZE: the length of the file stays.</summary>
    KeepLength = 1,

    /// <summary>FALLOC_FL_PUNCH_HOLE: gives the range's space back, which then reads as zeros; with <see cref="KeepLength"/>.</summary>
    PunchHole = 2,
}

/// <summary>Space and names of files through the page; see <see cref="FileCalls"/> for threads, errors and cancellation.</summary>
public static class FileSpaceCalls
{
    /// <summary>Allocates or gives back the space of a range, fallocate(2).</summary>
    /// <exception cref="LinuxException">The kernel refuses: ENOSPC, or EOPNOTSUPP where the file system cannot.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public static async ValueTask AllocateAsync(
        this SyscallLoop loop, int descriptor, long offset, long length, AllocateFlags flags = AllocateFlags.None,
        CancellationToken cancellationToken = default)
    {
        long result = await loop.SubmitAsync(
            SyscallNumber.Fallocate, descriptor, (long)flags, offset, length, 0, 0, cancellationToken).ConfigureAwait(false);
        CallResult.OfDescriptor(result, "fallocate", descriptor);
    }

    /// <summary>Gives a file a second name on the same file system, linkat(2). A symbolic link is not followed: it is linked itself.</summary>
    /// <exception cref="ArgumentException">A path holds a NUL.</exception>
    /// <exception cref="LinuxException">The kernel refuses: EEXIST when the name is taken, EXDEV across file systems.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public static async ValueTask LinkAsync(
        this SyscallLoop loop, string existingPath, string newPath, CancellationToken cancellationToken = default)
    {
        using NativeBlock existing = NativePath.Copy(existingPath);
        using NativeBlock added = NativePath.Copy(newPath);
        long result = await loop.SubmitAsync(
            SyscallNumber.LinkAt, NativePath.WorkingDirectory, existing.Address, NativePath.WorkingDirectory, added.Address, 0, 0,
            cancellationToken).ConfigureAwait(false);
        if (result < 0)
        {
            throw CallResult.Failure(result, "linkat", $"{existingPath} as {newPath}");
        }
    }
}
