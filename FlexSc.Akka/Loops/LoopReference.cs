using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Event;
using FlexSc.Interop.Loop;
using Debug = System.Diagnostics.Debug;

namespace FlexSc.Akka.Loops;

/// <summary>
/// A state object owned by a loop, with the face of an actor reference: what is told on the loop's thread acts at once, what another
/// thread tells is queued in order. It can be watched, and it watches its owner. Members belong to the loop's thread unless they say
/// otherwise.
/// </summary>
internal abstract class LoopReference : MinimalActorRef, ILoopWork, IWatched
{
    private readonly ConcurrentQueue<Envelope> _commands = [];
    private Watchers _watchers;
    private IInternalActorRef? _owner;
    private int _commandCount;
    private bool _isRunning;
    private volatile bool _terminated;

    protected LoopReference(ActorLoop loop, ActorPath path)
    {
        Debug.Assert(loop.IsCurrent, "it is made on the thread of its loop");
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

    /// <summary>The loop's calls.</summary>
    public SyscallLoop Loop => ActorLoop.Loop;

    /// <summary>From any thread.</summary>
    protected bool HasTerminated => _terminated;

    /// <summary>Asks for the end. From any thread.</summary>
    public override void Stop() => Tell(PoisonPill.Instance, ActorRefs.NoSender);

    public override void SendSystemMessage(ISystemMessage message) => Submit(message, ActorRefs.NoSender);

    public void Execute() => Run();

    /// <summary>Acts on what other threads told, as much as was there at the start.</summary>
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

    /// <summary>The loop ended before it came to them. From any thread.</summary>
    public void OnNotRun() => DrainAfterEnd();

    protected override void TellInternal(object message, IActorRef sender)
    {
        if (message is null)
        {
            throw new InvalidMessageException("Message is null.");
        }

        Submit(message, sender);
    }

    /// <summary>Acts on a message.</summary>
    protected abstract void Handle(object message, IActorRef sender);

    /// <summary>Answers a message that nothing can be done about any more. From any thread.</summary>
    protected virtual void HandleAfterEnd(object message, IActorRef sender) =>
        Provider.DeadLetters.Tell(new DeadLetter(message, sender, this), this);

    /// <summary>It was told to stop.</summary>
    protected abstract void OnStopped();

    /// <summary>The owner has ended.</summary>
    protected virtual void OnOwnerEnded() => OnStopped();

    /// <summary>Something threw where a message was handled.</summary>
    protected abstract void OnDefect(Exception exception);

    /// <summary>Ends with an actor. When it has ended already, that is noticed.</summary>
    protected void WatchOwner(IActorRef owner)
    {
        if (owner is IInternalActorRef watched)
        {
            _owner = watched;
            watched.SendSystemMessage(new Watch(watched, this));
        }
    }

    /// <summary>It is over: whoever watches is told, now and later.</summary>
    protected void Terminate()
    {
        _terminated = true;
        _watchers.TellTerminated(this);
        if (_owner is { } owner)
        {
            _owner = null;
            owner.SendSystemMessage(new Unwatch(owner, this));
        }
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
            ActorLoop.Group.Log.Error(exception, "{0} refused what {1} told it", recipient, this);
        }
    }

    public void LogRefusal(IActorRef watcher, Exception exception) =>
        ActorLoop.Group.Log.Error(exception, "{0} refused to be told the end of {1}", watcher, this);

    private void Submit(object message, IActorRef? from)
    {
        IActorRef sender = from ?? Provider.DeadLetters;

        // An actor that moved to this loop may have told something from its former one, which comes first. The count alone does not say
        // that there is none: where two threads queue one each and then count it, the loop may act on the one's for the other's count.
        if (ActorLoop.IsCurrent && Volatile.Read(ref _commandCount) == 0 && _commands.IsEmpty)
        {
            HandleSafely(message, sender);
            return;
        }

        _commands.Enqueue(new Envelope(message, sender));
        bool isFirst = Interlocked.Increment(ref _commandCount) == 1;
        if ((isFirst && !ActorLoop.TrySchedule(this)) || ActorLoop.Loop.Ended.IsCompleted)
        {
            DrainAfterEnd();
        }
    }

    private void HandleSafely(object message, IActorRef sender)
    {
        try
        {
            if (message is ISystemMessage system)
            {
                Handle(system);
            }
            else if (_terminated)
            {
                AnswerAfterEnd(message, sender);
            }
            else if (message is PoisonPill or Kill)
            {
                OnStopped();
            }
            else if (message is Identify identify)
            {
                sender.Tell(new ActorIdentity(identify.MessageId, this), this);
            }
            else
            {
                Handle(message, sender);
            }
        }
        catch (Exception exception)
        {
            OnDefect(exception);
        }
    }

    private void Handle(ISystemMessage message)
    {
        switch (message)
        {
            case Watch watch when _terminated:
                Watchers.TellTerminated(this, watch.Watcher);
                break;
            case DeathWatchNotification notification when notification.Actor.Equals(_owner):
                _owner = null;
                OnOwnerEnded();
                break;
            default:
                _watchers.Handle(message);
                break;
        }
    }

    private void AnswerAfterEnd(object message, IActorRef sender)
    {
        switch (message)
        {
            case PoisonPill or Kill:
                break;
            case Identify identify:
                sender.Tell(new ActorIdentity(identify.MessageId, null), this);
                break;
            default:
                HandleAfterEnd(message, sender);
                break;
        }
    }

    private void DrainAfterEnd()
    {
        while (_commands.TryDequeue(out Envelope command))
        {
            Interlocked.Decrement(ref _commandCount);
            if (command.Message is Watch watch)
            {
                Watchers.TellTerminated(this, watch.Watcher);
            }
            else if (command.Message is not ISystemMessage)
            {
                AnswerAfterEnd(command.Message, command.Sender);
            }
        }
    }
}
