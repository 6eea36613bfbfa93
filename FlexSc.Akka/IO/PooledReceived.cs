using System.Buffers;
using Akka.Actor;
using Akka.Event;

namespace FlexSc.Akka.IO;

/// <summary>
/// Bytes that came in on a connection registered with <see cref="RegisterPooled"/>, in the buffer the kernel wrote them to. The
/// handler reads <see cref="Span"/> and then calls <see cref="Release"/>, exactly once; after that the object and its bytes
/// belong to a later reception. The sender of the message is the connection.
/// </summary>
public sealed unsafe class PooledReceived : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    private readonly ushort _bufferId;
    private readonly byte[]? _copy;
    private byte* _bytes;
    private TcpConnection? _connection;
    private int _outside;

    /// <summary>The message object of a receive buffer.</summary>
    internal PooledReceived(ushort bufferId) => _bufferId = bufferId;

    /// <summary>A reception that was copied because few receive buffers are left.</summary>
    internal PooledReceived(ReadOnlySpan<byte> bytes)
    {
        _copy = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(_copy);
        Length = bytes.Length;
        _outside = 1;
    }

    /// <summary>Number of bytes: 1 to <c>flexsc.loops.receive-buffer-bytes</c>.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes; valid until <see cref="Release"/>.</summary>
    /// <exception cref="InvalidOperationException">It was released already.</exception>
    public ReadOnlySpan<byte> Span
    {
        get
        {
            if (Volatile.Read(ref _outside) == 0)
            {
                throw ReleasedAlready();
            }

            return _copy is null ? new ReadOnlySpan<byte>(_bytes, Length) : _copy.AsSpan(0, Length);
        }
    }

    internal PooledReceived? Previous { get; set; }

    internal PooledReceived? NextOutside { get; set; }

    internal ushort BufferId => _bufferId;

    /// <summary>Gives the buffer back. From any thread.</summary>
    /// <exception cref="InvalidOperationException">It was released already.</exception>
    public void Release()
    {
        if (Interlocked.Exchange(ref _outside, 0) == 0)
        {
            throw ReleasedAlready();
        }

        if (_copy is not null)
        {
            ArrayPool<byte>.Shared.Return(_copy);
        }
        else
        {
            _connection!.ReturnReception(this);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"PooledReceived({Length} bytes)";

    internal void Set(TcpConnection connection, byte* bytes, int length)
    {
        _connection = connection;
        _bytes = bytes;
        Length = length;
        Volatile.Write(ref _outside, 1);
    }

    /// <summary>Takes it back from a handler that has died. False when it was released before.</summary>
    internal bool TryReclaim() => Interlocked.Exchange(ref _outside, 0) != 0;

    private static InvalidOperationException ReleasedAlready() =>
        new("the reception was released already: read its bytes before Release, and call Release once");
}
