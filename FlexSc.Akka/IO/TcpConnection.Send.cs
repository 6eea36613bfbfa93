using Akka.Actor;
using Akka.Event;
using Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using Debug = System.Diagnostics.Debug;

namespace FlexSc.Akka.IO;

/// <content>
/// Sending: one call in flight a connection, for the order of several is not defined; what gathers meanwhile, and what one turn's
/// handlers write, goes out together.
/// </content>
internal sealed partial class TcpConnection : IFlushable
{
    private readonly SendOperation _send;

    // Made when first needed: a connection that is written to by its direct output alone never has them.
    private Queue<PendingWrite>? _pending;
    private Queue<PendingWrite>? _inFlight;
    private PendingWrite _partial;
    private bool _hasPartial;
    private bool _acknowledgementAwaited;
    private SendBlock? _sending;
    private SendBlock? _filling;
    private TcpOutput? _output;
    private long _unsentBytes;
    private long _foreignBytes;
    private long _drainNoticeBytes = -1;
    private bool _flushRequested;

    /// <summary>Bytes handed over and not yet taken by the kernel. From any thread, then possibly a little old.</summary>
    public long UnsentBytes => Volatile.Read(ref _unsentBytes) + Volatile.Read(ref _foreignBytes);

    /// <summary>The connection's direct output.</summary>
    public TcpOutput Output => _output ??= new TcpOutput(this);

    private bool HasUnsent => _sending is not null || HasPending || _filling is not null;

    /// <summary>Writes wait for a block, in whole or in part.</summary>
    private bool HasPending => _hasPartial || _pending is { Count: > 0 };

    private bool MaySend => _phase is Phase.Open or Phase.Flushing;

    /// <summary>Submits what was gathered in this turn.</summary>
    public void Flush()
    {
        _flushRequested = false;
        try
        {
            StartSending();
        }
        catch (Exception exception)
        {
            OnDefect(exception);
        }
    }

    /// <summary>Room for direct output. On the loop's thread.</summary>
    internal SendBlock Reserve(int roomBytes)
    {
        if (_filling is not null && _filling.RoomBytes >= Math.Max(1, roomBytes))
        {
            return _filling;
        }

        SealFilling();
        _filling = _io.SendBlocks.Rent(roomBytes);
        return _filling;
    }

    /// <summary>Counts bytes written into <see cref="Reserve"/>'s room. On the loop's thread.</summary>
    internal void Advance(int bytes)
    {
        Debug.Assert(_filling is not null && bytes <= _filling.RoomBytes, "advanced beyond the reserved room");
        _filling.LengthBytes += bytes;
        _unsentBytes += bytes;
    }

    /// <summary>Has what was written leave with this turn's batch. On the loop's thread.</summary>
    internal void RequestFlush()
    {
        if (!_flushRequested)
        {
            _flushRequested = true;
            _actorLoop.FlushThisTurn(this);
        }
    }

    /// <summary>Tells the handler once when no more than so many bytes are unsent. On the loop's thread.</summary>
    internal void NotifyWhenUnsentAtMost(long bytes)
    {
        _drainNoticeBytes = bytes;
        NotifyIfDrained();
    }

    private void Enqueue(Tcp.Write write, IActorRef sender)
    {
        if (RefusesWrite(write, sender))
        {
            return;
        }

        WarnBeforeRegistration(write);
        Append(write, sender);
        RequestFlush();
    }

    private void Enqueue(Tcp.CompoundWrite compound, IActorRef sender)
    {
        if (RefusesWrite(compound, sender))
        {
            return;
        }

        WarnBeforeRegistration(compound);
        foreach (Tcp.SimpleWriteCommand part in compound)
        {
            if (part is Tcp.Write write)
            {
                Append(write, sender);
            }
            else
            {
                Fail(part, sender, new InvalidOperationException($"{part.GetType().Name} cannot be written: only Write and CompoundWrite can"));
            }
        }

        RequestFlush();
    }

