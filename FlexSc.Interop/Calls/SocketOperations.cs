using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Calls;

/// <summary>
/// The socket calls of a server, with a callback object and without allocation. All on the loop's thread; each answers false
/// when every entry of the page set is in use. Results are the kernel's: a negative errno on failure.
/// </summary>
public static class SocketOperations
{
    private const int SocketNonBlocking = 0x800; // SOCK_NONBLOCK
    private const int SocketCloseOnExec = 0x80000; // SOCK_CLOEXEC
    private const int MessageWaitAll = 0x100; // MSG_WAITALL
    private const int MessageNoSignal = 0x4000; // MSG_NOSIGNAL
    private const int ShutdownWrite = 1; // SHUT_WR
    private const int LevelSocket = 1; // SOL_SOCKET
    private const int OptionLinger = 13; // SO_LINGER

    /// <summary>
    /// Accepts connections until cancelled or failed: one completion each, whose result is the descriptor, non-blocking and
    /// closed on exec; accept4(2), multishot since Linux 5.19.
    /// </summary>
    public static bool TryAcceptMultishot(this SyscallLoop loop, SyscallOperation operation, int listener)
    {
        ArgumentNullException.ThrowIfNull(loop);
        return loop.TrySubmit(
            operation, SyscallNumber.Accept4, EntryFlags.Multishot, argument0: listener, argument3: SocketNonBlocking | SocketCloseOnExec);
    }

    /// <summary>Accepts one connection: the result is its descriptor, non-blocking and closed on exec; accept4(2).</summary>
    public static bool TryAccept(this SyscallLoop loop, SyscallOperation operation, int listener)
    {
        ArgumentNullException.ThrowIfNull(loop);
        return loop.TrySubmit(operation, SyscallNumber.Accept4, argument0: listener, argument3: SocketNonBlocking | SocketCloseOnExec);
    }

    /// <summary>Receives once into a provided buffer; recv(2). -ENOBUFS when data is there and no buffer is.</summary>
    public static bool TryReceive(this SyscallLoop loop, SyscallOperation operation, int socket)
    {
        ArgumentNullException.ThrowIfNull(loop);
        return loop.TrySubmit(operation, SyscallNumber.RecvFrom, EntryFlags.ProvidedBuffer, argument0: socket);
    }

    /// <summary>Receives into provided buffers until the peer's end, a failure, or -ENOBUFS; multishot since Linux 6.0.</summary>
    public static bool TryReceiveMultishot(this SyscallLoop loop, SyscallOperation operation, int socket)
    {
        ArgumentNullException.ThrowIfNull(loop);
        return loop.TrySubmit(
            operation, SyscallNumber.RecvFrom, EntryFlags.ProvidedBuffer | EntryFlags.Multishot, argument0: socket);
    }

    /// <summary>
    /// Sends all of it, whatever the socket takes at once; send(2) with MSG_WAITALL. The memory must stay until the completion. One
    /// send a socket at a time: the order of several is not defined.
    /// </summary>
    public static unsafe bool TrySend(this SyscallLoop loop, SyscallOperation operation, int socket, byte* memory, int lengthBytes)
    {
        ArgumentNullException.ThrowIfNull(loop);
        return loop.TrySubmit(
            operation, SyscallNumber.SendTo, argument0: socket, argument1: (long)memory, argument2: lengthBytes,
            argument3: MessageWaitAll | MessageNoSignal);
    }

    /// <summary>Ends the sending direction; the peer sees the end after what was sent. shutdown(2).</summary>
    public static bool TryShutdownWrite(this SyscallLoop loop, SyscallOperation operation, int socket)
    {
        ArgumentNullException.ThrowIfNull(loop);
        return loop.TrySubmit(operation, SyscallNumber.Shutdown, argument0: socket, argument1: ShutdownWrite);
    }

    /// <summary>
    /// Has the next close reset the connection: SO_LINGER with a time of 0, see socket(7). The memory is 8 bytes that stay until
    /// the completion.
    /// </summary>
    public static unsafe bool TrySetResetOnClose(this SyscallLoop loop, SyscallOperation operation, int socket, long* linger)
    {
        ArgumentNullException.ThrowIfNull(loop);

        // struct linger: l_onoff 1 in the low word, l_linger 0 in the high one.
        *linger = 1;
        return loop.TrySubmit(
            operation, SyscallNumber.SetSockOpt, argument0: socket, argument1: LevelSocket, argument2: OptionLinger,
            argument3: (long)linger, argument4: sizeof(long));
    }

    /// <summary>Closes a descriptor; close(2). It cancels nothing: calls in flight on it go on.</summary>
    public static bool TryClose(this SyscallLoop loop, SyscallOperation operation, int fileDescriptor)
    {
        ArgumentNullException.ThrowIfNull(loop);
        return loop.TrySubmit(operation, SyscallNumber.Close, argument0: fileDescriptor);
    }
}
