namespace FlexSc.Akka.IO;

/// <summary>Figures of the datagrams of an actor system since it began.</summary>
/// <param name="Received">Datagrams told to handlers.</param>
/// <param name="Sent">Datagrams that the kernel took.</param>
/// <param name="Truncated">Datagrams that were larger than the buffer and so were not told.</param>
/// <param name="SendsFailed">Datagrams that could not be sent.</param>
/// <param name="PeerErrors">Times that the network told that a datagram had not arrived, as by ICMP.</param>
public readonly record struct UdpFigures(long Received, long Sent, long Truncated, long SendsFailed, long PeerErrors);

/// <summary>Counts on a loop's thread; read from any.</summary>
internal sealed class UdpCounters
{
    private long _received;
    private long _sent;
    private long _truncated;
    private long _sendsFailed;
    private long _peerErrors;

    public UdpFigures Figures => new(
        Volatile.Read(ref _received), Volatile.Read(ref _sent), Volatile.Read(ref _truncated), Volatile.Read(ref _sendsFailed), Volatile.Read(ref _peerErrors));

    public void OnReceived() => Volatile.Write(ref _received, _received + 1);

    public void OnSent() => Volatile.Write(ref _sent, _sent + 1);

    public void OnTruncated() => Volatile.Write(ref _truncated, _truncated + 1);

    public void OnSendFailed() => Volatile.Write(ref _sendsFailed, _sendsFailed + 1);

    public void OnPeerError() => Volatile.Write(ref _peerErrors, _peerErrors + 1);
}