    private void Append(Tcp.Write write, IActorRef sender)
    {
        SealFilling();
        Defer(new PendingWrite(write, write.Data, sender, null));
        _unsentBytes += write.Data.Count;
    }

    /// <summary>Hands over output that a thread other than the loop's wrote; it counts as unsent from here on.</summary>
    internal void Submit(ForeignOutput output)
    {
        Interlocked.Add(ref _foreignBytes, output.Length);
        Submit(output, ActorRefs.NoSender);
    }

    private void Append(ForeignOutput output)
    {
        Interlocked.Add(ref _foreignBytes, -output.Length);
        if (!MaySend && _phase != Phase.AwaitingRegistration)
        {
            output.Free();
            return;
        }

        Span<byte> room = Reserve(output.Length).Room;
        output.Bytes.CopyTo(room);
        Advance(output.Length);
        output.Free();
        RequestFlush();
    }

    private bool RefusesWrite(Tcp.WriteCommand write, IActorRef sender)
    {
        if (_phase is Phase.AwaitingPeer or Phase.TearingDown)
        {
            Fail(write, sender, new IOException("Dropping write because the connection is closing"));
            return true;
        }

        if (_settings.MaxUnsentBytes >= 0 && _unsentBytes + write.Bytes > _settings.MaxUnsentBytes)
        {
            Fail(write, sender, new IOException(
                $"Dropping write because queue is full: {_unsentBytes} bytes are unsent, flexsc.tcp.max-unsent-bytes is {_settings.MaxUnsentBytes}"));
            return true;
        }

        return false;
    }

    private void WarnBeforeRegistration(Tcp.WriteCommand write)
    {
        if (_phase == Phase.AwaitingRegistration)
        {
            _owner.Log.Warning(
                "Received Write command before Register command. It will be buffered until Register will be received (buffered write size is {0} bytes)",
                write.Bytes);
        }
    }

    private void Fail(Tcp.Command command, IActorRef sender, Exception cause) =>
        sender.Tell(new Tcp.CommandFailed(command, cause), this);

    private void SealFilling()
    {
        if (_filling is not { } block)
        {
            return;
        }

        _filling = null;
        if (block.LengthBytes == 0)
        {
            _io.SendBlocks.Return(block);
        }
        else
        {
            Defer(new PendingWrite(null, null, ActorRefs.Nobody, block));
        }
    }

    private void Defer(in PendingWrite write) => (_pending ??= new Queue<PendingWrite>()).Enqueue(write);

    private void StartSending()
    {
        if (_sending is not null || !MaySend)
        {
            return;
        }

        if (!HasPending && _filling is { LengthBytes: > 0 })
        {
            _sending = _filling;
            _filling = null;
        }
        else
        {
            SealFilling();
            _sending = TakeNextBlock();
        }

        if (_sending is not null)
        {
            Send();
        }
        else
        {
            OnAllSent();
        }
    }

    /// <summary>The next bytes to send: a block as it was written, or a block filled with the writes that wait.</summary>
    private SendBlock? TakeNextBlock()
    {
        SendBlock? block = null;
        while (HasPending)
        {
            if (!_hasPartial && _pending!.Peek().Block is not null)
            {
                return block ?? _pending!.Dequeue().Block;
            }

            if (!_hasPartial)
            {
                _partial = _pending!.Dequeue();
                _hasPartial = true;
            }

            if (!_partial.Data!.IsEmpty)
            {
                block ??= _io.SendBlocks.Rent((int)Math.Min(_unsentBytes, _io.SendBlocks.LargeBytes));
                if (block.RoomBytes == 0 || !CopyInto(block, ref _partial))
                {
                    return block;
                }
            }

            _hasPartial = false;
            if (block is null)
            {
                // Empty, and nothing before it waits to be taken by the kernel.
                Acknowledge(_partial);
            }
            else
            {
                (_inFlight ??= new Queue<PendingWrite>()).Enqueue(_partial);
                _acknowledgementAwaited |= _partial.Command!.WantsAck;
            }
        }

        return block;
    }

