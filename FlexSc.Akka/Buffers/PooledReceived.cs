using System.Buffers;
using System.Net;
using Akka.Actor;
using Akka.Event;
using FlexSc.Interop.Calls;
using Debug = System.Diagnostics.Debug;

namespace FlexSc.Akka.IO;

/// <summary>
/// Bytes that came in on a connection registered with <see cref="RegisterPooled"/>, in the buffer the kernel wrote them to. The
/// handler reads <see cref="Span"/> and then calls <see cref="Release"/>, exactly once; after that the bytes belong to a later
/// reception. The sender of the message is the connection.
/// </summary>
/// <remarks>
/// It belongs to the handler: when the handler ends, what it has not released is taken back, and the object refuses from then on.
/// Who hands bytes on to something that may outlive the handler calls <see cref="Detach"/>. Objects are used again, but never for
/// another connection, and one that was taken back never.
/// </remarks>
public sealed unsafe class PooledReceived : INoSerializationVerificationNeeded, IDeadLetterSuppression, IDisposable
{
    private readonly Receptions _receptions;
    private readonly byte[]? _copy;
    private ReceptionReleased? _releaseNotice;
    private readonly EndPoint? _copiedSender;
    private byte* _bytes;
    private byte* _sender;
    private int _senderBytes;
    private int _state;

    /// <summary>A message object of a connection, without a buffer yet.</summary>
    internal PooledReceived(Receptions receptions) => _receptions = receptions;

    /// <summary>A reception whose bytes were copied; it is used once.</summary>
    internal PooledReceived(Receptions receptions, ReadOnlySpan<byte> bytes, EndPoint? sender = null)
    {
        _copiedSender = sender;
        _receptions = receptions;
        _copy = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(_copy);
        Length = bytes.Length;
        _state = State.Outside;
    }

    /// <summary>Number of bytes: 1, of a datagram 0, to <c>flexsc.loops.receive-buffer-bytes</c>.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes; valid until <see cref="Release"/>, and no longer than the handler lives.</summary>
    /// <exception cref="InvalidOperationException">It was released already.</exception>
    /// <exception cref="ObjectDisposedException">The handler ended before it was released.</exception>
    public ReadOnlySpan<byte> Span
    {
        get
        {
            int state = Volatile.Read(ref _state);
            return state != State.Outside ? throw Refusal(state)
                : _copy is null ? new ReadOnlySpan<byte>(_bytes, Length)
                : _copy.AsSpan(0, Length);
        }
    }

    /// <summary>
    /// Who sent a datagram; made anew each time it is asked for. Null for a connection, and for a sender without an address. Valid as
    /// long as <see cref="Span"/>.
    /// </summary>
    /// <exception cref="InvalidOperationException">It was released already.</exception>
    /// <exception cref="ObjectDisposedException">The handler ended before it was released.</exception>
    public EndPoint? SenderAddress
    {
        get
        {
            int state = Volatile.Read(ref _state);
            return state != State.Outside ? throw Refusal(state)
                : _copy is not null ? _copiedSender
                : _senderBytes == 0 ? null
                : NativeSocketAddress.Read(new ReadOnlySpan<byte>(_sender, _senderBytes));
        }
    }

    /// <summary>Who sent a datagram, as the kernel has it; empty where there is none.</summary>
    internal ReadOnlySpan<byte> SenderAddressBytes
    {
        get
        {
            int state = Volatile.Read(ref _state);
            if (state != State.Outside)
            {
                throw Refusal(state);
            }

            if (_copiedSender is null)
            {
                return new ReadOnlySpan<byte>(_sender, _senderBytes);
            }

            byte[] address = new byte[NativeSocketAddress.MaxBytes];
            return address.AsSpan(0, NativeSocketAddress.Write(_copiedSender, address));
        }
    }

    internal PooledReceived? Previous { get; set; }

    internal PooledReceived? Next { get; set; }

