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
internal sealed partial class TcpConnection : MinimalActorRef, IRunnable
{
    private readonly ActorLoop _actorLoop;
    private readonly SyscallLoop _loop;
    private readonly LoopIo _io;
    private readonly ActorSystem _system;
    private readonly TcpLoopSettings _settings;
    private readonly TcpOwner _owner;
    private readonly int _socket;
    private readonly bool _pullMode;
    private readonly RegisterTimer _registerTimer;
    private LoopMessageQueue? _commandsFromElsewhere;
    private int _commandsFromElsewhereCount;
    private readonly IActorRef _commander;
    private IActorRef? _handler;
    private bool _pooled;
    private bool _keepOpenOnPeerClosed;
    private Phase _phase = Phase.AwaitingRegistration;
    private volatile bool _terminated;

    /// <summary>Takes a connected socket over. On the loop's thread, with a connection reserved there.</summary>
    public TcpConnection(ActorLoop loop, TcpOwner owner, TcpLoopSettings settings, int socket, IActorRef commander, bool pullMode)
    {
        Debug.Assert(loop.IsCurrent, "a connection is made on the thread of its loop");
        _actorLoop = loop;
        _loop = loop.Loop;
        _io = loop.Io;
        _system = loop.Group.System;
        _owner = owner;
        _settings = settings;
        _socket = socket;
        _commander = commander;
        _pullMode = pullMode;
        _readingSuspended = pullMode;
        Path = owner.NextConnectionPath();
        Provider = ((ExtendedActorSystem)_system).Provider;
        _receive = new ReceiveOperation(this) { MayAwaitBatch = true, UsesReservedEntry = true };
        _send = new SendOperation(this) { UsesReservedEntry = true };
        _control = new ControlOperation(this) { UsesReservedEntry = true };
        _registerTimer = new RegisterTimer(this);
        _io.Add(this);
        if (settings.Stock.RegisterTimeout is { } timeout)
        {
            _loop.StartTimer(_registerTimer, (long)timeout.TotalMilliseconds);
        }
    }

    private enum Phase
    {
        /// <summary>Connected; nobody has registered yet.</summary>
        AwaitingRegistration,

        Open,

        /// <summary>A close was asked for; what was written before is still being sent.</summary>
        Flushing,

        /// <summary>Our direction is ended; the peer's end is awaited.</summary>
        AwaitingPeer,

        /// <summary>Calls in flight are being cancelled and the socket closed.</summary>
        TearingDown,

        Terminated,
    }

    public override ActorPath Path { get; }

    public override IActorRefProvider Provider { get; }

#pragma warning disable CS0809 // the base class marks it obsolete, its interface does not
    [Obsolete("Use Context.Watch and Receive<Terminated> [1.1.0]")]
    public override bool IsTerminated => _terminated;
#pragma warning restore CS0809

    public ActorLoop ActorLoop => _actorLoop;

    public TcpOwner Owner => _owner;

    /// <summary>Asks for the end as Akka.IO's connections end when they are stopped: with a reset.</summary>
    public override void Stop() => Tell(PoisonPill.Instance, ActorRefs.NoSender);

    public override void SendSystemMessage(ISystemMessage message) => Submit(message, ActorRefs.NoSender);

    public void Execute() => Run();

