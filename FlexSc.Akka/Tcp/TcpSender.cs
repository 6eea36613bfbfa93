using Akka.Actor;
using Akka.Event;
using Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using Debug = System.Diagnostics.Debug;

namespace FlexSc.Akka.IO;

/// <summary>
/// The sending half of a connection: one call in flight, for the order of several is not defined; what gathers meanwhile, and what
/// one turn's handlers write, goes out together. On the loop's thread unless said otherwise.
/// </summary>
internal sealed partial class TcpSender : IFlushable, ICompletionTarget
{
    private const string ClosingText = "Dropping write because the connection is closing";

    private readonly TcpConnection _connection;
    private readonly ConnectionOperation _operation;
    private readonly PendingWrites _writes = new();
    private readonly TlsSession? _tls;
    private SendBlock? _sending;
    private SendBlock? _filling;
    private int _grantedBytes;
    private int _plainBytes;
    private long _unsentBytes;
    private long _foreignBytes;
    private long _drainNoticeBytes = -1;
    private bool _flushRequested;

    public TcpSender(TcpConnection connection)
    {
        _connection = connection;
        _tls = connection.Tls;
        _operation = new ConnectionOperation(connection, this);
    }

    public ConnectionOperation Operation => _operation;

    /// <summary>Bytes handed over and not yet taken by the kernel. From any thread, then possibly a little old.</summary>
    public long UnsentBytes => Volatile.Read(ref _unsentBytes) + Volatile.Read(ref _foreignBytes);

    public bool HasUnsent => _sending is not null || _writes.IsWaiting || _filling is { LengthBytes: > 0 };

    /// <summary>Direct output is still taken; after the end of our direction it is dropped.</summary>
    public bool TakesOutput => _connection.Phase is ConnectionPhase.AwaitingRegistration or ConnectionPhase.Open
        || (_connection.Phase == ConnectionPhase.Flushing && _tls is not { HasSentEnd: true });

    /// <summary>Room that direct output has been given and has not counted as written.</summary>
    public int GrantedBytes => _grantedBytes;

    /// <summary>The most that fits into a large block.</summary>
    public int LargeBlockBytes => _tls is null ? Pool.LargeBytes : TlsBlocks.LargeBytesOf(Pool);

    private SendBlockPool Pool => _connection.Shared.SendBlocks;

    private bool MaySend => _connection.Phase is ConnectionPhase.Open or ConnectionPhase.Flushing && !_connection.IsHalted;

    /// <summary>Submits what was gathered in this turn.</summary>
    public void Flush()
    {
        _flushRequested = false;
        try
        {
            Start();
            ShareIfIdle();
            _connection.OnStepDone();
        }
        catch (Exception exception)
        {
            _connection.OnDefect(exception);
        }
    }

    /// <summary>Room for direct output. Only while output is taken.</summary>
    public Span<byte> GrantSpan(int sizeHint)
    {
        Grant(sizeHint);
        return _filling!.Expose(_grantedBytes);
    }

    /// <summary>The same as memory.</summary>
    public Memory<byte> GrantMemory(int sizeHint)
    {
        Grant(sizeHint);
        return _filling!.ExposeMemory(_grantedBytes);
    }

    /// <summary>Counts bytes that were written into the room granted last.</summary>
    public void Advance(int bytes)
    {
        Debug.Assert(bytes <= _grantedBytes, "advanced beyond the granted room");
        _grantedBytes -= bytes;
        _filling!.LengthBytes += bytes;
        _unsentBytes += bytes;
    }

    /// <summary>Has what was written leave with this turn's batch.</summary>
    public void RequestFlush()
    {
        _direct?.OnToldByLoop();
        if (_connection.IsHalted)
        {
            _connection.FlushWhenGoingOn();
        }
        else if (!_flushRequested)
        {
            _flushRequested = true;
            _connection.ActorLoop.FlushThisTurn(this);
        }
    }

