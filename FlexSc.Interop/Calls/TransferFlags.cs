namespace FlexSc.Interop.Calls;

/// <summary>How a socket receives or sends, see recv(2) and send(2). MSG_NOSIGNAL is always added when sending.</summary>
[Flags]
public enum TransferFlags
{
    /// <summary>Waits for the first bytes, or for room.</summary>
    None = 0,

    /// <summary>MSG_PEEK: the bytes stay to be received again.</summary>
    Peek = 0x2,

    /// <summary>MSG_TRUNC: receiving tells the length of a datagram as it was sent, though it is cut.</summary>
    Truncate = 0x20,

    /// <summary>
    /// MSG_DONTWAIT: fails with EAGAIN instead of waiting. A datagram to a Unix socket is sent with it: where the receiver's queue is full,
    /// io_uring (seen on 6.18) sends it again once there is room, but empty, for the first attempt has taken its bytes.
    /// </summary>
    DontWait = 0x40,

    /// <summary>MSG_WAITALL: waits for all that was asked for; for sending it is io_uring (5.19) that goes on after a short count.</summary>
    WaitAll = 0x100,

    /// <summary>MSG_CMSG_CLOEXEC: descriptors that come along are closed on exec.</summary>
    CloseOnExec = 0x40000000,

    /// <summary>MSG_ERRQUEUE: receives from the queue of errors, see ip(7), IP_RECVERR.</summary>
    ErrorQueue = 0x2000,
}
