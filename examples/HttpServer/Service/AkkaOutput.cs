using System.Buffers;
using Akka.Actor;
using Akka.IO;
using FlexSc.Examples.HttpServer.Protocol;

namespace FlexSc.Examples.HttpServer.Service;

/// <summary>Output as <see cref="Tcp.Write"/> messages, one for each message that was handled.</summary>
/// <param name="connection">The connection.</param>
/// <param name="handler">Its handler, which uses the output.</param>
/// <param name="ackEveryBytes">Bytes after which a write is to be acknowledged.</param>
/// <param name="socket">What is known of the connection's socket.</param>
internal sealed class AkkaOutput(IActorRef connection, IActorRef handler, long ackEveryBytes, SocketView socket) : ConnectionOutput
{
    private const int FirstBufferBytes = 1024;

    private PrebuiltResponse? _single;
    private byte[] _buffer = [];
    private int _length;
    private long _outstandingBytes;
    private long _sinceAckBytes;

    public override long UnsentBytes => _outstandingBytes + _sinceAckBytes + _length + (_single?.Span.Length ?? 0);

    public override long UntakenBytes => socket.UntakenBytes(_outstandingBytes);

    public override long TakenBytes => socket.TakenBytes;

    public override void Advance(int count) => _length += count;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _buffer.AsMemory(_length);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _buffer.AsSpan(_length);
    }

    // A message answered by one response alone is the common case: then its one write serves every connection.
    public override void Write(PrebuiltResponse response)
    {
        if (_length == 0 && _single is null)
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
        if (_length > 0)
        {
            FlushBuffer();
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

    private void FlushBuffer()
    {
        ByteString bytes = ByteString.CopyFrom(_buffer, 0, _length);
        _sinceAckBytes += _length;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _length = 0;

        // Small answers go without acknowledgement; one in so many bytes bounds what can lie in the connection's queue.
        Tcp.Event ack = Tcp.NoAck.Instance;
        if (_sinceAckBytes >= ackEveryBytes)
        {
            ack = new OutputAck(_sinceAckBytes);
            _outstandingBytes += _sinceAckBytes;
            _sinceAckBytes = 0;
        }

        connection.Tell(Tcp.Write.Create(bytes, ack), handler);
    }

    private void MakeRoom(int bytes)
    {
        CopySingle();
        if (_buffer.Length - _length >= Math.Max(bytes, 1))
        {
            return;
        }

        byte[] grown = ArrayPool<byte>.Shared.Rent((int)Math.Clamp((_length + (long)bytes) * 2, FirstBufferBytes, Array.MaxLength));
        _buffer.AsSpan(0, _length).CopyTo(grown);
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = grown;
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
