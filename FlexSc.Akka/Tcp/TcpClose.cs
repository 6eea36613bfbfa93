using System.ComponentModel;
using Akka.Actor;
using Akka.Event;
using Akka.IO;

namespace FlexSc.Akka.IO;

/// <summary>How a connection comes to its end: who asked for it, what has to happen before, and who is told what. On the loop's thread.</summary>
internal sealed class TcpClose(TcpConnection connection, IActorRef commander)
{
    private Tcp.ConnectionClosed? _closedEvent;
    private IActorRef? _closeSender;
    private int _waitingError;

    /// <summary>Gets what concerns a connection that nobody has registered with.</summary>
    public IActorRef Commander => commander;

    /// <summary>Whether the handler goes on writing after the peer's end.</summary>
    public bool KeepOpenOnPeerClosed { get; set; }

    /// <summary>No error waits for another thread.</summary>
    public bool IsAtRest => _waitingError == 0;

    /// <summary>The text of the error that ended the connection, or null.</summary>
    public string? Error => (_closedEvent as Tcp.ErrorClosed)?.Cause;

    /// <summary>Our direction could not be ended: the peer is gone already, so there is no end of its to wait for.</summary>
    public void OnShutdownFailed()
    {
        // Our direction is ended only by the loop, which then keeps the output, so the commands need not wait.
        _ = connection.TryActOnEarlierCommands();
        TearDown(reset: false, _closedEvent, _closeSender);
    }

    public void OnSocketError(int errorNumber)
    {
        if (!connection.TryActOnEarlierCommands())
        {
            _waitingError = errorNumber;
            return;
        }

        if (connection.Phase == ConnectionPhase.Flushing && connection.Tls is { HasSentEnd: true, HasPeerEnded: true })
        {
            // A peer that has said its own end may be gone before it has heard ours, which is all that was left to send.
            TearDown(reset: false, _closedEvent, _closeSender);
            return;
        }

        // The text alone, as Akka.IO's own has it: programs compare it.
        TearDown(reset: false, new Tcp.ErrorClosed(new Win32Exception(errorNumber).Message), closeSender: null);
    }

    /// <summary>Nobody has registered in time.</summary>
    public void OnRegisterTimeout()
    {
        // Before the registration no other thread sends, so the commands need not wait.
        if (connection.TryActOnEarlierCommands() && connection.Phase == ConnectionPhase.AwaitingRegistration)
        {
            connection.Owner.Log.Debug("Configured registration timeout of [{0}] expired, stopping", connection.Settings.Stock.RegisterTimeout);
            TearDown(reset: true, closedEvent: null, closeSender: null);
        }
    }

    /// <summary>The commands have acted that were told before: so does what waited for them.</summary>
    public void OnCommandsDone()
    {
        if (_waitingError != 0)
        {
            int errorNumber = _waitingError;
            _waitingError = 0;
            OnSocketError(errorNumber);
        }
        else if (connection.Phase == ConnectionPhase.TearingDown)
        {
            // It may have waited for a thread that was sending.
            connection.Control.Continue();
        }
    }

    /// <summary>All that was to be sent is sent.</summary>
    public void OnAllSent()
    {
        if (connection.Phase != ConnectionPhase.Flushing)
        {
            return;
        }

        if (connection.Tls is { } tls && tls.TryEndOutput())
        {
            connection.Sender.Start();
            return;
        }

        if (_closedEvent is Tcp.ConfirmedClosed && !connection.Receiver.HasPeerEnded)
        {
            connection.Phase = ConnectionPhase.AwaitingPeer;
            connection.Control.ShutDownOutput();
            connection.Receiver.Start();
            return;
        }

        TearDown(reset: false, _closedEvent, _closeSender);
    }

    /// <summary>The peer has ended its direction; the handler has had everything before.</summary>
    public void OnPeerClosed()
    {
        switch (connection.Phase)
        {
            case ConnectionPhase.Open or ConnectionPhase.AwaitingPeer when connection.Tls is { HasPeerEnded: false }:
                TearDown(
                    reset: false,
                    new Tcp.ErrorClosed("TLS: the peer ended the connection without close_notify: what it sent may have been cut off"),
                    closeSender: null);
                break;
            case ConnectionPhase.AwaitingPeer:
                TearDown(reset: false, Tcp.ConfirmedClosed.Instance, _closeSender);
                break;
            case ConnectionPhase.Open when KeepOpenOnPeerClosed:
                connection.Handler!.Tell(Tcp.PeerClosed.Instance, connection);
                break;
            case ConnectionPhase.Open:
                Begin(Tcp.PeerClosed.Instance, sender: null);
                break;
        }
    }

    /// <summary>The handshake failed: what the peer is told of that leaves before the end, of which nobody else is told.</summary>
    public void EndAfterOutput()
    {
        if (connection.Phase == ConnectionPhase.Handshaking)
        {
            connection.Phase = ConnectionPhase.Flushing;
            connection.Sender.Start();
        }
    }

    public void OnCommand(Tcp.CloseCommand command, IActorRef sender)
    {
        if (command is Tcp.Abort or CloseNow)
        {
            TearDown(reset: command is Tcp.Abort, command.Event, sender);
        }
        else if (connection.Phase is ConnectionPhase.AwaitingRegistration or ConnectionPhase.Open)
        {
            Begin(command.Event, sender);
        }
    }

    /// <summary>Ends the connection whatever its phase. The first reason is the one that is told.</summary>
    public void TearDown(bool reset, Tcp.ConnectionClosed? closedEvent, IActorRef? closeSender)
    {
        if (connection.Phase == ConnectionPhase.Terminated)
        {
            return;
        }

        if (connection.Phase != ConnectionPhase.TearingDown)
        {
            connection.StopRegisterTimer();
            connection.Phase = ConnectionPhase.TearingDown;
            _closedEvent = closedEvent;
            _closeSender = closeSender;
            connection.Control.Close(reset);
        }
        else
        {
            // A step that failed is taken again.
            connection.Control.Continue();
        }
    }

    /// <summary>The loop takes no calls any more: what is left is to close the socket and to tell.</summary>
    public void OnLoopEnded()
    {
        if (connection.Phase != ConnectionPhase.TearingDown)
        {
            connection.Phase = ConnectionPhase.TearingDown;
            _closedEvent ??= new Tcp.ErrorClosed("the connection's loop has ended");
        }
    }

    public void TellClosed()
    {
        // Nobody was told of a connection whose handshake has failed.
        if (_closedEvent is not { } closedEvent || connection.Tls is { Negotiated: null })
        {
            return;
        }

        if (connection.Handler is not null)
        {
            connection.TellSafely(connection.Handler, closedEvent);
        }

        if (_closeSender is not null && !_closeSender.IsNobody() && !_closeSender.Equals(connection.Handler))
        {
            connection.TellSafely(_closeSender, closedEvent);
        }
        else if (connection.Handler is null && _closeSender is null)
        {
            connection.TellSafely(commander, closedEvent);
        }
    }

    private void Begin(Tcp.ConnectionClosed closedEvent, IActorRef? sender)
    {
        // Nobody registered, so what was written was never meant to leave.
        if (connection.Phase == ConnectionPhase.AwaitingRegistration)
        {
            TearDown(reset: false, closedEvent, sender);
            return;
        }

        _closedEvent = closedEvent;
        _closeSender = sender;
        connection.Phase = ConnectionPhase.Flushing;
        if (connection.Sender.HasUnsent)
        {
            connection.Sender.Start();
        }
        else
        {
            OnAllSent();
        }
    }
}
