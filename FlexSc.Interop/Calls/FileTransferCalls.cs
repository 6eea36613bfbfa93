using System.Runtime.CompilerServices;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;

namespace FlexSc.Interop.Calls;

/// <summary>
/// Reading and writing at an offset through the page; see <see cref="FileCalls"/> for threads, errors and cancellation. Managed
/// memory is pinned until the kernel is done with it. Less than asked for may be read or written.
/// </summary>
public static class FileTransferCalls
{
    /// <summary>In the place of an offset: at the file's own position, which moves on, as with a pipe.</summary>
    public const long CurrentPosition = -1;

    /// <summary>Reads, pread64(2), or read(2) at <see cref="CurrentPosition"/>.</summary>
    /// <returns>Bytes read; 0 at the end of the file.</returns>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<int> ReadAsync(
        this SyscallLoop loop, int descriptor, Memory<byte> buffer, long offset, CancellationToken cancellationToken = default)
    {
        using PinnedMemory pin = new(loop, buffer);
        return await loop.ReadAsync(descriptor, pin.Address, buffer.Length, offset, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads into native memory, which must stay until the call is over.</summary>
    /// <returns>Bytes read; 0 at the end of the file.</returns>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<int> ReadAsync(
        this SyscallLoop loop, int descriptor, nint address, int byteCount, long offset, CancellationToken cancellationToken = default)
    {
        bool positioned = offset != CurrentPosition;
        ushort number = positioned ? SyscallNumber.PRead64 : SyscallNumber.Read;
        long result = await loop.SubmitAsync(number, descriptor, address, byteCount, positioned ? offset : 0, 0, 0, cancellationToken).ConfigureAwait(false);
        return CallResult.OfDescriptor(result, positioned ? "pread64" : "read", descriptor);
    }

    /// <summary>Writes, pwrite64(2), or write(2) at <see cref="CurrentPosition"/>.</summary>
    /// <returns>Bytes written.</returns>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<int> WriteAsync(
        this SyscallLoop loop, int descriptor, ReadOnlyMemory<byte> buffer, long offset, CancellationToken cancellationToken = default)
    {
        using PinnedMemory pin = new(loop, buffer);
        return await loop.WriteAsync(descriptor, pin.Address, buffer.Length, offset, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes from native memory, which must stay until the call is over.</summary>
    /// <returns>Bytes written.</returns>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<int> WriteAsync(
        this SyscallLoop loop, int descriptor, nint address, int byteCount, long offset, CancellationToken cancellationToken = default)
    {
        bool positioned = offset != CurrentPosition;
        ushort number = positioned ? SyscallNumber.PWrite64 : SyscallNumber.Write;
        long result = await loop.SubmitAsync(number, descriptor, address, byteCount, positioned ? offset : 0, 0, 0, cancellationToken).ConfigureAwait(false);
        return CallResult.OfDescriptor(result, positioned ? "pwrite64" : "write", descriptor);
    }
}
