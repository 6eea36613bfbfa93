using System.ComponentModel;
using System.Diagnostics;
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Event;
using Akka.IO;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Akka.IO;

/// <content>
/// The end: cancel what is in flight, wait for it, close, and only then tell. Memory and descriptor stay until the kernel has
/// let go of them, so neither can reach a later owner too early.
/// </content>
internal sealed partial class TcpConnection
{
    private readonly ControlOperation _control;
    private HashSet<IActorRef>? _watchers;
    private Tcp.ConnectionClosed? _closedEvent;
    private IActorRef? _closeSender;
    private SendBlock? _lingerBlock;
    private bool _reset;
    private bool _lingerSet;
    private bool _shutdownWanted;
    private bool _outputShut;
    private bool _receiveCancelled;
    private bool _sendCancelled;
    private bool _closeSubmitted;
    private bool _handlerWatched;

    private void OnCloseCommand(Tcp.CloseCommand command, IActorRef sender)
    {
        if (command is Tcp.Abort or CloseNow)
        {
            TearDown(reset: command is Tcp.Abort, command.Event, sender);
            return;
        }

        if (_phase is Phase.AwaitingRegistration or Phase.Open)
        {
            BeginClose(command.Event, sender);
        }
    }

    private void BeginClose(Tcp.ConnectionClosed closedEvent, IActorRef? sender)
    {
        // Nobody registered, so what was written was never meant to leave.
        if (_phase == Phase.AwaitingRegistration)
        {
            TearDown(reset: false, closedEvent, sender);
            return;
        }

        _closedEvent = closedEvent;
        _closeSender = sender;
        _phase = Phase.Flushing;
        if (HasUnsent)
        {
            StartSending();
        }
        else
        {
            OnAllSent();
        }
    }

    private void OnAllSent()
    {
        if (_phase != Phase.Flushing)
        {
            return;
        }

        if (_closedEvent is Tcp.ConfirmedClosed && !_peerClosed)
        {
            _phase = Phase.AwaitingPeer;
            _shutdownWanted = true;
            ContinueShutdown();
            StartReceiving();
            return;
        }

        TearDown(reset: false, _closedEvent, _closeSender);
    }

    private void ContinueShutdown()
    {
        if (_shutdownWanted && !_outputShut && !_control.IsPending)
        {
            _outputShut = true;
            RequireEntry(_loop.TryShutdownWrite(_control, _socket));
        }
    }

    private void OnPeerClosed()
    {
        _peerClosed = true;
        switch (_phase)
        {
            case Phase.AwaitingPeer:
                TearDown(reset: false, Tcp.ConfirmedClosed.Instance, _closeSender);
                break;
            case Phase.Open when _keepOpenOnPeerClosed:
                _handler!.Tell(Tcp.PeerClosed.Instance, this);
                break;
            case Phase.Open:
                BeginClose(Tcp.PeerClosed.Instance, sender: null);
                break;
        }
    }

    private void OnSocketError(int errorNumber)
    {
        // The text alone, as Akka.IO's own has it: programs compare it.
        TearDown(reset: false, new Tcp.ErrorClosed(new Win32Exception(errorNumber).Message), closeSender: null);
    }

    /// <summary>
    /// Something threw where only a completion was to be handled: a recipient whose reference refuses a message, or an entry that
    /// was not there. It must not take the other connections of the loop along.
    /// </summary>
    private void OnDefect(Exception exception)
    {
        _owner.Log.Error(exception, "{0} ends by an error", this);
        if (_phase is Phase.TearingDown or Phase.Terminated)
        {
            return;
        }

        TearDown(reset: true, new Tcp.ErrorClosed(exception.Message), closeSender: null);
    }

    /// <summary>Ends the connection whatever its state. The first reason is the one that is told.</summary>
    private void TearDown(bool reset, Tcp.ConnectionClosed? closedEvent, IActorRef? closeSender)
    {
        if (_phase is Phase.TearingDown or Phase.Terminated)
        {
            return;
        }

        _loop.StopTimer(_registerTimer);
        _phase = Phase.TearingDown;
        _reset = reset;
        _closedEvent = closedEvent;
        _closeSender = closeSender;
        ContinueTearDown();
    }

    /// <summary>One step at a time, each after the completion of the one before.</summary>
    private void ContinueTearDown()
    {
        if (_control.IsPending || _closeSubmitted)
        {
            return;
        }

        if (_receive.IsPending)
        {
            CancelOnce(_receive, ref _receiveCancelled);
        }
        else if (_send.IsPending)
        {
            CancelOnce(_send, ref _sendCancelled);
        }
        else if (_reset && !_lingerSet)
        {
            _lingerSet = true;
            SetResetOnClose();
        }
        else
        {
            _closeSubmitted = true;
            RequireEntry(_loop.TryClose(_control, _socket));
        }
    }

