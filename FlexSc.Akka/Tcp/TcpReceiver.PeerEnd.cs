namespace FlexSc.Akka.IO;

/// <content>The peer's end, which acts after the commands that were told before it.</content>
internal sealed partial class TcpReceiver
{
    private bool _peerEndAwaitsCommands;

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

    private void ActOnPeerEnd()
    {
        _peerEnd = PeerEnd.ActedOn;
        _connection.Close.OnPeerClosed();
    }
}
