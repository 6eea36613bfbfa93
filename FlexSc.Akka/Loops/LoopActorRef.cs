using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;
using Akka.Event;
using FlexSc.Interop.Loop;

namespace FlexSc.Akka.Loops;

/// <summary>
/// An object of a loop with the face of an actor reference: what is told on the loop's thread acts at once, what another thread tells
/// is queued in order. It can be watched, and it may watch one actor.
/// </summary>
internal abstract class LoopActorRef : MinimalActorRef, ILoopWork
{
    private readonly ConcurrentQueue<Envelope> _commands = new();
    private HashSet<IActorRef>? _watchers;
    private IInternalActorRef? _watched;
    private int _commandCount;
    private bool _isRunning;
    private volatile bool _terminated;

    protected LoopActorRef(ActorLoop loop, ActorPath path)
    {
        ActorLoop = loop;
        Path = path;
        Provider = ((ExtendedActorSystem)loop.Group.System).Provider;
    }

    public override ActorPath Path { get; }

    public override IActorRefProvider Provider { get; }

#pragma warning disable CS0809 // the base class marks it obsolete, its interface does not
    [Obsolete("Use Context.Watch and Receive<Terminated> [1.1.0]")]
    public override bool IsTerminated => _terminated;
#pragma warning restore CS0809

    public ActorLoop ActorLoop { get; }

    public SyscallLoop Loop => ActorLoop.Loop;

    public override void Stop() => Tell(PoisonPill.Instance, ActorRefs.NoSender);

    public override void SendSystemMessage(ISystemMessage message) => Submit(message, ActorRefs.NoSender);

    public void Execute() => Run();

    /// <summary>Acts on what other threads told so far. On the loop's thread; also before anything that ends the object.</summary>
    public void Run()
    {
        int count = Volatile.Read(ref _commandCount);
        if (count == 0 || _isRunning)
        {
            return;
        }

        _isRunning = true;
        for (int i = 0; i < count && _commands.TryDequeue(out Envelope command); i++)
        {
            HandleSafely(command.Message, command.Sender);
        }

        _isRunning = false;

        // The count goes down last: what is told meanwhile on this thread must queue behind the rest.
        if (Interlocked.Add(ref _commandCount, -count) > 0)
        {
            ActorLoop.TrySchedule(this);
        }
    }

    /// <summary>The loop ended before it came to them.</summary>
    public void OnNotRun() => DrainAfterEnd();

    /// <summary>Acts on a command. On the loop's thread.</summary>
    protected abstract void Handle(object message, IActorRef sender);

    /// <summary>The actor that it watches has ended. On the loop's thread.</summary>
    protected abstract void OnWatchedTerminated();

    /// <summary>Something threw where whoever told it must not be hit. On the loop's thread.</summary>
    protected abstract void OnDefect(Exception exception);

    /// <summary>Something is told when nothing can be done any more. From any thread.</summary>
    protected virtual void HandleAfterEnd(object message, IActorRef sender) =>
        Provider.DeadLetters.Tell(new DeadLetter(message, sender, this), this);

    /// <summary>Watches an actor until <see cref="Terminate"/>.</summary>
    protected void Watch(IActorRef actor)
    {
        if (actor is IInternalActorRef watched)
        {
            _watched = watched;
            watched.SendSystemMessage(new Watch(watched, this));
        }
    }

    /// <summary>It is over: its watchers are told, and what is told from here on goes to <see cref="HandleAfterEnd"/>.</summary>
    protected void Terminate()
    {
        _terminated = true;
        foreach (IActorRef watcher in _watchers ?? [])
        {
            TellTerminated(watcher);
        }

        _watchers = null;
        _watched?.SendSystemMessage(new Unwatch(_watched, this));
        _watched = null;
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
        if (ActorLoop.IsCurrent && Volatile.Read(ref _commandCount) == 0)
        {
            HandleSafely(message, sender);
            return;
        }

        _commands.Enqueue(new Envelope(message, sender));
        bool isFirst = Interlocked.Increment(ref _commandCount) == 1;
        if ((isFirst && !ActorLoop.TrySchedule(this)) || Loop.Ended.IsCompleted)
        {
            DrainAfterEnd();
        }
    }

    private void DrainAfterEnd()
    {
        while (_commands.TryDequeue(out Envelope command))
        {
            Interlocked.Decrement(ref _commandCount);
            DispatchAfterEnd(command.Message, command.Sender);
        }
    }

    private void HandleSafely(object message, IActorRef sender)
    {
        try
        {
            if (_terminated)
            {
                DispatchAfterEnd(message, sender);
                return;
            }

            switch (message)
            {
                case DeathWatchNotification notification:
                    if (notification.Actor.Equals(_watched))
                    {
                        _watched = null;
                        OnWatchedTerminated();
                    }

                    break;
                case Watch watch:
                    (_watchers ??= []).Add(watch.Watcher);
                    break;
                case Unwatch unwatch:
                    _watchers?.Remove(unwatch.Watcher);
                    break;
                case ISystemMessage:
                    break;
                case Identify identify:
                    sender.Tell(new ActorIdentity(identify.MessageId, this), this);
                    break;
                default:
                    Handle(message, sender);
                    break;
            }
        }
        catch (Exception exception)
        {
            OnDefect(exception);
        }
    }

    private void DispatchAfterEnd(object message, IActorRef sender)
    {
        switch (message)
        {
            case Watch watch:
                TellTerminated(watch.Watcher);
                break;
            case ISystemMessage or PoisonPill or Kill or ActorIdentity:
                break;
            case Identify identify:
                sender.Tell(new ActorIdentity(identify.MessageId, null), this);
                break;
            default:
                HandleAfterEnd(message, sender);
                break;
        }
    }

    private void TellTerminated(IActorRef watcher)
    {
        try
        {
            ((IInternalActorRef)watcher).SendSystemMessage(new DeathWatchNotification(this, existenceConfirmed: true, addressTerminated: false));
        }
        catch (Exception exception)
        {
            ActorLoop.Group.Log.Error(exception, "{0} refused to be told the end of {1}", watcher, this);
        }
    }
}