    private void CancelOnce(SyscallOperation operation, ref bool cancelled)
    {
        // Cancelled once, its own completion is what we wait for; it comes whatever the cancellation answers.
        if (!cancelled)
        {
            cancelled = true;
            RequireEntry(_loop.TryCancel(operation, _control));
        }
    }

    private unsafe void SetResetOnClose()
    {
        // The address of a field may change while objects move; a block of the pool's stays.
        SendBlock block = _lingerBlock = _io.SendBlocks.Rent(sizeof(long));
        RequireEntry(_loop.TrySetResetOnClose(_control, _socket, (long*)block.Unsent));
    }

    private void OnControlCompleted(in Completion completion)
    {
        if (_lingerBlock is not null)
        {
            _io.SendBlocks.Return(_lingerBlock);
            _lingerBlock = null;
        }

        if (_closeSubmitted)
        {
            Terminate();
        }
        else if (_phase == Phase.TearingDown)
        {
            ContinueTearDown();
        }
        else if (_outputShut && completion.Result < 0)
        {
            // The peer is gone already: there is no end of its to wait for.
            TearDown(reset: false, _closedEvent, _closeSender);
        }
        else
        {
            ContinueShutdown();
            CancelSuspendedReceive();
        }
    }

    /// <summary>The loop takes no calls any more, and those in flight reach the number no more.</summary>
    public void OnLoopEnded()
    {
        SocketClosing.CloseNow(_socket);
        _closedEvent ??= new Tcp.ErrorClosed("the connection's loop has ended");
        Terminate();
    }

    private void Terminate()
    {
        _phase = Phase.Terminated;
        DropUnsent();
        _io.Remove(this);
        _terminated = true;
        _owner.OnConnectionClosed();
        try
        {
            TellClosed();
        }
        finally
        {
            TellWatchers();
        }
    }

    private void TellWatchers()
    {
        if (_watchers is not null)
        {
            foreach (IActorRef watcher in _watchers)
            {
                ((IInternalActorRef)watcher).SendSystemMessage(
                    new DeathWatchNotification(this, existenceConfirmed: true, addressTerminated: false));
            }

            _watchers = null;
        }

        // Receptions that the handler still holds are its own to release, and ours to reclaim should it die before.
        if (_outside is null)
        {
            UnwatchHandler();
        }
    }

    private void TellClosed()
    {
        if (_closedEvent is not { } closedEvent)
        {
            return;
        }

        _handler?.Tell(closedEvent, this);
        if (_closeSender is not null && !_closeSender.IsNobody() && !_closeSender.Equals(_handler))
        {
            _closeSender.Tell(closedEvent, this);
        }
        else if (_handler is null && _closeSender is null)
        {
            _commander.Tell(closedEvent, this);
        }
    }

    private void WatchHandler()
    {
        if (_handler is IInternalActorRef { } handler)
        {
            _handlerWatched = true;
            handler.SendSystemMessage(new Watch(handler, this));
        }
    }

    private void UnwatchHandler()
    {
        if (_handlerWatched)
        {
            _handlerWatched = false;
            IInternalActorRef handler = (IInternalActorRef)_handler!;
            handler.SendSystemMessage(new Unwatch(handler, this));
        }
    }

    private void OnWatchedTerminated(IActorRef actor)
    {
        if (!actor.Equals(_handler))
        {
            return;
        }

        _handlerWatched = false;
        ReclaimReceptions();
        if (_phase != Phase.Terminated)
        {
            // After a close was asked for, what was written before it is still sent: the handler need not stay for that.
            if (_phase == Phase.Flushing)
            {
                return;
            }

            TearDown(reset: true, Tcp.Aborted.Instance, closeSender: null);
        }
    }

    private void AddWatcher(Watch watch) => (_watchers ??= []).Add(watch.Watcher);

    private void RemoveWatcher(Unwatch unwatch) => _watchers?.Remove(unwatch.Watcher);

    /// <summary>Connections are admitted only as far as the entries go, so one is always there.</summary>
    private void RequireEntry(bool submitted)
    {
        if (!submitted)
        {
            throw new InvalidOperationException(
                $"no syscall entry is free for {this}: the application submits more calls of its own than the {_loop.EntryCount} entries allow; raise flexsc.loops.pages");
        }
    }

    private sealed class ControlOperation(TcpConnection connection) : SyscallOperation
    {
        protected override void OnCompleted(SyscallLoop loop, in Completion completion)
        {
            try
            {
                connection.OnControlCompleted(completion);
            }
            catch (Exception exception)
            {
                connection.OnDefect(exception);
            }
        }
    }
}
