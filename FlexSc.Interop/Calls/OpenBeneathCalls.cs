using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;

namespace FlexSc.Interop.Calls;

/// <summary>
/// Opening names that others chose, confined to a directory by the kernel itself: openat2(2), Linux 5.6, with RESOLVE_BENEATH and
/// RESOLVE_NO_MAGICLINKS. Neither <c>..</c> nor a link leads out of the directory, and there is no gap between a check and the
/// opening. See <see cref="FileCalls"/> for threads, errors and cancellation.
/// </summary>
public static class OpenBeneathCalls
{
    /// <summary>
    /// How often a name with <c>..</c> is resolved until no rename anywhere in the system came between; openat2(2) asks to try again. A
    /// try takes microseconds: so many in a row fail only where something else is the matter.
    /// </summary>
    public const int MaxTries = 64;

    internal const ulong ResolveBeneath = 0x08; // RESOLVE_BENEATH
    internal const ulong ResolveNoMagicLinks = 0x02; // RESOLVE_NO_MAGICLINKS

    /// <summary>Opens a file below a directory. Whoever gets the file descriptor closes it.</summary>
    /// <param name="loop">The loop whose thread this is.</param>
    /// <param name="directory">Descriptor of the directory; <see cref="OpenFlags.PathOnly"/> is enough.</param>
    /// <param name="path">Relative path; <c>.</c> is the directory itself.</param>
    /// <param name="flags">How.</param>
    /// <param name="mode">Permissions of a new file, less the umask; for <see cref="OpenFlags.Create"/>.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="ArgumentException">The path holds a NUL.</exception>
    /// <exception cref="LinuxException">
    /// The kernel refuses: with EXDEV what leads out of the directory, also an absolute path or link, with ELOOP a magic link; with
    /// EAGAIN what it could not resolve safely, because of renames meanwhile, in <see cref="MaxTries"/> tries, or, where the flags say
    /// <see cref="OpenFlags.NonBlocking"/>, what another process holds a lease on.
    /// </exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<int> OpenBeneathAsync(
        this SyscallLoop loop, int directory, string path, OpenFlags flags, UnixFileMode mode = FileCalls.DefaultMode,
        CancellationToken cancellationToken = default)
    {
        int result = await loop.TryOpenBeneathAsync(directory, path, flags, mode, cancellationToken).ConfigureAwait(false);
        return CallResult.OfObject(result, "openat2", path);
    }

    /// <summary>As <see cref="OpenBeneathAsync"/>, where a refusal is an everyday result: a server's missing files.</summary>
    /// <returns>A file descriptor, or the negative errno of the kernel's refusal.</returns>
    /// <exception cref="ArgumentException">The path holds a NUL.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<int> TryOpenBeneathAsync(
        this SyscallLoop loop, int directory, string path, OpenFlags flags, UnixFileMode mode = FileCalls.DefaultMode,
        CancellationToken cancellationToken = default)
    {
        // Permissions without a file to make are refused, unlike by openat.
        bool creates = (flags & OpenFlags.Create) != 0;
        NativeOpenHow how = new()
        {
            Flags = (ulong)OpenFlagBits.OfMachine.FromX64((long)flags) | FileCalls.CloseOnExec,
            Mode = creates ? (ulong)mode : 0,
            Resolve = ResolveBeneath | ResolveNoMagicLinks,
        };
        using NativeBlock nativePath = NativePath.Copy(path);
        using NativeBlock nativeHow = NativeBlock.Copy(MemoryMarshal.AsBytes(new ReadOnlySpan<NativeOpenHow>(in how)));
        int tries = 0;
        int result;
        do
        {
            result = (int)await loop.SubmitAsync(
                SyscallNumber.OpenAt2, directory, nativePath.Address, nativeHow.Address, nativeHow.ByteCount, 0, 0, cancellationToken).ConfigureAwait(false);
        }
        while (result is -Errno.Again or -Errno.Interrupted && ++tries < MaxTries);
        return result;
    }
}
