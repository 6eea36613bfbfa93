using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Calls;

/// <summary>
/// Datagrams, with a callback object and without allocation; as <see cref="SocketOperations"/>: on the loop's thread, false when
/// every entry of the page set is in use, results are the kernel's.
/// </summary>
public static class DatagramOperations
{
    private const int MessageTruncate = 0x20; // MSG_TRUNC
    private const int MessageNoSignal = 0x4000; // MSG_NOSIGNAL

    /// <summary>
    /// Receives messages into provided buffers until a failure or -ENOBUFS; recvmsg(2), multishot since Linux 6.0.
    /// <see cref="MessageLayout.Read"/> tells what a buffer holds. -EINVAL on the backend kernel-module, or when a buffer is too small
    /// for the layout.
    /// </summary>
    public static unsafe bool TryReceiveMessages(this SyscallLoop loop, SyscallOperation operation, int socket, MessageLayout layout)
    {
        ArgumentNullException.ThrowIfNull(loop);
        ArgumentNullException.ThrowIfNull(layout);

        // MSG_TRUNC: the length that is told is the one that was sent.
        return loop.TrySubmit(
            operation, SyscallNumber.RecvMsg, EntryFlags.ProvidedBuffer | EntryFlags.Multishot, argument0: socket,
            argument1: (long)layout.Header, argument2: MessageTruncate);
    }

    /// <summary>Sends one datagram; sendto(2). Memory and address must stay until the completion.</summary>
    /// <param name="loop">The loop whose thread this is.</param>
    /// <param name="operation">Gets the completion.</param>
    /// <param name="socket">The socket.</param>
    /// <param name="memory">The datagram.</param>
    /// <param name="lengthBytes">Its length, 0 or more.</param>
    /// <param name="address">Where to, as <see cref="NativeSocketAddress.Write"/> writes it; null for a connected socket.</param>
    /// <param name="addressBytes">Length of the address; 0 for a connected socket.</param>
    /// <param name="flags">How. <see cref="TransferFlags.DontWait"/> is for Unix sockets: see there.</param>
    public static unsafe bool TrySendTo(
        this SyscallLoop loop, SyscallOperation operation, int socket, byte* memory, int lengthBytes, byte* address, int addressBytes,
        TransferFlags flags = TransferFlags.None)
    {
        ArgumentNullException.ThrowIfNull(loop);
        return loop.TrySubmit(
            operation, SyscallNumber.SendTo, argument0: socket, argument1: (long)memory, argument2: lengthBytes,
            argument3: MessageNoSignal | (int)flags, argument4: (long)address, argument5: addressBytes);
    }
}