    /// <returns>True when all of it was copied; false with the rest left in <paramref name="write"/>.</returns>
    private static bool CopyInto(SendBlock block, ref PendingWrite write)
    {
        ByteString data = write.Data!;
        if (!data.IsCompact)
        {
            // A rope gives no access to its parts; made one piece once, it is walked without copying it again for each block.
            data = data.Compact();
        }

        ReadOnlySpan<byte> rest = data.ToReadOnlySpan()[write.CopiedBytes..];
        int copied = Math.Min(rest.Length, block.RoomBytes);
        rest[..copied].CopyTo(block.Room);
        block.LengthBytes += copied;
        write = write with { Data = data, CopiedBytes = write.CopiedBytes + copied };
        return copied == rest.Length;
    }

    private unsafe void Send()
    {
        // Nobody hears of its end unless a write wants its acknowledgement, more is to be sent, or the handler waits for a drain.
        _send.MayAwaitBatch = !_acknowledgementAwaited && !HasPending && _drainNoticeBytes < 0 && _phase == Phase.Open;
        RequireEntry(_loop.TrySend(_send, _socket, _sending!.Unsent, _sending.UnsentBytes));
    }

    private void OnSent(in Completion completion)
    {
        int result = (int)completion.Result;
        if (_phase == Phase.TearingDown)
        {
            ContinueTearDown();
            return;
        }

        if (result < 0)
        {
            OnSocketError(-result);
            return;
        }

        _sending!.SentBytes += result;
        Volatile.Write(ref _unsentBytes, _unsentBytes - result);
        if (_sending.UnsentBytes > 0)
        {
            Send();
            return;
        }

        _io.SendBlocks.Return(_sending);
        _sending = null;
        _acknowledgementAwaited = false;
        while (_inFlight is not null && _inFlight.TryDequeue(out PendingWrite write))
        {
            Acknowledge(write);
        }

        NotifyIfDrained();
        StartSending();
    }

    private void Acknowledge(in PendingWrite write)
    {
        if (write.Command is { WantsAck: true } command)
        {
            write.Sender.Tell(command.Ack, this);
        }
    }

    private void NotifyIfDrained()
    {
        if (_drainNoticeBytes >= 0 && _unsentBytes <= _drainNoticeBytes)
        {
            _drainNoticeBytes = -1;
            _handler?.Tell(OutputDrained.Instance, this);
        }
    }

    /// <summary>Fails what will not be sent and gives the blocks back.</summary>
    private void DropUnsent()
    {
        if (_sending is not null)
        {
            _io.SendBlocks.Return(_sending);
            _sending = null;
        }

        SealFilling();
        FailAll(_inFlight);
        if (_hasPartial)
        {
            _hasPartial = false;
            FailUnsent(_partial);
        }

        FailAll(_pending);
        Volatile.Write(ref _unsentBytes, 0);
    }

    private void FailAll(Queue<PendingWrite>? writes)
    {
        while (writes is not null && writes.TryDequeue(out PendingWrite write))
        {
            if (write.Block is not null)
            {
                _io.SendBlocks.Return(write.Block);
            }
            else
            {
                FailUnsent(write);
            }
        }
    }

    private void FailUnsent(in PendingWrite write) =>
        Fail(write.Command!, write.Sender, new IOException("Dropping write because the connection is closing"));

    private readonly record struct PendingWrite(Tcp.Write? Command, ByteString? Data, IActorRef Sender, SendBlock? Block)
    {
        /// <summary>Bytes of the data that earlier blocks carry.</summary>
        public int CopiedBytes { get; init; }
    }

    private sealed class SendOperation(TcpConnection connection) : SyscallOperation
    {
        protected override void OnCompleted(SyscallLoop loop, in Completion completion)
        {
            try
            {
                connection.OnSent(completion);
            }
            catch (Exception exception)
            {
                connection.OnDefect(exception);
            }
        }
    }
}
