using System.Diagnostics;
using Akka.Actor;
using Akka.IO;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Akka.IO;

/// <content>Receiving: provided buffers to messages, suspend and resume, the peer's end.</content>
internal sealed partial class TcpConnection : IBufferWaiter
{
    private readonly ReceiveOperation _receive;
    private Queue<byte[]>? _held;
    private PooledReceived? _outside;
    private bool _readingSuspended;
    private bool _awaitingBuffers;
    private bool _cancellingReceive;
    private bool _peerClosed;
    private bool _endHeld;

    private bool MayReceive => !_readingSuspended && !_peerClosed && _phase is Phase.Open or Phase.Flushing or Phase.AwaitingPeer;

    public void OnBuffersAvailable()
    {
        _awaitingBuffers = false;
        StartReceiving();
    }

    /// <summary>Takes a reception back, from any thread.</summary>
    internal void ReturnReception(PooledReceived reception)
    {
        if (_actorLoop.IsCurrent)
        {
            ReturnReceptionHere(reception);
        }
        else
        {
            Submit(reception, ActorRefs.NoSender);
        }
    }

    private void StartReceiving()
    {
        if (!MayReceive || _receive.IsPending || _awaitingBuffers)
        {
            return;
        }

        // In pull mode one reception is asked for at a time; otherwise the call stays and completes for each.
        bool submitted = _pullMode ? _loop.TryReceive(_receive, _socket) : _loop.TryReceiveMultishot(_receive, _socket);
        RequireEntry(submitted);
    }

    private void ResumeReading()
    {
        if (_phase == Phase.TearingDown)
        {
            return;
        }

        if (_held is { Count: > 0 })
        {
            DeliverHeld();
            if (_pullMode)
            {
                return;
            }
        }

        _readingSuspended = false;
        if (_endHeld)
        {
            _endHeld = false;
            OnPeerClosed();
            return;
        }

        StartReceiving();
    }

    private void SuspendReading()
    {
        _readingSuspended = true;
        CancelSuspendedReceive();
    }

    /// <summary>Ends the receive of a suspended reader, now or, when another control call is under way, after that.</summary>
    private void CancelSuspendedReceive()
    {
        if (_readingSuspended && _receive.IsPending && !_cancellingReceive && !_control.IsPending)
        {
            _cancellingReceive = true;
            RequireEntry(_loop.TryCancel(_receive, _control));
        }
    }

    private void OnReceived(in Completion completion)
    {
        int result = (int)completion.Result;
        if (result > 0)
        {
            Debug.Assert(completion.HasBuffer, "received into no buffer");
            TakeIn(completion.BufferId, result);
        }
        else if (completion.HasBuffer)
        {
            _loop.Buffers.Return(completion.BufferId);
        }

        if (!completion.IsTerminal)
        {
            return;
        }

        _cancellingReceive = false;
        if (_phase == Phase.TearingDown)
        {
            ContinueTearDown();
        }
        else if (result == 0 && _readingSuspended && _phase == Phase.Open)
        {
            // It was under way when reading was suspended, and what came before it may still be held.
            _peerClosed = true;
            _endHeld = true;
        }
        else if (result == 0)
        {
            OnPeerClosed();
        }
        else if (result == -Errno.NoBuffers)
        {
            _awaitingBuffers = true;
            _loop.Buffers.Await(this);
        }
        else if (result < 0 && result != -Errno.Canceled)
        {
            OnSocketError(-result);
        }
        else
        {
            StartReceiving();
        }
    }

    private unsafe void TakeIn(ushort bufferId, int length)
    {
        byte* bytes = _loop.Buffers.AddressOf(bufferId);
        if (_phase == Phase.TearingDown)
        {
            _loop.Buffers.Return(bufferId);
            return;
        }

        if (_readingSuspended)
        {
            // It was under way when reading was suspended. It is kept as a copy: a suspended reader must not hold buffers.
            (_held ??= new Queue<byte[]>()).Enqueue(new ReadOnlySpan<byte>(bytes, length).ToArray());
            _loop.Buffers.Return(bufferId);
            return;
        }

        if (_pullMode)
        {
            _readingSuspended = true;
        }

        if (_pooled)
        {
            DeliverPooled(bufferId, bytes, length);
            return;
        }

        byte[] copy = GC.AllocateUninitializedArray<byte>(length);
        new ReadOnlySpan<byte>(bytes, length).CopyTo(copy);
        _loop.Buffers.Return(bufferId);
        _handler!.Tell(new Tcp.Received(ByteString.FromBytes(copy)), this);
    }

    private unsafe void DeliverPooled(ushort bufferId, byte* bytes, int length)
    {
        if (_loop.Buffers.Available < Math.Min(_settings.PooledLowWaterBuffers, _loop.Buffers.Count / 2))
        {
            PooledReceived copied = new(new ReadOnlySpan<byte>(bytes, length));
            _loop.Buffers.Return(bufferId);
            _handler!.Tell(copied, this);
            return;
        }

        PooledReceived reception = _io.ReceptionOf(bufferId);
        reception.Set(this, bytes, length);
        reception.Previous = null;
        reception.NextOutside = _outside;
        if (_outside is not null)
        {
            _outside.Previous = reception;
        }

        _outside = reception;
        _handler!.Tell(reception, this);
    }

    private void DeliverHeld()
    {
        while (_held!.TryDequeue(out byte[]? bytes))
        {
            object message = _pooled ? new PooledReceived(bytes) : new Tcp.Received(ByteString.FromBytes(bytes));
            _handler!.Tell(message, this);
            if (_pullMode)
            {
                return;
            }
        }
    }

    private void ReturnReceptionHere(PooledReceived reception)
    {
        if (reception.Previous is null)
        {
            Debug.Assert(_outside == reception, "a reception of another connection");
            _outside = reception.NextOutside;
        }
        else
        {
            reception.Previous.NextOutside = reception.NextOutside;
        }

        if (reception.NextOutside is not null)
        {
            reception.NextOutside.Previous = reception.Previous;
        }

        reception.Previous = null;
        reception.NextOutside = null;
        _loop.Buffers.Return(reception.BufferId);
        if (_outside is null && _phase == Phase.Terminated)
        {
            UnwatchHandler();
        }
    }

    /// <summary>The handler has died: what lay in its mailbox will not be released by anyone else.</summary>
    private void ReclaimReceptions()
    {
        while (_outside is { } reception)
        {
            if (reception.TryReclaim())
            {
                ReturnReceptionHere(reception);
            }
            else
            {
                // Released on another thread; it is on its way here.
                break;
            }
        }
    }

    private sealed class ReceiveOperation(TcpConnection connection) : SyscallOperation
    {
        protected override void OnCompleted(SyscallLoop loop, in Completion completion)
        {
            try
            {
                connection.OnReceived(completion);
            }
            catch (Exception exception)
            {
                connection.OnDefect(exception);
            }
        }
    }
}