    /// <summary>Acts on commands that other threads told. On the loop's thread; bounded by what was there at the start.</summary>
    public void Run()
    {
        int count = Volatile.Read(ref _commandsFromElsewhereCount);
        for (int i = 0; i < count; i++)
        {
            bool taken = _commandsFromElsewhere!.TryTake(out Envelope command);
            Debug.Assert(taken, "a counted command is not there");
            HandleFromElsewhere(command);
        }

        if (Interlocked.Add(ref _commandsFromElsewhereCount, -count) > 0)
        {
            _actorLoop.TrySchedule(this);
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

        // An actor that moved to this loop may have told commands from its former one: they come first. It sees its own
        // increments, so the check cannot miss them.
        if (_actorLoop.IsCurrent && Volatile.Read(ref _commandsFromElsewhereCount) == 0)
        {
            Handle(message, sender);
            return;
        }

        LoopMessageQueue queue = _commandsFromElsewhere
            ?? Interlocked.CompareExchange(ref _commandsFromElsewhere, new LoopMessageQueue(this), null)
            ?? _commandsFromElsewhere;
        queue.Enqueue(this, new Envelope(message, sender));
        if (Interlocked.Increment(ref _commandsFromElsewhereCount) == 1 && !_actorLoop.TrySchedule(this))
        {
            // The loop has ended and the connection with it.
            HandleAfterEnd(message, sender);
        }
    }

    private void HandleFromElsewhere(in Envelope command)
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

    private void Handle(object message, IActorRef sender)
    {
        if (_phase == Phase.Terminated)
        {
            HandleAfterEnd(message, sender);
            return;
        }

        switch (message)
        {
            case Tcp.Write write:
                Enqueue(write, sender);
                break;
            case PooledReceived reception:
                ReturnReceptionHere(reception);
                break;
            case ForeignOutput output:
                Append(output);
                break;
            case DrainRequest request:
                NotifyWhenUnsentAtMost(request.Bytes);
                break;
            case Tcp.CompoundWrite compound:
                Enqueue(compound, sender);
                break;
            case Tcp.ResumeReading:
                ResumeReading();
                break;
            case Tcp.SuspendReading:
                SuspendReading();
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
                Fail(other, sender, new InvalidOperationException($"{other.GetType().Name} cannot be written: only Write and CompoundWrite can"));
                break;
            case DeathWatchNotification notification:
                OnWatchedTerminated(notification.Actor);
                break;
            case Watch watch:
                AddWatcher(watch);
                break;
            case Unwatch unwatch:
                RemoveWatcher(unwatch);
                break;
            case PoisonPill or Kill:
                TearDown(reset: true, Tcp.Aborted.Instance, closeSender: null);
                break;
            case Identify identify:
                sender.Tell(new ActorIdentity(identify.MessageId, this), this);
                break;
            case ISystemMessage:
                break;
            default:
                _system.EventStream.Publish(new UnhandledMessage(message, sender, this));
                break;
        }
    }

    private void HandleAfterEnd(object message, IActorRef sender)
    {
        switch (message)
        {
            case Watch watch:
                watch.Watcher.SendSystemMessage(new DeathWatchNotification(this, existenceConfirmed: true, addressTerminated: false));
                break;
            case PooledReceived reception:
                if (_actorLoop.IsCurrent)
                {
                    ReturnReceptionHere(reception);
                }

                break;
            case ForeignOutput output:
                output.Free();
                break;
            case DeathWatchNotification notification:
                if (_actorLoop.IsCurrent)
                {
                    OnWatchedTerminated(notification.Actor);
                }

                break;
            case ISystemMessage or PoisonPill or Kill:
                break;
            case Identify identify:
                sender.Tell(new ActorIdentity(identify.MessageId, null), this);
                break;
            default:
                Provider.DeadLetters.Tell(new DeadLetter(message, sender, this), this);
                break;
        }
    }

    private void Register(IActorRef handler, bool keepOpenOnPeerClosed, bool pooled)
    {
        if (_phase != Phase.AwaitingRegistration)
        {
            _owner.Log.Warning("{0} is registered already with {1}; {2} is ignored", this, _handler, handler);
            return;
        }

        _loop.StopTimer(_registerTimer);
        _handler = handler;
        _pooled = pooled;
        _keepOpenOnPeerClosed = keepOpenOnPeerClosed;
        _phase = Phase.Open;
        WatchHandler();

        // From here on the handler works for this connection, so it works where the connection's I/O is.
        LoopAssignments.Follow(handler, _actorLoop);
        StartReceiving();
        StartSending();
    }

    private void OnRegisterTimeout()
    {
        _owner.Log.Debug("Configured registration timeout of [{0}] expired, stopping", _settings.Stock.RegisterTimeout);
        TearDown(reset: true, closedEvent: null, closeSender: null);
    }

    private sealed class RegisterTimer(TcpConnection connection) : LoopTimer
    {
        protected override void OnDue(SyscallLoop loop) => connection.OnRegisterTimeout();
    }
}
