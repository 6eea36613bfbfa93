using FlexSc.Interop.Calls;

namespace FlexSc.Akka.IO;

/// <content>How far the peer has come with what was sent.</content>
internal sealed partial class TcpConnection
{
    /// <summary><see cref="UnsentBytes"/> and, as far as the socket may be asked, what the kernel holds that the peer's has not acknowledged.</summary>
    public long UntakenBytes => UnsentBytes + (MayAskSocket ? SocketQueues.QueuedBytes(_socket) : 0);

    /// <summary>Bytes that the peer's kernel has acknowledged; 0 where the socket may not be asked.</summary>
    public long TakenBytes => MayAskSocket ? SocketQueues.AcknowledgedBytes(_socket) : 0;

    // The loop closes the socket: elsewhere, or later, the descriptor might be another's.
    private bool MayAskSocket => _actorLoop.IsCurrent && !_closeSubmitted;
}
