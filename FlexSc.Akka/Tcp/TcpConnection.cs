using Akka.Actor;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;
using Akka.Event;
using Akka.IO;
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
internal sealed partial class TcpConnection : MinimalActorRef, ILoopWork, IMovable, IWatched
{
    private readonly ConnectionCommands _commands;
    private TcpControl? _control;
    private TcpOutput? _output;
    private volatile bool _terminated;

    /// <summary>Takes a connected socket over. On the loop's thread, with a connection reserved there.</summary>
    public TcpConnection(
        ActorLoop loop, TcpOwner owner, TcpLoopSettings settings, int socket, IActorRef commander, bool pullMode, TlsStart? tls = null)
    {
        Debug.Assert(loop.IsCurrent, "a connection is made on the thread of its loop");
        _actorLoop = loop;
        _acting = loop;
        Loop = loop.Loop;
        Shared = loop.Io.Tcp;
        Owner = owner;
        Settings = settings;
        Socket = socket;
        Path = owner.NextConnectionPath();
        Provider = ((ExtendedActorSystem)loop.Group.System).Provider;
        _commands = new ConnectionCommands(this);
        DeathWatch = new ConnectionDeathWatch(this);
        Phase = tls is null ? ConnectionPhase.AwaitingRegistration : ConnectionPhase.Handshaking;
        Tls = tls is null ? null : new TlsSession(this, tls);
        Receiver = new TcpReceiver(this, pullMode);
        Sender = new TcpSender(this);
        Close = new TcpClose(this, commander);
        Shared.Add(this);
        if (Loop.IsStopping)
        {
            // Made by a call that was under way when the loop was asked to stop.
            OnLoopStopping();
        }
        else if (tls is null)
        {
            StartRegisterTimer();
        }
    }

    public override ActorPath Path { get; }

    public override IActorRefProvider Provider { get; }

#pragma warning disable CS0809 // the base class marks it obsolete, its interface does not
    [Obsolete("Use Context.Watch and Receive<Terminated> [1.1.0]")]
    public override bool IsTerminated => _terminated;
#pragma warning restore CS0809

    public SyscallLoop Loop { get; private set; }

    /// <summary>What the connections of the loop share.</summary>
    public TcpLoop Shared { get; private set; }

    public TcpOwner Owner { get; }

    public TcpLoopSettings Settings { get; }

    public int Socket { get; }

    /// <summary>Set by what ends the connection.</summary>
    public ConnectionPhase Phase
    {
        get;
        set
        {
            field = value;
            OnPhaseChanged();
        }
    }

    /// <summary>Gets the events; null before registration.</summary>
    public IActorRef? Handler { get; private set; }

    public TcpReceiver Receiver { get; }

    public TcpSender Sender { get; }

    /// <summary>Null where plain bytes go over the socket.</summary>
    public TlsSession? Tls { get; }

    /// <summary>Made when first needed: a connection that is only open never needs it.</summary>
    public TcpControl Control => _control ??= new TcpControl(this);

    public TcpClose Close { get; }

    public ConnectionDeathWatch DeathWatch { get; }

    /// <summary>The connection's direct output.</summary>
    public TcpOutput Output => _output ??= new TcpOutput(this);

    /// <summary>On its loop, with nothing before: what an actor told that moved here since, or another thread, comes first.</summary>
    public bool ActsAtOnce => IsHere && _commands.IsEmpty;

    /// <summary>The loop closes the socket: elsewhere, or later, the descriptor might be another's.</summary>
    public bool MayAskSocket => IsHere && Phase is not (ConnectionPhase.TearingDown or ConnectionPhase.Terminated);

    /// <summary>Asks for the end as Akka.IO's connections end when they are stopped: with a reset.</summary>
    public override void Stop() => Tell(PoisonPill.Instance, ActorRefs.NoSender);

    public override void SendSystemMessage(ISystemMessage message) => Submit(message, ActorRefs.NoSender);

    public void Execute() => Run();

    /// <summary>Acts on commands that other threads told. On the loop's thread; bounded by what was there at the start.</summary>
    public void Run()
    {
        if (!IsHere)
        {
            // It was scheduled before it moved. Where it is about to come, it runs when it has.
            if (ActorLoop.Current != _actorLoop)
            {
                OnNotRun();
            }

            return;
        }

        if (_commands.TryRun())
        {
            Close.OnCommandsDone();
            Receiver.OnCommandsDone();
            Sender.ShareIfIdle();
            ContinueMove();
        }
    }

    /// <summary>Commands that were told before what is about to end or change the connection act before it.</summary>
    /// <returns>False when they must wait, and what comes after them, until <see cref="Run"/>.</returns>
    public bool TryActOnEarlierCommands() => _commands.TryRun();

    /// <summary>Acts on a command. Who tells one must not be hit by what fails here.</summary>
    public void HandleSafely(object message, IActorRef sender)
    {
        try
        {
            Handle(message, sender);
        }
        catch (Exception exception)
        {
            OnDefect(exception);
        }
    }