    internal ushort BufferId { get; private set; }

    /// <summary>It has memory of its own and no receive buffer.</summary>
    internal bool IsCopy => _copy is not null;

    /// <summary>Questions the handler had been asked when it was told this; see <see cref="ReadAhead"/>.</summary>
    internal long Question { get; set; }

    /// <summary>Whose it is.</summary>
    internal Receptions Receptions => _receptions;

    /// <summary>Tells the connection that it was released; used again with the object.</summary>
    internal ReceptionReleased ReleaseNotice => _releaseNotice ??= new ReceptionReleased(this);

    /// <summary>Gives the buffer back. From any thread.</summary>
    /// <exception cref="InvalidOperationException">It was released already.</exception>
    /// <exception cref="ObjectDisposedException">The handler ended before it was released.</exception>
    public void Release()
    {
        if (!TryRelease(out int state))
        {
            throw Refusal(state);
        }
    }

    /// <summary>As <see cref="Release"/>, and nothing when that was done before.</summary>
    public void Dispose() => _ = TryRelease(out _);

    /// <summary>
    /// Takes the bytes out of the connection's keeping: they are copied into memory of their own, which nobody takes back, and the
    /// buffer is released. From any thread.
    /// </summary>
    /// <exception cref="InvalidOperationException">It was released already.</exception>
    /// <exception cref="ObjectDisposedException">The handler ended before it was released.</exception>
    public DetachedReception Detach()
    {
        DetachedReception detached = new(Span.ToArray());

        // Whoever took it back meanwhile may have let the kernel write over what was being copied.
        Release();
        return detached;
    }

    /// <inheritdoc/>
    public override string ToString() => $"PooledReceived({Length} bytes)";

    /// <summary>Whose datagram it is; in the same buffer.</summary>
    internal void SetSender(byte* sender, int senderBytes)
    {
        _sender = sender;
        _senderBytes = senderBytes;
    }

    /// <summary>Takes it back, which was released. On the thread of its socket, or of the loop that received it.</summary>
    internal void Return() => _receptions.Return(this);

    /// <summary>Of a loop that its socket has left: one fewer is outside there.</summary>
    /// <returns>True when it was the last.</returns>
    internal bool HasLeftLast() => _receptions.CountFormer();

    internal void Set(ushort bufferId, byte* bytes, int length)
    {
        Debug.Assert(_state == State.Unused, "a reception that is in use was used again");
        BufferId = bufferId;
        _bytes = bytes;
        Length = length;
        Volatile.Write(ref _state, State.Outside);
    }

    /// <summary>It came back to its connection and may be used again.</summary>
    internal void MarkUnused() => Volatile.Write(ref _state, State.Unused);

    /// <summary>Takes it back from a holder that has not released it. False when it was released before.</summary>
    internal bool TryReclaim() => Interlocked.CompareExchange(ref _state, State.Reclaimed, State.Outside) == State.Outside;

    private bool TryRelease(out int state)
    {
        state = Interlocked.CompareExchange(ref _state, State.Released, State.Outside);
        if (state != State.Outside)
        {
            return false;
        }

        if (_copy is not null)
        {
            ArrayPool<byte>.Shared.Return(_copy);
        }

        _receptions.ReturnFromAnywhere(this);
        return true;
    }

    private static InvalidOperationException Refusal(int state) => state == State.Reclaimed
        ? new ObjectDisposedException(
            nameof(PooledReceived),
            "the handler of the connection ended before the reception was released, and its buffer was taken back: call Detach before handing bytes on")
        : new InvalidOperationException("the reception was released already: read its bytes before Release, and call Release once");

    private static class State
    {
        public const int Unused = 0;

        /// <summary>The handler has it.</summary>
        public const int Outside = 1;

        /// <summary>On its way back.</summary>
        public const int Released = 2;

        /// <summary>Taken back; never used again, for somebody may still hold it.</summary>
        public const int Reclaimed = 3;
    }
}
