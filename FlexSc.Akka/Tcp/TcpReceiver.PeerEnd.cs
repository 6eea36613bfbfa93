using FlexSc.Interop.Calls;

namespace FlexSc.Akka.IO;

/// <content>The peer's end, which acts after the commands that were told before it.</content>
internal sealed partial class TcpReceiver
{
    private bool _peerEndAwaitsCommands;

    /// <summary>A call is under way that may have taken an error that is not known yet.</summary>
    private bool MayErrorBeTaken => _connection.Sender.Operation.IsPending || _watch is { IsReadingError: true };

    /// <summary>The peer has ended its direction.</summary>
    public void OnPeerEnd()
    {
        if (_tls is { Negotiated: null })
        {
            _tls.OnHandshakePeerEnd();
            return;
        }

        if (_peerEnd == PeerEnd.ActedOn)
        {
            // TLS has said so before.
            Start();
            return;
        }

        // Not receiving again, whatever the commands say that come first.
        _peerEnd = PeerEnd.Held;
        _peerEndAwaitsCommands = true;
        if (_connection.TryActOnEarlierCommands())
        {
            OnCommandsDone();
            _connection.Sender.ShareIfIdle();
        }
    }

    /// <summary>A call beside the receive has ended without an error.</summary>
    public void OnOtherCallEnded()
    {
        if (_peerEnd == PeerEnd.AwaitsOtherCalls && !MayErrorBeTaken && _connection.Phase != ConnectionPhase.TearingDown)
        {
            OnPeerEnd();
        }
    }

    /// <summary>The commands have acted that were told before: so does the peer's end, if it waited for them.</summary>
    public void OnCommandsDone()
    {
        if (!_peerEndAwaitsCommands)
        {
            return;
        }

        _peerEndAwaitsCommands = false;
        if (_peerEnd == PeerEnd.Held && _held is not { Count: > 0 })
        {
            ActOnPeerEnd();
        }

        Start();
    }

    /// <summary>A receive answers 0: at the peer's end, but also after a reset whose error another call has taken.</summary>
    private void OnNothingMore()
    {
        // Only an error ends both directions while we are sending, or a Unix socket's close, which leaves a sender nobody to send to.
        // Either way the call under way ends soon and tells it.
        if (MayErrorBeTaken && (_connection.Loop.GetEndNow(_connection.Socket) & SocketEnd.HangUp) != 0)
        {
            _peerEnd = PeerEnd.AwaitsOtherCalls;
        }
        else
        {
            OnPeerEnd();
        }
    }

    private void ActOnPeerEnd()
    {
        _peerEnd = PeerEnd.ActedOn;
        _connection.Close.OnPeerClosed();
    }
}
