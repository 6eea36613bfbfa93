using System.ComponentModel;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;
using Akka.Event;
using Akka.IO;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Loop;
using Debug = System.Diagnostics.Debug;

namespace FlexSc.Akka.IO;

/// <summary>
/// A connection: a state object owned by its loop, with the face of an actor reference. What the kernel completes goes straight
/// to the handler's mailbox, and a command that is told on the loop's thread acts at once, with no mailbox in between; one from
/// another thread is queued in order. It can be watched, and it watches its handler.
/// </summary>
/// <remarks>
/// This class is the reference, the phases and the order in which things act: whatever ends a connection acts after the commands
/// that were told before it. Receiving, sending, and the calls of the end are its parts.
/// </remarks>
internal sealed class TcpConnection : MinimalActorRef, IRunnable
{
    private readonly ActorLoop _actorLoop;
    private readonly ConnectionCommands _commands;
    private readonly ConnectionDeathWatch _deathWatch;
    private readonly ConnectionTimer _registerTimer;
    private readonly IActorRef _commander;
    private ConnectionPhase _phase = ConnectionPhase.AwaitingRegistration;
    private Tcp.ConnectionClosed? _closedEvent;
    private IActorRef? _closeSender;
    private TcpOutput? _output;
    private bool _keepOpenOnPeerClosed;
    private volatile bool _terminated;

    /// <summary>Takes a connected socket over. On the loop's thread, with a connection reserved there.</summary>
    public TcpConnection(ActorLoop loop, TcpOwner owner, TcpLoopSettings settings, int socket, IActorRef commander, bool pullMode)
    {
        Debug.Assert(loop.IsCurrent, "a connection is made on the thread of its loop");
        _actorLoop = loop;
        Loop = loop.Loop;
        Shared = loop.Io.Tcp;
        Owner = owner;
        Settings = settings;
        Socket = socket;
        _commander = commander;
        Path = owner.NextConnectionPath();
        Provider = ((ExtendedActorSystem)loop.Group.System).Provider;
        _commands = new ConnectionCommands(this, loop);
        _deathWatch = new ConnectionDeathWatch(this);
        _registerTimer = new ConnectionTimer(this, OnRegisterTimeout);
        Receiver = new TcpReceiver(this, pullMode);
        Sender = new TcpSender(this);
        Control = new TcpControl(this);
        Shared.Add(this);
        if (Loop.IsStopping)
        {
            // Made by a call that was under way when the loop was asked to stop.
            OnLoopStopping();
        }
        else if (settings.Stock.RegisterTimeout is { } timeout)
        {
            Loop.StartTimer(_registerTimer, (long)timeout.TotalMilliseconds);
        }
    }

    public override ActorPath Path { get; }

    public override IActorRefProvider Provider { get; }

#pragma warning disable CS0809 // the base class marks it obsolete, its interface does not
    [Obsolete("Use Context.Watch and Receive<Terminated> [1.1.0]")]
    public override bool IsTerminated => _terminated;
#pragma warning restore CS0809

    public ActorLoop ActorLoop => _actorLoop;

    public SyscallLoop Loop { get; }

    /// <summary>What the connections of the loop share.</summary>
    public TcpLoop Shared { get; }

    public TcpOwner Owner { get; }

    public TcpLoopSettings Settings { get; }

    public int Socket { get; }

    public ConnectionPhase Phase => _phase;

    /// <summary>Gets the events; null before registration.</summary>
    public IActorRef? Handler { get; private set; }

    public TcpReceiver Receiver { get; }

    public TcpSender Sender { get; }

    public TcpControl Control { get; }

    /// <summary>The connection's direct output.</summary>
    public TcpOutput Output => _output ??= new TcpOutput(this);

    /// <summary>Asks for the end as Akka.IO's connections end when they are stopped: with a reset.</summary>
    public override void Stop() => Tell(PoisonPill.Instance, ActorRefs.NoSender);

    public override void SendSystemMessage(ISystemMessage message) => Submit(message, ActorRefs.NoSender);

    public void Execute() => Run();

    /// <summary>Acts on commands that other threads told. On the loop's thread; bounded by what was there at the start.</summary>
    public void Run() => _commands.Run();

