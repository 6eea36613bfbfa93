using FlexSc.Akka.Loops;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Akka.IO;

/// <summary>
/// Notices the end of a connection that is not being read from: a reset at once, the peer's end as soon as nothing lies before it. One
/// wait at a time; once begun it stays, for reading may go on beside it. It begins with the batch of a turn, after the turn's handlers:
/// one that closes when it is told the peer's end, or asks for more in pull mode, needs no wait. On the loop's thread.
/// </summary>
internal sealed class EndWatch : ICompletionTarget, IFlushable
{
    private readonly TcpConnection _connection;
    private readonly ConnectionOperation _operation;
    private SendBlock? _memory;
    private Call _call;
    private SocketEnd _seen;
    private bool _entryReserved;
    private bool _requested;

    public EndWatch(TcpConnection connection)
    {
        _connection = connection;
        _operation = new ConnectionOperation(connection, this) { MayAwaitBatch = true };
    }

    private enum Call
    {
        None,
        AwaitEnd,
        ReadError,
    }

    public ConnectionOperation Operation => _operation;

    /// <summary>The peer has ended its direction, or more than that; what it sent before may be unread.</summary>
    public bool HasSeenEnd => _seen != SocketEnd.None;

    /// <summary>An error is being read, and gone from the socket then.</summary>
    public bool IsReadingError => _call == Call.ReadError;

    /// <summary>Nothing is under way or asked for.</summary>
    public bool IsAtRest => !_operation.IsPending && !_requested;

    /// <summary>Waits for the end with this turn's batch, if that is not done already.</summary>
    public void Request()
    {
        if (!_requested && !_operation.IsPending)
        {
            _requested = true;
            _connection.ActorLoop.FlushThisTurn(this);
        }
    }

    /// <summary>Waits for the end, if the turn's handlers have left it so that this is needed.</summary>
    public void Flush()
    {
        _requested = false;
        try
        {
            if (_connection is { IsHalted: false, Receiver.NeedsWatch: true } && !_operation.IsPending)
            {
                Start();
            }

            _connection.OnStepDone();
        }
        catch (Exception exception)
        {
            _connection.OnDefect(exception);
        }
    }

    /// <summary>The connection is over, or leaves the loop.</summary>
    public void Stop()
    {
        ReturnMemory();
        ReleaseEntry();
    }

    public unsafe void OnCompleted(in Completion completion)
    {
        Call call = _call;
        _call = Call.None;
        int error = call == Call.ReadError && completion.Result >= 0 ? *(int*)_memory!.Unsent : 0;
        ReturnMemory();
        if (_connection.Phase == ConnectionPhase.TearingDown)
        {
            _connection.Control.Continue();
            return;
        }

        switch (call)
        {
            case Call.AwaitEnd when completion.Result >= 0:
                OnEnd((SocketEnd)completion.Result);
                break;
            case Call.AwaitEnd when completion.Result == -Errno.Canceled:
                // For a move, which may have been called off since.
                _connection.Receiver.Start();
                break;
            case Call.ReadError when error != 0:
                _connection.OnSocketError(error);
                break;
            case Call.ReadError:
                // Another call has reported it, or will.
                _seen |= SocketEnd.HangUp;
                _connection.Receiver.OnOtherCallEnded();
                _connection.Receiver.Start();
                break;
        }
    }

    private void Start()
    {
        if ((_seen & SocketEnd.HangUp) != 0)
        {
            // Both directions are over and only data is left: nothing more can happen to it.
            ReleaseEntry();
        }
        else if (TryReserveEntry())
        {
            Note(_connection.Loop.TryAwaitEnd(_operation, _connection.Socket, peerEnd: !HasSeenEnd), Call.AwaitEnd);
        }
    }

    private void OnEnd(SocketEnd end)
    {
        _seen |= end & ~SocketEnd.Error;
        if ((end & SocketEnd.Error) != 0)
        {
            ReadError();
        }
        else
        {
            _connection.Receiver.Start();
            Request();
        }
    }

    private unsafe void ReadError()
    {
        _memory = _connection.Shared.SendBlocks.Rent(2 * sizeof(int));
        _memory.LengthBytes = 2 * sizeof(int);
        Note(_connection.Loop.TryReadError(_operation, _connection.Socket, (int*)_memory.Unsent), Call.ReadError);
    }

    private void Note(bool submitted, Call call)
    {
        _connection.RequireEntry(submitted);
        _call = call;
    }

    private void ReturnMemory()
    {
        if (_memory is not null)
        {
            _connection.Shared.Return(_memory);
            _memory = null;
        }
    }

    /// <summary>Without an entry to spare the end is noticed when reading goes on.</summary>
    private bool TryReserveEntry()
    {
        _entryReserved = _entryReserved || _connection.ActorLoop.Io.TryReserveEntry();
        return _entryReserved;
    }

    private void ReleaseEntry()
    {
        if (_entryReserved)
        {
            _entryReserved = false;
            _connection.ActorLoop.Io.ReleaseEntry();
        }
    }
}