    public void OnSocketError(int errorNumber) => Close.OnSocketError(errorNumber);

    /// <summary>
    /// Something threw where only a completion was to be handled: a recipient whose reference refuses a message, or an entry that
    /// was not there. It must not take the other connections of the loop along.
    /// </summary>
    public void OnDefect(Exception exception)
    {
        Owner.Log.Error(exception, "{0} ends by an error", this);
        Close.TearDown(reset: true, new Tcp.ErrorClosed(exception.Message), closeSender: null);
    }

    /// <summary>The loop stops, and its actor system has ended. Told again as long as the connection is there.</summary>
    public void OnLoopStopping()
    {
        if (TryActOnEarlierCommands())
        {
            Close.TearDown(reset: true, Tcp.Aborted.Instance, closeSender: null);
        }
    }

    /// <summary>The loop takes no calls any more.</summary>
    public void OnLoopEnded()
    {
        Sender.AwaitTeller();
        Close.OnLoopEnded();
        Control.CloseNow();
    }

    /// <summary>TLS is agreed on, and the connection may be told of.</summary>
    public void OnSecured()
    {
        Phase = ConnectionPhase.AwaitingRegistration;
        StartRegisterTimer();
    }

    /// <summary>The socket is closed and nothing is in flight.</summary>
    public void Terminate()
    {
        // What others need comes first: telling may fail.
        Phase = ConnectionPhase.Terminated;
        StopRegisterTimer();
        Receiver.Stop();
        List<PendingWrite> unsent = Sender.Drop();
        if (_acting is not null)
        {
            Shared.Remove(this);
        }

        _terminated = true;
        Owner.OnConnectionClosed();

        Tls?.Stop(Close.Error);
        Sender.FailUnsent(unsent);
        Close.TellClosed();
        DeathWatch.TellTerminated();
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

    /// <summary>The handler has released a reception.</summary>
    public void OnReleased(PooledReceived reception)
    {
        reception.Return();
        UnwatchHandlerWhenDone();
    }

    /// <summary>The handler has ended.</summary>
    public void OnWatchedTerminated(IActorRef actor)
    {
        if (!actor.Equals(Handler))
        {
            return;
        }

        DeathWatch.OnHandlerTerminated();
        Receiver.ReclaimReceptions();

        // After a close was asked for, what was written before it is still sent: the handler need not stay for that.
        if (Phase is not (ConnectionPhase.Terminated or ConnectionPhase.Flushing))
        {
            Close.TearDown(reset: true, Tcp.Aborted.Instance, closeSender: null);
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

        if (!IsHere)
        {
            if (!Sender.TrySendDirectly(message, sender))
            {
                _commands.Enqueue(message, sender);
            }
        }
        else if (ActsAtOnce && Sender.TryTakeOutput())
        {
            HandleSafely(message, sender);
            Sender.ShareIfIdle();
        }
        else
        {
            _commands.Enqueue(message, sender);
        }
    }

    private void Handle(object message, IActorRef sender)
    {
        if (Phase == ConnectionPhase.Terminated)
        {
            _commands.HandleAfterEnd(message, sender);
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
            case WriteDescriptors write:
                Sender.Enqueue(write, sender);
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
                Close.OnCommand(close, sender);
                break;
            case Tcp.Register register:
                Register(register.Handler, register.KeepOpenOnPeerClosed, pooled: false, register.UseResumeWriting);
                break;
            case RegisterPooled register:
                Register(register.Handler, register.KeepOpenOnPeerClosed, pooled: true);
                break;
            case MoveTo move:
                BeginMove(move);
                break;
            case ArrivalAnswer answer:
                OnArrivalAnswer(answer);
                break;
            case FormerReturned returned:
                OnFormerReturned(returned.Reception);
                break;
            case GetPeerCredentials question:
                PeerCredentials.Answer(this, question, sender);
                break;
            case Tcp.ResumeWriting:
                Sender.Resume(sender);
                break;
            case Tcp.WriteCommand other:
                Sender.RefuseKind(other, sender);
                break;
            case PoisonPill or Kill:
                Close.TearDown(reset: true, Tcp.Aborted.Instance, closeSender: null);
                break;
            case Identify identify:
                sender.Tell(new ActorIdentity(identify.MessageId, this), this);
                break;
            case ISystemMessage system:
                DeathWatch.Handle(system);
                break;
            default:
                _actorLoop.Group.System.EventStream.Publish(new UnhandledMessage(message, sender, this));
                break;
        }
    }

    /// <summary>Receptions that the handler still holds are its own to release, and ours to reclaim should it die before.</summary>
    private void UnwatchHandlerWhenDone()
    {
        if (Phase == ConnectionPhase.Terminated && Receiver.HasNothingOutside)
        {
            DeathWatch.UnwatchHandler();
        }
    }
}
