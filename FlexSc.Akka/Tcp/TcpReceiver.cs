using System.Diagnostics;
using Akka.Actor;
using Akka.IO;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Akka.IO;

/// <summary>
/// The receiving half of a connection: provided buffers to messages, suspend and resume, the peer's end. On the loop's thread.
/// </summary>
#pragma warning disable CA1001 // Stop frees what it owns, once no call is in flight
internal sealed partial class TcpReceiver : ICompletionTarget
#pragma warning restore CA1001
{
    private readonly TcpConnection _connection;
    private readonly ConnectionOperation _operation;
    private readonly bool _pullMode;
    private readonly TlsSession? _tls;
    private Queue<Held>? _held;
    private PeerEnd _peerEnd;
    private bool _pooled;
    private bool _wanted;
    private bool _deliversOnce;
    private bool _cancelling;

    /// <summary>The receive is to find what the peer has said last, although reading is suspended; only of TLS.</summary>
    private bool _looksForEnd;
    private bool _peeked;
    private SendBlock? _peekMemory;
    private EndWatch? _watch;

    public TcpReceiver(TcpConnection connection, bool pullMode)
    {
        _connection = connection;
        _pullMode = pullMode;
        _tls = connection.Tls;
        _wanted = !pullMode;
        _operation = new ConnectionOperation(connection, this) { MayAwaitBatch = true };
        ReadAhead = new ReadAhead(this, connection.Settings.MaxUnhandledBytes, connection.Settings.MaxUnhandledLoopBytes);
        Receptions = new Receptions(this);
    }

    private enum PeerEnd
    {
        NotSeen,

        /// <summary>It came, or another call has taken the error that stands behind it; see <see cref="OnNothingMore"/>.</summary>
        AwaitsOtherCalls,

        /// <summary>It came; what came before it is still held.</summary>
        Held,

        ActedOn,
    }

    public ConnectionOperation Operation => _operation;

    /// <summary>The call that waits for the end; null where that was never needed.</summary>
    public ConnectionOperation? WatchOperation => _watch?.Operation;

    /// <summary>Made when first needed: a connection that is read from all the time never needs it.</summary>
    public EndWatch Watch => _watch ??= new EndWatch(_connection);

    /// <summary>The peer has ended its direction and the handler has had everything before.</summary>
    public bool HasPeerEnded => _peerEnd == PeerEnd.ActedOn;

    /// <summary>A receive is under way that nobody wants and that is not being cancelled.</summary>
    public bool IsReceiveUnwanted =>
        _operation.IsPending && _peekMemory is null && !_looksForEnd && !_cancelling && IsServed && !IsWanted && !_deliversOnce;

    /// <summary>Nothing is received that would tell of the end: it has to be waited for.</summary>
    public bool NeedsWatch => IsServed && !_operation.IsPending && (_peerEnd != PeerEnd.NotSeen || !_wanted);

    /// <summary>The peer's end has come, and it is not known that anything lies before it.</summary>
    private bool MayEndBeAtHand => _watch is { HasSeenEnd: true } && !_peeked && _peerEnd == PeerEnd.NotSeen && _held is not { Count: > 0 };

    private bool IsServed => _connection.Phase is ConnectionPhase.Open or ConnectionPhase.Flushing or ConnectionPhase.AwaitingPeer;

    private bool IsWanted => _wanted && !ReadAhead.IsPaused;

    /// <summary>The handler has registered.</summary>
    public void Begin(IActorRef handler, bool pooled)
    {
        _pooled = pooled;
        if (!_pullMode)
        {
            // In pull mode the handler itself says how much it takes.
            ReadAhead.SetHandler(handler);
        }

        _tls?.Begin();
        BeginMessages();
        Start();
    }

    /// <summary>Receives when that is wanted, and else looks out for the end.</summary>
    public void Start()
    {
        if (_connection.IsHalted)
        {
            return;
        }

        if (!IsServed || _operation.IsPending)
        {
            StartForHandshake();
            return;
        }

        if (NeedsWatch)
        {
            if (MayEndBeAtHand && _tls is null)
            {
                Peek();
            }
            else if (MayEndBeAtHand && !AwaitsBuffers)
            {
                // Of TLS the end itself is said by a record, which has to be received to be known.
                _looksForEnd = true;
                _connection.RequireEntry(_connection.Loop.TryReceive(_operation, _connection.Socket));
            }

            Watch.Request();
        }
        else if (IsWanted && !AwaitsBuffers)
        {
            // In pull mode one reception is asked for at a time; otherwise the call stays and completes for each.
            _connection.RequireEntry(_messages is not null ? TryReceiveMessage(_messages)
                : _pullMode ? _connection.Loop.TryReceive(_operation, _connection.Socket)
                : _connection.Loop.TryReceiveMultishot(_operation, _connection.Socket));
        }
    }

    public void Resume()
    {
        if (_connection.Phase == ConnectionPhase.TearingDown)
        {
            return;
        }

        _deliversOnce = false;
        bool delivered = DeliverHeld();
        if (!_pullMode || !delivered)
        {
            _wanted = true;
        }

        if (_peerEnd == PeerEnd.Held && _held is not { Count: > 0 })
        {
            ActOnPeerEnd();
        }

        Start();
    }

    public void Suspend()
    {
        _wanted = false;
        _deliversOnce = _operation.IsPending && _peekMemory is null && !_connection.IsHalted && _connection.Settings.Keeps(TcpCompat.ReceiveAfterSuspend);
        OnDemandChanged();
    }

    /// <summary>Reading is wanted or not any more.</summary>
    public void OnDemandChanged()
    {
        _connection.Control.Continue();
        Start();
    }

    /// <summary>The receive is being cancelled.</summary>
    public void OnCancelling() => _cancelling = true;

    public void OnCompleted(in Completion completion)
    {
        int result = (int)completion.Result;
        if (_peekMemory is not null)
        {
            OnPeeked(result);
            return;
        }

        if (result > 0 && _messages is not null)
        {
            TakeIn(_messages.Received(result));
        }
        else if (result > 0)
        {
            Debug.Assert(completion.HasBuffer, "received into no buffer");
            TakeIn(completion.BufferId, result);
        }
        else if (completion.HasBuffer)
        {
            _connection.Loop.Buffers.Return(completion.BufferId);
        }

        if (completion.IsTerminal)
        {
            _cancelling = _looksForEnd = false;
            OnReceiveEnded(result);
        }
    }

    /// <summary>A buffer of the loop's carries bytes of the peer's for the handler.</summary>
    public unsafe void Deliver(ushort bufferId, int length)
    {
        ProvidedBuffers buffers = _connection.Loop.Buffers;
        ReadOnlySpan<byte> bytes = new(buffers.AddressOf(bufferId), length);
        if (!_wanted && !_deliversOnce)
        {
            // It was under way when reading was suspended. It is kept as a copy: a suspended reader must not hold buffers.
            Hold(new Held(bytes.ToArray()));
            buffers.Return(bufferId);
            return;
        }

        if (!_pooled && length > _connection.Settings.Stock.MaxFrameSizeBytes)
        {
            DeliverCopy(bytes);
            buffers.Return(bufferId);
            return;
        }

        OnDelivering();
        if (_pooled && buffers.Available >= _connection.Settings.PooledLowWaterBuffers)
        {
            Tell(Receptions.Hand(bufferId, buffers.AddressOf(bufferId), length), length);
            return;
        }

        object message = _pooled ? new PooledReceived(Receptions, bytes) : new Tcp.Received(ByteString.FromBytes(bytes.ToArray()));
        buffers.Return(bufferId);
        Tell(message, length);
    }

    /// <summary>The same for bytes that are elsewhere.</summary>
    public void DeliverCopy(ReadOnlySpan<byte> bytes)
    {
        // As long as what comes in a buffer, at the most, and as Akka.IO's own key allows a Received.
        int most = _connection.Loop.Buffers.BufferBytes;
        if (!_pooled)
        {
            most = Math.Min(most, _connection.Settings.Stock.MaxFrameSizeBytes);
        }

        for (; !bytes.IsEmpty; bytes = bytes[Math.Min(most, bytes.Length)..])
        {
            ReadOnlySpan<byte> piece = bytes[..Math.Min(most, bytes.Length)];
            if (_wanted || _deliversOnce)
            {
                OnDelivering();
                Tell(_pooled ? new PooledReceived(Receptions, piece) : new Tcp.Received(ByteString.FromBytes(piece.ToArray())), piece.Length);
            }
            else
            {
                Hold(new Held(piece.ToArray()));
            }
        }
    }

    /// <summary>The connection is over.</summary>
    public void Stop()
    {
        _watch?.Stop();
        ReadAhead.Stop();
        DropHeld();
    }

    /// <summary>In pull mode each delivery is asked for; and what a suspended reader is still told is the last.</summary>
    private void OnDelivering()
    {
        _wanted = _wanted && !_pullMode;
        if (_deliversOnce)
        {
            _deliversOnce = false;
            _connection.Control.Continue();
        }
    }

    private void OnReceiveEnded(int result)
    {
        if (_connection.Phase == ConnectionPhase.TearingDown)
        {
            _connection.Control.Continue();
        }
        else if (result == 0)
        {
            OnNothingMore();
        }
        else if (result == -Errno.NoBuffers)
        {
            AwaitBuffers();
        }
        else if (result < 0 && result != -Errno.Canceled)
        {
            _connection.OnSocketError(-result);
        }
        else
        {
            Start();
        }
    }

    private unsafe void Peek()
    {
        SendBlock memory = _connection.Shared.SendBlocks.Rent(sizeof(byte));
        memory.LengthBytes = sizeof(byte);
        _connection.RequireEntry(_connection.Loop.TryPeek(_operation, _connection.Socket, memory.Unsent));
        _peekMemory = memory;
    }

    private void OnPeeked(int result)
    {
        _connection.Shared.Return(_peekMemory!);
        _peekMemory = null;
        _peeked = result > 0;
        if (result is > 0 or -Errno.Again && _connection.Phase != ConnectionPhase.TearingDown)
        {
            Start();
        }
        else
        {
            OnReceiveEnded(result);
        }
    }

    /// <summary>Receives one buffer at a time, for a handshake takes it and then works on it elsewhere.</summary>
    private void StartForHandshake()
    {
        if (_connection.Phase == ConnectionPhase.Handshaking && _tls!.IsHandshakeReceiving && !_operation.IsPending && !AwaitsBuffers)
        {
            _connection.RequireEntry(_connection.Loop.TryReceive(_operation, _connection.Socket));
        }
    }

    private void TakeIn(ushort bufferId, int length)
    {
        _peeked = false;
        if (_connection.Phase == ConnectionPhase.TearingDown)
        {
            _connection.Loop.Buffers.Return(bufferId);
        }
        else if (_tls is not null)
        {
            _tls.TakeIn(bufferId, length);
        }
        else
        {
            Deliver(bufferId, length);
        }
    }

    /// <returns>Whether anything was delivered.</returns>
    private bool DeliverHeld()
    {
        bool delivered = false;
        while (_held is not null && _held.TryDequeue(out Held held))
        {
            delivered = true;
            Tell(held);
            if (_pullMode)
            {
                break;
            }
        }

        return delivered;
    }

    private void Tell(object message, int bytes)
    {
        if (message is PooledReceived reception)
        {
            ReadAhead.Mark(reception);
        }

        // First: whoever sends the answer finds it counted.
        ReadAhead.OnTelling();
        _connection.Handler!.Tell(message, _connection);
        ReadAhead.OnDelivered(bytes);
    }
}
