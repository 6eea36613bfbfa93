using System.Runtime.CompilerServices;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;

namespace FlexSc.Interop.Calls;

/// <summary>
/// Receiving and sending through the page; see <see cref="SocketCalls"/> for threads, errors and cancellation. Managed memory is
/// pinned until the kernel is done with it. One send in flight per socket keeps the order.
/// </summary>
public static class SocketTransferCalls
{
    private const long NoSignal = 0x4000; // MSG_NOSIGNAL

    /// <summary>Receives, recv(2).</summary>
    /// <returns>Bytes received; 0 when the peer has ended its direction.</returns>
    /// <exception cref="LinuxException">The connection failed: ECONNRESET …</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<int> ReceiveAsync(
        this SyscallLoop loop, int socket, Memory<byte> buffer, TransferFlags flags = TransferFlags.None, CancellationToken cancellationToken = default)
    {
        using PinnedMemory pin = new(loop, buffer);
        return await loop.ReceiveAsync(socket, pin.Address, buffer.Length, flags, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Receives into native memory, which must stay until the call is over.</summary>
    /// <returns>Bytes received; 0 when the peer has ended its direction.</returns>
    /// <exception cref="LinuxException">The connection failed: ECONNRESET …</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<int> ReceiveAsync(
        this SyscallLoop loop, int socket, nint address, int byteCount, TransferFlags flags = TransferFlags.None, CancellationToken cancellationToken = default)
    {
        long result = await loop.SubmitAsync(SyscallNumber.RecvFrom, socket, address, byteCount, (long)flags, 0, 0, cancellationToken)
            .ConfigureAwait(false);
        return CallResult.OfDescriptor(result, "recvfrom", socket);
    }

    /// <summary>Sends, send(2), without SIGPIPE: a closed connection answers EPIPE.</summary>
    /// <returns>Bytes taken, maybe fewer than given.</returns>
    /// <exception cref="LinuxException">The connection failed: EPIPE, ECONNRESET …</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<int> SendAsync(
        this SyscallLoop loop, int socket, ReadOnlyMemory<byte> buffer, TransferFlags flags = TransferFlags.None, CancellationToken cancellationToken = default)
    {
        using PinnedMemory pin = new(loop, buffer);
        return await loop.SendAsync(socket, pin.Address, buffer.Length, flags, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends from native memory, which must stay until the call is over.</summary>
    /// <returns>Bytes taken, maybe fewer than given.</returns>
    /// <exception cref="LinuxException">The connection failed: EPIPE, ECONNRESET …</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<int> SendAsync(
        this SyscallLoop loop, int socket, nint address, int byteCount, TransferFlags flags = TransferFlags.None, CancellationToken cancellationToken = default)
    {
        long result = await loop.SubmitAsync(SyscallNumber.SendTo, socket, address, byteCount, (long)flags | NoSignal, 0, 0, cancellationToken)
            .ConfigureAwait(false);
        return CallResult.OfDescriptor(result, "sendto", socket);
    }
}
