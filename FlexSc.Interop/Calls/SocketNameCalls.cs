using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;

namespace FlexSc.Interop.Calls;

/// <summary>Addresses of sockets through the page; see <see cref="SocketCalls"/> for threads and errors.</summary>
public static class SocketNameCalls
{
    /// <summary>Own address, getsockname(2): after a bind to port 0 it tells the port.</summary>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    public static ValueTask<EndPoint> GetSockNameAsync(this SyscallLoop loop, int socket) =>
        loop.GetNameAsync(SyscallNumber.GetSockName, "getsockname", socket);

    /// <summary>Address of the peer, getpeername(2). A Unix socket without a name has an empty one.</summary>
    /// <exception cref="LinuxException">The kernel refuses: ENOTCONN when it is not connected.</exception>
    public static ValueTask<EndPoint> GetPeerNameAsync(this SyscallLoop loop, int socket) =>
        loop.GetNameAsync(SyscallNumber.GetPeerName, "getpeername", socket);

    /// <summary>Own address now, without an entry: getsockname(2) waits for nothing. On the loop's thread.</summary>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    /// <exception cref="InvalidOperationException">Called from another thread.</exception>
    public static EndPoint GetSockNameNow(this SyscallLoop loop, int socket) =>
        GetNameNow(loop, SyscallNumber.GetSockName, "getsockname", socket);

    /// <summary>Address of the peer now, without an entry: getpeername(2) waits for nothing. On the loop's thread.</summary>
    /// <exception cref="LinuxException">The kernel refuses: ENOTCONN when it is not connected.</exception>
    /// <exception cref="InvalidOperationException">Called from another thread.</exception>
    public static EndPoint GetPeerNameNow(this SyscallLoop loop, int socket) =>
        GetNameNow(loop, SyscallNumber.GetPeerName, "getpeername", socket);

    private static unsafe EndPoint GetNameNow(SyscallLoop loop, ushort number, string call, int socket)
    {
        ArgumentNullException.ThrowIfNull(loop);
        byte* address = stackalloc byte[NativeSocketAddress.MaxBytes];
        int length = NativeSocketAddress.MaxBytes;
        CallResult.OfDescriptor(loop.CallNow(number, socket, (long)address, (long)&length), call, socket);
        return NativeSocketAddress.Read(new ReadOnlySpan<byte>(address, Math.Min(length, NativeSocketAddress.MaxBytes)));
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<EndPoint> GetNameAsync(this SyscallLoop loop, ushort number, string call, int socket)
    {
        using NativeBlock address = NativeBlock.Allocate(NativeSocketAddress.MaxBytes);
        using NativeBlock length = NativeBlock.Allocate(sizeof(int));
        MemoryMarshal.Write(length.Span, NativeSocketAddress.MaxBytes);
        long result = await loop.SubmitAsync(number, socket, address.Address, length.Address).ConfigureAwait(false);
        CallResult.OfDescriptor(result, call, socket);

        int written = Math.Min(MemoryMarshal.Read<int>(length.Span), NativeSocketAddress.MaxBytes);
        return NativeSocketAddress.Read(address.Span[..written]);
    }
}
