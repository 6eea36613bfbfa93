using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Akka.IO;

/// <summary>
/// The calls that change a connection: cancel, shut down, and its end, one at a time. The end: cancel what is in flight, wait for it,
/// close, and only then is it over. Memory and descriptor stay until the kernel has let go of them, so neither can reach a later owner
/// too early. On the loop's thread.
/// </summary>
internal sealed class TcpControl : ICompletionTarget
{
    /// <summary>Pause before a step of the end is tried again that found no free entry.</summary>
    public const int RetryMs = 10;

    private readonly TcpConnection _connection;
    private readonly ConnectionOperation _operation;
    private ConnectionTimer? _retry;
    private SendBlock? _memory;
    private Call _call;
    private Shutdown _shutdown;
    private Cancelled _cancelled;

    /// <summary>The calls that were asked to end for a move.</summary>
    private Cancelled _haltAsked;
    private bool _reset;
    private bool _closed;

    public TcpControl(TcpConnection connection)
    {
        _connection = connection;
        _operation = new ConnectionOperation(connection, this);
    }

    private enum Call
    {
        None,
        CancelReceive,
        CancelForMove,
        Shutdown,
        CancelForEnd,
        SetReset,
        Close,
    }

    private enum Shutdown
    {
        NotWanted,
        Wanted,
        Submitted,
    }

    [Flags]
    private enum Cancelled
    {
        None = 0,
        Receive = 1,
        Send = 2,
        Watch = 4,
    }

    /// <summary>The call under way.</summary>
    public ConnectionOperation Operation => _operation;

    /// <summary>Ends our direction, now or after the call under way.</summary>
    public void ShutDownOutput()
    {
        _shutdown = Shutdown.Wanted;
        Continue();
    }

    /// <summary>Closes the socket, step after step.</summary>
    /// <param name="reset">Whether the peer sees a reset.</param>
    public void Close(bool reset)
    {
        _reset = reset;
        Continue();
    }

    /// <summary>Takes the next step, if one is due and none is under way.</summary>
    public void Continue()
    {
        if (_operation.IsPending || _closed)
        {
            return;
        }

        if (_connection.Phase == ConnectionPhase.TearingDown)
        {
            ContinueEnd();
        }
        else if (_shutdown == Shutdown.Wanted)
        {
            _connection.RequireEntry(_connection.Loop.TryShutdownWrite(_operation, _connection.Socket));
            _call = Call.Shutdown;
            _shutdown = Shutdown.Submitted;
        }
        else if (_connection.Receiver.IsReceiveUnwanted)
        {
            _connection.RequireEntry(_connection.Loop.TryCancel(_connection.Receiver.Operation, _operation));
            _connection.Receiver.OnCancelling();
            _call = Call.CancelReceive;
        }
        else if (_connection.IsHalted && NextToHalt() is { } halted)
        {
            _connection.RequireEntry(_connection.Loop.TryCancel(halted, _operation));
            _call = Call.CancelForMove;
        }
    }

    /// <summary>No call is under way.</summary>
    public bool IsAtRest => !_operation.IsPending;

    /// <summary>The connection leaves the loop, or stays after all.</summary>
    public void StopRetry()
    {
        _haltAsked = Cancelled.None;
        if (_retry is { IsStarted: true })
        {
            _connection.Loop.StopTimer(_retry);
        }
    }

    /// <summary>The loop has ended: there is nothing in flight and no way to close but at once.</summary>
    public void CloseNow()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        StopRetry();
        ReturnMemory();
        SocketClosing.CloseNow(_connection.Socket, _reset);
        _connection.Terminate();
    }

    public void OnCompleted(in Completion completion)
    {
        Call call = _call;
        _call = Call.None;
        ReturnMemory();
        switch (call)
        {
            // A stopping loop takes calls back. Whatever else close answers, the descriptor is gone; see close(2).
            case Call.Close when completion.Result == -Errno.Canceled:
                Continue();
                break;
            case Call.SetReset when completion.Result != -Errno.Canceled:
                _reset = false;
                Continue();
                break;
            case Call.Close:
                _closed = true;
                _connection.Terminate();
                break;
            case Call.Shutdown when completion.Result < 0:
                _connection.Close.OnShutdownFailed();
                break;
            default:
                Continue();
                break;
        }
    }

    /// <summary>A call that goes on until it is cancelled, and was not asked to end for a move. A send ends by itself, as an error's reading does.</summary>
    private ConnectionOperation? NextToHalt()
    {
        TcpReceiver receiver = _connection.Receiver;
        if (receiver.IsReceiving && (_haltAsked & Cancelled.Receive) == 0)
        {
            _haltAsked |= Cancelled.Receive;
            receiver.OnCancelling();
            return receiver.Operation;
        }

        if (receiver.WatchOperation is { IsPending: true } watch && !receiver.Watch.IsReadingError && (_haltAsked & Cancelled.Watch) == 0)
        {
            _haltAsked |= Cancelled.Watch;
            return watch;
        }

        return null;
    }

    private void ContinueEnd()
    {
        if (TryCancel(_connection.Receiver.Operation, Cancelled.Receive)
            || TryCancel(_connection.Receiver.WatchOperation, Cancelled.Watch)
            || TryCancel(_connection.Sender.Operation, Cancelled.Send))
        {
            return;
        }

        if (!_connection.Sender.TryTakeOutput())
        {
            // Another thread uses the descriptor. It has the connection run when it is done.
            return;
        }

        if (_connection.Loop.IsStopping)
        {
            // It would be taken back again and again, and the loop may end before it is done.
            CloseNow();
        }
        else if (_reset)
        {
            SetReset();
        }
        else if (_connection.Loop.TryClose(_operation, _connection.Socket))
        {
            _call = Call.Close;
        }
        else
        {
            RetryLater();
        }
    }

    /// <summary>Cancels a call in flight, once.</summary>
    /// <returns>
    /// True when it is in flight: its own completion is what the end waits for, whatever the cancellation answers. One that was not reached
    /// the loop asks again.
    /// </returns>
    private bool TryCancel(ConnectionOperation? operation, Cancelled which)
    {
        if (operation is not { IsPending: true })
        {
            return false;
        }

        if ((_cancelled & which) == 0)
        {
            if (_connection.Loop.TryCancel(operation, _operation))
            {
                _cancelled |= which;
                _call = Call.CancelForEnd;
            }
            else
            {
                RetryLater();
            }
        }

        return true;
    }

    private unsafe void SetReset()
    {
        // The address of a field may change while objects move; a block of the pool's stays.
        _memory ??= _connection.Shared.SendBlocks.Rent(sizeof(long));
        _memory.LengthBytes = sizeof(long);
        if (_connection.Loop.TrySetResetOnClose(_operation, _connection.Socket, (long*)_memory.Unsent))
        {
            _call = Call.SetReset;
        }
        else
        {
            RetryLater();
        }
    }

    private void RetryLater()
    {
        // A loop that stops cancels by itself, and asks again.
        _retry ??= new ConnectionTimer(_connection, Continue);
        if (!_retry.IsStarted && !_connection.Loop.IsStopping)
        {
            _connection.Loop.StartTimer(_retry, RetryMs);
        }
    }

    private void ReturnMemory()
    {
        if (_memory is not null)
        {
            _connection.Shared.Return(_memory);
            _memory = null;
        }
    }
}
