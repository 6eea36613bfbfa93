using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;

namespace FlexSc.Interop.Calls;

/// <summary>
/// Sockets through the page: IPv4, IPv6 and Unix domain. Call and continue on the loop's thread. A failure throws
/// <see cref="LinuxException"/> with the call and the object; a cancelled token throws <see cref="OperationCanceledException"/>
/// once the kernel is done with the call. What answers at once takes no token.
/// </summary>
public static class SocketCalls
{
    /// <summary>Connections that wait to be accepted, unless told; sysctl net.core.somaxconn cuts it.</summary>
    public const int DefaultBacklog = 1024;

    private const long CloseOnExec = 0x80000; // SOCK_CLOEXEC
    private const long NonBlocking = 0x800; // SOCK_NONBLOCK

    /// <summary>Makes a socket, socket(2). Whoever gets the file descriptor closes it, with <see cref="FileCalls.CloseAsync"/>.</summary>
    /// <param name="loop">The loop whose thread this is.</param>
    /// <param name="family">IPv4, IPv6 or Unix.</param>
    /// <param name="type">Stream, datagram …</param>
    /// <param name="protocol">Protocol; unspecified takes the family's own for the type.</param>
    /// <param name="nonBlocking">Calls that do not go through a loop do not wait; those that do wait anyway.</param>
    /// <exception cref="NotSupportedException">Another family.</exception>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<int> SocketAsync(
        this SyscallLoop loop, AddressFamily family, SocketType type, ProtocolType protocol = ProtocolType.Unspecified, bool nonBlocking = false)
    {
        long nativeType = (long)type | CloseOnExec | (nonBlocking ? NonBlocking : 0);
        long result = await loop.SubmitAsync(SyscallNumber.Socket, NativeSocketAddress.FamilyOf(family), nativeType, (long)protocol).ConfigureAwait(false);
        return result >= 0 ? (int)result : throw CallResult.Failure(result, "socket", $"{family} {type} {protocol}");
    }

    /// <summary>Gives a socket its address, bind(2).</summary>
    /// <exception cref="ArgumentException">A name instead of an address.</exception>
    /// <exception cref="LinuxException">The kernel refuses: EADDRINUSE when it is taken.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public static async ValueTask BindAsync(this SyscallLoop loop, int socket, EndPoint endPoint)
    {
        using NativeBlock address = NativeSocketAddress.Copy(endPoint);
        long result = await loop.SubmitAsync(SyscallNumber.Bind, socket, address.Address, address.ByteCount).ConfigureAwait(false);
        CallResult.OfObject(result, "bind", endPoint);
    }

    /// <summary>Lets a bound socket take connections, listen(2).</summary>
    /// <param name="loop">The loop whose thread this is.</param>
    /// <param name="socket">Socket.</param>
    /// <param name="backlog">Connections that wait to be accepted.</param>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public static async ValueTask ListenAsync(this SyscallLoop loop, int socket, int backlog = DefaultBacklog)
    {
        long result = await loop.SubmitAsync(SyscallNumber.Listen, socket, backlog).ConfigureAwait(false);
        CallResult.OfDescriptor(result, "listen", socket);
    }

    /// <summary>
    /// Waits for a connection, accept4(2), and answers its socket. <see cref="SocketNameCalls.GetPeerNameAsync"/> tells who it
    /// is. A cancellation that comes too late leaves the connection with the caller, as the result.
    /// </summary>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<int> AcceptAsync(this SyscallLoop loop, int listener, CancellationToken cancellationToken = default)
    {
        long result = await loop.SubmitAsync(SyscallNumber.Accept4, listener, 0, 0, CloseOnExec, 0, 0, cancellationToken).ConfigureAwait(false);
        return CallResult.OfDescriptor(result, "accept4", listener);
    }

    /// <summary>Connects a socket, connect(2).</summary>
    /// <exception cref="ArgumentException">A name instead of an address.</exception>
    /// <exception cref="LinuxException">The connection failed: ECONNREFUSED, ETIMEDOUT …</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public static async ValueTask ConnectAsync(this SyscallLoop loop, int socket, EndPoint endPoint, CancellationToken cancellationToken = default)
    {
        using NativeBlock address = NativeSocketAddress.Copy(endPoint);
        long result = await loop.SubmitAsync(SyscallNumber.Connect, socket, address.Address, address.ByteCount, 0, 0, 0, cancellationToken)
            .ConfigureAwait(false);
        CallResult.OfObject(result, "connect", endPoint);
    }

    /// <summary>Ends one or both directions, shutdown(2); receives and sends in flight end.</summary>
    /// <exception cref="LinuxException">The kernel refuses: ENOTCONN when it is not connected.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public static async ValueTask ShutdownAsync(this SyscallLoop loop, int socket, SocketShutdown direction)
    {
        // The runtime's values are the kernel's: SHUT_RD 0, SHUT_WR 1, SHUT_RDWR 2.
        long result = await loop.SubmitAsync(SyscallNumber.Shutdown, socket, (long)direction).ConfigureAwait(false);
        CallResult.OfDescriptor(result, "shutdown", socket);
    }
}
