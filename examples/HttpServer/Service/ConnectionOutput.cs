using System.Buffers;
using Akka.Actor;
using Akka.IO;

namespace FlexSc.Examples.HttpServer.Service;

/// <summary>Where a connection's responses go. Used by its actor alone.</summary>
internal abstract class ConnectionOutput : IBufferWriter<byte>
{
    /// <summary>Bytes written and not yet known to be in the socket.</summary>
    public abstract long UnsentBytes { get; }

    public abstract void Advance(int count);

    public abstract Memory<byte> GetMemory(int sizeHint = 0);

    public abstract Span<byte> GetSpan(int sizeHint = 0);

    /// <summary>Hands over what was written during one message.</summary>
    public abstract void Flush();

    /// <summary>Asks for an <see cref="OutputAck"/> once what was written so far is in the socket.</summary>
    public abstract void RequestAck();

    public abstract void OnAck(OutputAck ack);
}

/// <summary>The socket has taken this many bytes more.</summary>
internal sealed class OutputAck(long bytes) : Tcp.Event
{
    public long Bytes => bytes;
}

/// <summary>Output as <see cref="Tcp.Write"/> messages, one for each message that was handled.</summary>
internal sealed class AkkaOutput(IActorRef connection, IActorRef handler, long ackEveryBytes) : ConnectionOutput
{
    private const int FirstBufferBytes = 1024;

    private byte[] _buffer = [];
    private int _length;
    private long _outstandingBytes;
    private long _sinceAckBytes;

    public override long UnsentBytes => _outstandingBytes + _sinceAckBytes + _length;

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

    public override void Flush()
    {
        if (_length == 0)
        {
            return;
        }

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

    // The acknowledgements that writes carry are enough: one is under way whenever the limit is exceeded.
    public override void RequestAck()
    {
    }

    public override void OnAck(OutputAck ack) => _outstandingBytes -= ack.Bytes;

    private void MakeRoom(int bytes)
    {
        if (_buffer.Length - _length >= Math.Max(bytes, 1))
        {
            return;
        }

        byte[] grown = ArrayPool<byte>.Shared.Rent(Math.Max(FirstBufferBytes, (_length + bytes) * 2));
        _buffer.AsSpan(0, _length).CopyTo(grown);
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = grown;
    }
}
