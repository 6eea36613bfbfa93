using System.Buffers;
using Akka.Actor;
using Akka.IO;
using FlexSc.Examples.Shared;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>Replies as Akka.IO's <c>Tcp.Write</c>, one for each turn of the handler. Progress comes as <see cref="ReplyProgress"/>.</summary>
internal sealed class AckedWrites(IActorRef connection) : IReplies
{
    // Small replies travel without an acknowledgement; one per this many bytes is enough to see a peer that does not read.
    private const int BytesPerAck = 64 * 1024;

    private readonly PooledWriter _output = new();
    private long _writtenBytes;
    private long _ackedBytes;
    private long _ackRequestedAt;

    public IBufferWriter<byte> Output => _output;

    public long UnsentBytes => _writtenBytes - _ackedBytes;

    public void OnProgress(ReplyProgress progress) => _ackedBytes = progress.Position;

    public void Send()
    {
        if (_output.Length == 0)
        {
            return;
        }

        _writtenBytes += _output.Length;
        Tcp.Event ack = Tcp.NoAck.Instance;
        if (_writtenBytes - _ackRequestedAt >= BytesPerAck)
        {
            _ackRequestedAt = _writtenBytes;
            ack = new ReplyProgress(_writtenBytes);
        }

        connection.Tell(Tcp.Write.Create(_output.Take(), ack));
    }

    public void RequestProgress(long unsentAtMostBytes)
    {
        if (_ackRequestedAt < _writtenBytes)
        {
            _ackRequestedAt = _writtenBytes;
            connection.Tell(Tcp.Write.Create(ByteString.Empty, new ReplyProgress(_writtenBytes)));
        }
    }
}