    /// <summary>Commands that were told before what is about to end or change the connection act before it.</summary>
    public void ActOnEarlierCommands() => _commands.Run();

    /// <summary>Acts on a command that another thread told.</summary>
    public void HandleFromElsewhere(in Envelope command)
    {
        try
        {
            Handle(command.Message, command.Sender);
        }
        catch (Exception exception)
        {
            OnDefect(exception);
        }
    }

    /// <summary>Answers what is told when nothing can be done any more. From any thread.</summary>
    public void HandleAfterEnd(object message, IActorRef sender)
    {
        switch (message)
        {
            case Watch watch:
                _deathWatch.TellTerminated(watch.Watcher);
                break;
            case ReceptionReleased released:
                if (_actorLoop.IsCurrent)
                {
                    OnReleased(released.Reception);
                }

                break;
            case ForeignOutput output:
                Sender.Drop(output);
                break;
            case DeathWatchNotification notification:
                if (_actorLoop.IsCurrent)
                {
                    OnWatchedTerminated(notification.Actor);
                }

                break;
            case ISystemMessage or PoisonPill or Kill or ActorIdentity or DrainRequest:
                break;
            case Identify identify:
                sender.Tell(new ActorIdentity(identify.MessageId, null), this);
                break;
            case Tcp.CompoundWrite compound:
                // Part by part: listeners make texts of dead letters, and the text of a long one uses up the stack.
                foreach (Tcp.SimpleWriteCommand part in compound)
                {
                    Provider.DeadLetters.Tell(new DeadLetter(part, sender, this), this);
                }

                break;
            default:
                Provider.DeadLetters.Tell(new DeadLetter(message, sender, this), this);
                break;
        }
    }

    /// <summary>All that was to be sent is sent.</summary>
    public void OnAllSent()
    {
        if (_phase != ConnectionPhase.Flushing)
        {
            return;
        }

        if (_closedEvent is Tcp.ConfirmedClosed && !Receiver.HasPeerEnded)
        {
            _phase = ConnectionPhase.AwaitingPeer;
            Control.ShutDownOutput();
            Receiver.Start();
            return;
        }

        TearDown(reset: false, _closedEvent, _closeSender);
    }

    /// <summary>The peer has ended its direction; the handler has had everything before.</summary>
    public void OnPeerClosed()
    {
        switch (_phase)
        {
            case ConnectionPhase.AwaitingPeer:
                TearDown(reset: false, Tcp.ConfirmedClosed.Instance, _closeSender);
                break;
            case ConnectionPhase.Open when _keepOpenOnPeerClosed:
                Handler!.Tell(Tcp.PeerClosed.Instance, this);
                break;
            case ConnectionPhase.Open:
                BeginClose(Tcp.PeerClosed.Instance, sender: null);
                break;
        }
    }

    public void OnSocketError(int errorNumber)
    {
        ActOnEarlierCommands();

        // The text alone, as Akka.IO's own has it: programs compare it.
        TearDown(reset: false, new Tcp.ErrorClosed(new Win32Exception(errorNumber).Message), closeSender: null);
    }

    /// <summary>Our direction could not be ended: the peer is gone already, so there is no end of its to wait for.</summary>
    public void OnShutdownFailed()
    {
        ActOnEarlierCommands();
        TearDown(reset: false, _closedEvent, _closeSender);
    }

    /// <summary>
    /// Something threw where only a completion was to be handled: a recipient whose reference refuses a message, or an entry that
    /// was not there. It must not take the other connections of the loop along.
    /// </summary>
    public void OnDefect(Exception exception)
    {
        Owner.Log.Error(exception, "{0} ends by an error", this);
        TearDown(reset: true, new Tcp.ErrorClosed(exception.Message), closeSender: null);
    }

    /// <summary>The loop stops, and its actor system has ended.</summary>
    public void OnLoopStopping()
    {
        ActOnEarlierCommands();
        TearDown(reset: true, Tcp.Aborted.Instance, closeSender: null);
    }

    /// <summary>The loop takes no calls any more.</summary>
    public void OnLoopEnded()
    {
        _phase = ConnectionPhase.TearingDown;
        Control.CloseNow();
    }

