using Akka.Actor;
using Akka.IO;
using FlexSc.Examples.HttpServer.Protocol;
using FlexSc.Examples.Shared;

namespace FlexSc.Examples.HttpServer.Service;

/// <summary>Output as <see cref="Tcp.Write"/> messages, one for each message that was handled.</summary>
/// <param name="connection">The connection.</param>
/// <param name="handler">Its handler, which uses the output.</param>
/// <param name="ackEveryBytes">Bytes after which a write is to be acknowledged.</param>
/// <param name="socket">What is known of the connection's socket.</param>
internal sealed class AkkaOutput(IActorRef connection, IActorRef handler, long ackEveryBytes, SocketView socket) : ConnectionOutput
{
    private readonly PooledWriter _written = new();
    private PrebuiltResponse? _single;
    private long _outstandingBytes;
    private long _sinceAckBytes;

    public override long UnsentBytes => _outstandingBytes + _sinceAckBytes + _written.Length + (_single?.Span.Length ?? 0);

    public override long UntakenBytes => socket.UntakenBytes(_outstandingBytes);

    public override long TakenBytes => socket.TakenBytes;

    public override void Advance(int count) => _written.Advance(count);

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        CopySingle();
        return _written.GetMemory(sizeHint);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        CopySingle();
        return _written.GetSpan(sizeHint);
    }

    // A message answered by one response alone is the common case: then its one write serves every connection.
    public override void Write(PrebuiltResponse response)
    {
        if (_written.Length == 0 && _single is null)
        {
            _single = response;
        }
        else
        {
            base.Write(response);
        }
    }

    public override void Flush()
    {
        if (_single is { } single && _sinceAckBytes + single.Span.Length < ackEveryBytes)
        {
            _single = null;
            _sinceAckBytes += single.Span.Length;
            connection.Tell(single.MessageOf(static bytes => Tcp.Write.Create(ByteString.FromBytes(bytes))), handler);
            return;
        }

        CopySingle();
        if (_written.Length > 0)
        {
            FlushWritten();
        }
    }

    // The acknowledgements that writes carry are enough: one is under way whenever the limit is exceeded.
    public override void RequestProgress()
    {
    }

    public override bool TryTakeProgress(object message)
    {
        if (message is not OutputAck ack)
        {
            return false;
        }

        _outstandingBytes -= ack.Bytes;
        return true;
    }

    public override void CloseNow() => socket.CloseNow();

    private void FlushWritten()
    {
        _sinceAckBytes += _written.Length;

        // Small answers go without acknowledgement; one in so many bytes bounds what can lie in the connection's queue.
        Tcp.Event ack = Tcp.NoAck.Instance;
        if (_sinceAckBytes >= ackEveryBytes)
        {
            ack = new OutputAck(_sinceAckBytes);
            _outstandingBytes += _sinceAckBytes;
            _sinceAckBytes = 0;
        }

        connection.Tell(Tcp.Write.Create(_written.Take(), ack), handler);
    }

    private void CopySingle()
    {
        if (_single is { } single)
        {
            _single = null;
            ResponseWriter.Copy(this, single.Span);
        }
    }

    /// <summary>The socket has taken this many bytes more.</summary>
    private sealed class OutputAck(long bytes) : Tcp.Event
    {
        public long Bytes => bytes;
    }
}