    /// <summary>Tells the handler once when no more than so many bytes are unsent.</summary>
    public void NotifyWhenUnsentAtMost(long bytes)
    {
        _drainNoticeBytes = bytes;
        NotifyIfDrained();
    }

    public void Enqueue(Tcp.Write write, IActorRef sender)
    {
        if (Refuses(write, write.Data.Count, sender))
        {
            return;
        }

        Append(write, sender);
        RequestFlush();
    }

    public void Enqueue(Tcp.CompoundWrite compound, IActorRef sender)
    {
        if (Refuses(compound, CompoundParts.BytesOf(compound), sender))
        {
            return;
        }

        for (Tcp.WriteCommand? rest = compound; rest is not null;)
        {
            Tcp.WriteCommand part = CompoundParts.Take(ref rest);
            if (part is Tcp.Write write)
            {
                Append(write, sender);
            }
            else
            {
                RefuseKind(part, sender);
            }
        }

        RequestFlush();
    }

    /// <summary>Answers a command of a kind that cannot be written.</summary>
    public void RefuseKind(Tcp.WriteCommand command, IActorRef sender) => Fail(
        command, sender, new InvalidOperationException($"{command.GetType().Name} cannot be written: only Write and CompoundWrite can"));

    /// <summary>Sends what waits, if nothing is under way.</summary>
    public void Start()
    {
        if (_sending is not null || WaitsForMove() || TrySendForTls() || !MaySend || !TryTakeOutput())
        {
            return;
        }

        if (!_writes.IsWaiting && _filling is { LengthBytes: > 0 })
        {
            _sending = _filling;
            ForgetFilling();
        }
        else
        {
            SealFilling();
            ReturnFilling();
            _sending = _writes.TakeBlock(_unsentBytes, this);
        }

        if (_sending is not null)
        {
            if (_tls is not null)
            {
                _plainBytes = _sending.UnsentBytes;
                _sending = _tls.Encrypt(_sending);
            }

            _passing = _writes.TakePassing();
            Send();
        }
        else
        {
            _connection.Close.OnAllSent();
        }
    }

    public void OnCompleted(in Completion completion)
    {
        int result = (int)completion.Result;
        if (_connection.Phase == ConnectionPhase.TearingDown)
        {
            _connection.Control.Continue();
            return;
        }

        if (_passing is not null && HasFailedToPass(result))
        {
            return;
        }

        if (result < 0)
        {
            _connection.OnSocketError(-result);
            return;
        }

        _sending!.SentBytes += result;
        Volatile.Write(ref _unsentBytes, _unsentBytes - (_tls is null ? result : _sending.UnsentBytes == 0 ? _plainBytes : 0));
        if (_sending.UnsentBytes > 0)
        {
            Send();
            return;
        }

        SendBlock sent = _sending;
        _sending = null;
        _connection.Shared.Return(sent);
        while (_writes.TryTakeSent(out PendingWrite write))
        {
            Acknowledge(write);
        }

        NotifyIfDrained();
        Start();
        TellResumedIfDrained();
        ShareIfIdle();
        _connection.Receiver.OnOtherCallEnded();
    }

    public void Acknowledge(in PendingWrite write)
    {
        if (write.Ack is { } ack)
        {
            write.Sender.Tell(ack, _connection);
        }
    }

    /// <summary>A block for bytes of the application's, with room for at least so many.</summary>
    public SendBlock RentBlock(int bytes) => _tls is null ? Pool.Rent(bytes) : TlsBlocks.Rent(Pool, bytes);

    /// <summary>Gives every block back; nothing is in flight.</summary>
    /// <returns>The writes that were not sent.</returns>
    public List<PendingWrite> Drop()
    {
        if (_sending is not null)
        {
            _connection.Shared.Return(_sending);
            _sending = null;
        }

        ReturnFilling();
        List<PendingWrite> unsent = _writes.TakeAll();
        foreach (PendingWrite write in unsent)
        {
            write.Descriptors?.Dispose();
            if (write.Block is not null)
            {
                _connection.Shared.Return(write.Block);
            }
        }

        Volatile.Write(ref _unsentBytes, 0);
        return unsent;
    }