    /// <summary>The socket is closed and nothing is in flight.</summary>
    public void Terminate()
    {
        // What others need comes first: telling may fail.
        _phase = ConnectionPhase.Terminated;
        Loop.StopTimer(_registerTimer);
        Receiver.Stop();
        List<PendingWrite> unsent = Sender.Drop();
        Shared.Remove(this);
        _terminated = true;
        Owner.OnConnectionClosed();

        Sender.FailUnsent(unsent);
        TellClosed();
        _deathWatch.TellTerminated();
        UnwatchHandlerWhenDone();
    }

    /// <summary>Tells something where a recipient that refuses must not hold up the rest.</summary>
    public void TellSafely(IActorRef recipient, object message)
    {
        try
        {
            recipient.Tell(message, this);
        }
        catch (Exception exception)
        {
            LogRefusal(recipient, exception);
        }
    }

    public void LogRefusal(IActorRef recipient, Exception exception) =>
        Owner.Log.Error(exception, "{0} refused to be told the end of {1}", recipient, this);

    /// <summary>Connections are admitted only as far as the entries go, so one is always there.</summary>
    public void RequireEntry(bool submitted)
    {
        if (!submitted)
        {
            throw new InvalidOperationException(
                $"no syscall entry is free for {this}: the application submits more calls of its own than the {Loop.EntryCount} entries allow; raise flexsc.loops.pages");
        }
    }

    protected override void TellInternal(object message, IActorRef sender)
    {
        if (message is null)
        {
            throw new InvalidMessageException("Message is null.");
        }

        Submit(message, sender);
    }

    private void Submit(object message, IActorRef? from)
    {
        IActorRef sender = from ?? Provider.DeadLetters;

        // An actor that moved to this loop may have told commands from its former one: they come first.
        if (_actorLoop.IsCurrent && _commands.IsEmpty)
        {
            Handle(message, sender);
        }
        else
        {
            _commands.Enqueue(message, sender);
        }
    }

    private void Handle(object message, IActorRef sender)
    {
        if (_phase == ConnectionPhase.Terminated)
        {
            HandleAfterEnd(message, sender);
            return;
        }

        switch (message)
        {
            case Tcp.Write write:
                Sender.Enqueue(write, sender);
                break;
            case ReceptionReleased released:
                OnReleased(released.Reception);
                break;
            case ForeignOutput output:
                Sender.Append(output);
                break;
            case DrainRequest request:
                Sender.NotifyWhenUnsentAtMost(request.Bytes);
                break;
            case Tcp.CompoundWrite compound:
                Sender.Enqueue(compound, sender);
                break;
            case ActorIdentity identity when Receiver.ReadAhead.TryTakeAnswer(identity):
                break;
            case Tcp.ResumeReading:
                Receiver.Resume();
                break;
            case Tcp.SuspendReading:
                Receiver.Suspend();
                break;
            case Tcp.CloseCommand close:
                OnCloseCommand(close, sender);
                break;
            case Tcp.Register register:
                Register(register.Handler, register.KeepOpenOnPeerClosed, pooled: false);
                break;
            case RegisterPooled register:
                Register(register.Handler, register.KeepOpenOnPeerClosed, pooled: true);
                break;
            case Tcp.ResumeWriting:
                // As in Akka.IO 1.5: writing is never suspended, so there is nothing to resume.
                break;
            case Tcp.WriteCommand other:
                Sender.RefuseKind(other, sender);
                break;
            case PoisonPill or Kill:
                TearDown(reset: true, Tcp.Aborted.Instance, closeSender: null);
                break;
            case Identify identify:
                sender.Tell(new ActorIdentity(identify.MessageId, this), this);
                break;
            case ISystemMessage system:
                Handle(system);
                break;
            default:
                _actorLoop.Group.System.EventStream.Publish(new UnhandledMessage(message, sender, this));
                break;
        }
    }

    private void Handle(ISystemMessage message)
    {
        switch (message)
        {
            case DeathWatchNotification notification:
                OnWatchedTerminated(notification.Actor);
                break;
            case Watch watch:
                _deathWatch.Add(watch.Watcher);
                break;
            case Unwatch unwatch:
                _deathWatch.Remove(unwatch.Watcher);
                break;
        }
    }

