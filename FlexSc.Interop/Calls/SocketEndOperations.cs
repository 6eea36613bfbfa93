using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Calls;

/// <summary>How a connection ended, as far as it can be told without reading; the events of poll(2).</summary>
[Flags]
public enum SocketEnd
{
    /// <summary>Nothing of the kind.</summary>
    None = 0,

    /// <summary>POLLERR: an error is pending, a reset for one.</summary>
    Error = 0x008,

    /// <summary>POLLHUP: both directions are over.</summary>
    HangUp = 0x010,

    /// <summary>POLLRDHUP: the peer has ended its direction; what it sent before may still be unread.</summary>
    PeerEnd = 0x2000,
}

/// <summary>
/// How the end of a connection is noticed by someone who does not read. As <see cref="SocketOperations"/>: a callback object, no
/// allocation, on the loop's thread; false when every entry of the page set is in use.
/// </summary>
public static class SocketEndOperations
{
    private const int MessagePeek = 0x02; // MSG_PEEK
    private const int MessageDoNotWait = 0x40; // MSG_DONTWAIT

    /// <summary>
    /// Completes with a <see cref="SocketEnd"/> once there is one; errors and hang-ups always count. Data does not complete it.
    /// </summary>
    public static bool TryAwaitEnd(this SyscallLoop loop, SyscallOperation operation, int socket, bool peerEnd)
    {
        ArgumentNullException.ThrowIfNull(loop);
        return loop.TrySubmit(
            operation, FlexScAbi.NumberPoll, argument0: socket, argument1: (long)(peerEnd ? SocketEnd.PeerEnd : SocketEnd.None));
    }

    /// <summary>
    /// How the connection has ended so far; poll(2) with a time of 0, which answers at once and needs no entry. It takes no error: who
    /// makes the next call is told it.
    /// </summary>
    /// <exception cref="LinuxException">The kernel has no memory for it.</exception>
    /// <exception cref="InvalidOperationException">Called from another thread.</exception>
    public static unsafe SocketEnd GetEndNow(this SyscallLoop loop, int socket)
    {
        ArgumentNullException.ThrowIfNull(loop);
        PollDescriptor question = new() { FileDescriptor = socket, Events = (short)SocketEnd.PeerEnd };
        KernelTimespec atOnce = default;
        CallResult.OfDescriptor(loop.CallNow(SyscallNumber.PPoll, (long)&question, 1, (long)&atOnce), "ppoll", socket);
        return (SocketEnd)question.ReturnedEvents & (SocketEnd.Error | SocketEnd.HangUp | SocketEnd.PeerEnd);
    }

    /// <summary>
    /// Looks whether anything is unread; recv(2) with MSG_PEEK of one byte. 1 when there is, 0 at the peer's end, -EAGAIN when neither.
    /// The memory is a byte that stays until the completion.
    /// </summary>
    public static unsafe bool TryPeek(this SyscallLoop loop, SyscallOperation operation, int socket, byte* memory)
    {
        ArgumentNullException.ThrowIfNull(loop);
        return loop.TrySubmit(
            operation, SyscallNumber.RecvFrom, argument0: socket, argument1: (long)memory, argument2: 1,
            argument3: MessagePeek | MessageDoNotWait);
    }

    /// <summary>
    /// Reads the pending error, which clears it; SO_ERROR of socket(7). The memory is two 32-bit numbers that stay until the completion:
    /// the error, positive or 0, is then in the first.
    /// </summary>
    public static unsafe bool TryReadError(this SyscallLoop loop, SyscallOperation operation, int socket, int* memory)
    {
        ArgumentNullException.ThrowIfNull(loop);
        memory[0] = 0;
        memory[1] = sizeof(int);
        return loop.TrySubmit(
            operation, SyscallNumber.GetSockOpt, argument0: socket, argument1: SocketOption.Error.Level, argument2: SocketOption.Error.Number,
            argument3: (long)memory, argument4: (long)(memory + 1));
    }
}