    /// <summary>Answers writes that were not sent.</summary>
    public void FailUnsent(List<PendingWrite> unsent)
    {
        foreach (PendingWrite write in unsent)
        {
            if (write.Command is not null)
            {
                _connection.TellSafely(write.Sender, new Tcp.CommandFailed(write.Command, new IOException(ClosingText)));
            }
        }
    }

    private void Grant(int sizeHint)
    {
        if (_filling is null || _filling.RoomBytes < Math.Max(1, sizeHint))
        {
            SealFilling();
            ReturnFilling();
            _filling = RentBlock(sizeHint);
        }

        // Not more than was asked for: what is granted is cleared first.
        _grantedBytes = sizeHint == 0 ? _filling.RoomBytes : sizeHint;
    }

    /// <summary>Sends what TLS itself has to say, which goes first and may leave before anybody has registered.</summary>
    private bool TrySendForTls()
    {
        _sending = _tls?.TakeOutput();
        if (_sending is null)
        {
            return false;
        }

        _plainBytes = 0;
        Send();
        return true;
    }

    private void Append(Tcp.Write write, IActorRef sender)
    {
        SealFilling();
        _writes.Add(write, sender);
        _unsentBytes += write.Data.Count;
    }

    private bool Refuses(Tcp.Command write, long bytes, IActorRef sender)
    {
        if (!TakesOutput)
        {
            Fail(write, sender, new IOException(ClosingText));
            return true;
        }

        int limit = _connection.Settings.MaxUnsentBytes;
        if (_isSuspended || (limit >= 0 && _unsentBytes + bytes > limit))
        {
            Fail(write, sender, new IOException(_isSuspended ? SuspendedText : QueueFullText(limit)));
            _isSuspended = _usesResumeWriting;
            return true;
        }

        if (_connection.Phase == ConnectionPhase.AwaitingRegistration)
        {
            _connection.Owner.Log.Warning(
                "Received Write command before Register command. It will be buffered until Register will be received (buffered write size is {0} bytes)",
                bytes);
        }

        return false;
    }

    private void Fail(Tcp.Command command, IActorRef sender, Exception cause) =>
        sender.Tell(new Tcp.CommandFailed(command, cause), _connection);

    /// <summary>What was written directly so far goes before what comes next. An empty block stays: somebody may be about to write to it.</summary>
    private void SealFilling()
    {
        if (_filling is { LengthBytes: > 0 } block)
        {
            ForgetFilling();
            _writes.Add(block);
        }
    }

    private void ReturnFilling()
    {
        if (_filling is { } block)
        {
            ForgetFilling();
            _connection.Shared.Return(block);
        }
    }

    private void ForgetFilling()
    {
        _filling = null;
        _grantedBytes = 0;
    }

    private unsafe void Send()
    {
        // Nobody hears of its end unless a write wants its acknowledgement, more is to be sent, or somebody waits for a drain.
        _operation.MayAwaitBatch = !_writes.IsAcknowledgementAwaited && !_writes.IsWaiting && _drainNoticeBytes < 0 && _resumer is null
            && _connection.Phase == ConnectionPhase.Open;
        _connection.RequireEntry(_passing is null
            ? _connection.Loop.TrySend(_operation, _connection.Socket, _sending!.Unsent, _sending.UnsentBytes)
            : _passing.TrySend(_connection.Loop, _operation, _connection.Socket, _sending!));
    }

    private void NotifyIfDrained()
    {
        if (_drainNoticeBytes >= 0 && _unsentBytes <= _drainNoticeBytes)
        {
            _drainNoticeBytes = -1;
            _connection.Handler?.Tell(OutputDrained.Instance, _connection);
        }
    }
}
