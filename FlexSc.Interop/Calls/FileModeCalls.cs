using System.Runtime.CompilerServices;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;

namespace FlexSc.Interop.Calls;

/// <summary>Permissions of files through the page; see <see cref="FileCalls"/> for threads and errors.</summary>
public static class FileModeCalls
{
    private const int ChMod = 90;
    private const int FChMod = 91;

    /// <summary>Sets the permissions of what a path names, chmod(2); the umask does not matter.</summary>
    /// <exception cref="ArgumentException">The path holds a NUL.</exception>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public static async ValueTask ChangeModeAsync(this SyscallLoop loop, string path, UnixFileMode mode)
    {
        using NativeBlock nativePath = NativePath.Copy(path);
        long result = await loop.SubmitAsync(ChMod, nativePath.Address, (long)mode).ConfigureAwait(false);
        CallResult.OfObject(result, "chmod", path);
    }

    /// <summary>
    /// Sets the permissions of an open file, fchmod(2). On a Unix socket that has no path yet: those that its path is made with, less
    /// the umask.
    /// </summary>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public static async ValueTask ChangeModeAsync(this SyscallLoop loop, int descriptor, UnixFileMode mode)
    {
        long result = await loop.SubmitAsync(FChMod, descriptor, (long)mode).ConfigureAwait(false);
        CallResult.OfDescriptor(result, "fchmod", descriptor);
    }
}