    private void Register(IActorRef handler, bool keepOpenOnPeerClosed, bool pooled)
    {
        if (_phase != ConnectionPhase.AwaitingRegistration)
        {
            Owner.Log.Warning("{0} is registered already with {1}; {2} is ignored", this, Handler, handler);
            return;
        }

        Loop.StopTimer(_registerTimer);
        Handler = handler;
        _keepOpenOnPeerClosed = keepOpenOnPeerClosed;
        _phase = ConnectionPhase.Open;
        _deathWatch.WatchHandler(handler);

        // From here on the handler works for this connection, so it works where the connection's I/O is.
        LoopAssignments.Follow(handler, _actorLoop);
        Receiver.Begin(handler, pooled);
        Sender.Start();
    }

    private void OnRegisterTimeout()
    {
        ActOnEarlierCommands();
        if (_phase == ConnectionPhase.AwaitingRegistration)
        {
            Owner.Log.Debug("Configured registration timeout of [{0}] expired, stopping", Settings.Stock.RegisterTimeout);
            TearDown(reset: true, closedEvent: null, closeSender: null);
        }
    }

    private void OnCloseCommand(Tcp.CloseCommand command, IActorRef sender)
    {
        if (command is Tcp.Abort)
        {
            TearDown(reset: true, Tcp.Aborted.Instance, sender);
        }
        else if (_phase is ConnectionPhase.AwaitingRegistration or ConnectionPhase.Open)
        {
            BeginClose(command.Event, sender);
        }
    }

    private void BeginClose(Tcp.ConnectionClosed closedEvent, IActorRef? sender)
    {
        // Nobody registered, so what was written was never meant to leave.
        if (_phase == ConnectionPhase.AwaitingRegistration)
        {
            TearDown(reset: false, closedEvent, sender);
            return;
        }

        _closedEvent = closedEvent;
        _closeSender = sender;
        _phase = ConnectionPhase.Flushing;
        if (Sender.HasUnsent)
        {
            Sender.Start();
        }
        else
        {
            OnAllSent();
        }
    }

    /// <summary>Ends the connection whatever its phase. The first reason is the one that is told.</summary>
    private void TearDown(bool reset, Tcp.ConnectionClosed? closedEvent, IActorRef? closeSender)
    {
        if (_phase == ConnectionPhase.Terminated)
        {
            return;
        }

        if (_phase != ConnectionPhase.TearingDown)
        {
            Loop.StopTimer(_registerTimer);
            _phase = ConnectionPhase.TearingDown;
            _closedEvent = closedEvent;
            _closeSender = closeSender;
            Control.Close(reset);
        }
        else
        {
            // A step that failed is taken again.
            Control.Continue();
        }
    }

    private void TellClosed()
    {
        if (_closedEvent is not { } closedEvent)
        {
            return;
        }

        if (Handler is not null)
        {
            TellSafely(Handler, closedEvent);
        }

        if (_closeSender is not null && !_closeSender.IsNobody() && !_closeSender.Equals(Handler))
        {
            TellSafely(_closeSender, closedEvent);
        }
        else if (Handler is null && _closeSender is null)
        {
            TellSafely(_commander, closedEvent);
        }
    }

    private void OnReleased(PooledReceived reception)
    {
        Receiver.Receptions.Return(reception);
        UnwatchHandlerWhenDone();
    }

    /// <summary>Receptions that the handler still holds are its own to release, and ours to reclaim should it die before.</summary>
    private void UnwatchHandlerWhenDone()
    {
        if (_phase == ConnectionPhase.Terminated && Receiver.Receptions.IsEmpty)
        {
            _deathWatch.UnwatchHandler();
        }
    }

    private void OnWatchedTerminated(IActorRef actor)
    {
        if (!actor.Equals(Handler))
        {
            return;
        }

        _deathWatch.OnHandlerTerminated();
        Receiver.Receptions.Reclaim();

        // After a close was asked for, what was written before it is still sent: the handler need not stay for that.
        if (_phase is not (ConnectionPhase.Terminated or ConnectionPhase.Flushing))
        {
            TearDown(reset: true, Tcp.Aborted.Instance, closeSender: null);
        }
    }
}
