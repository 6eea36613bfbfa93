using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Event;
using Akka.IO;
using FlexSc.Akka.IO;
using Microsoft.Win32.SafeHandles;

namespace FlexSc.Akka.Streams;

/// <summary>
/// The face of a stage towards a socket: its handler, and whoever told the command that makes it. What a socket tells is put here by the
/// thread that tells it, within bounds that hold there and then; a mailbox in between would hold more than it. The stage is woken once
/// for all that came meanwhile. It can be watched, so a socket ends with its stage, and it watches the socket.
/// </summary>
internal class StageInbox : MinimalActorRef
{
    private readonly Queue<(object Message, IActorRef Sender)> _events = new();
    private HashSet<IActorRef>? _watchers = [];
    private Action _wake = static () => throw new InvalidOperationException("the stage has not begun");
    private bool _isWoken;

    public StageInbox(ActorSystem system)
    {
        System = system;
        Provider = ((ExtendedActorSystem)system).Provider;
        Path = Provider.TempPath();
    }

    public override ActorPath Path { get; }

    public override IActorRefProvider Provider { get; }

    public ActorSystem System { get; }

    /// <summary>Held while what is here changes; nothing else is called meanwhile.</summary>
    protected Lock Gate { get; } = new();

    /// <summary>Before anything is told a socket.</summary>
    /// <param name="wake">Has the stage look; from any thread. It begins with <see cref="OnWoken"/>.</param>
    public void Begin(Action wake) => _wake = wake;

    /// <summary>The stage looks now: what comes from here on wakes it again.</summary>
    public void OnWoken()
    {
        lock (Gate)
        {
            _isWoken = false;
        }
    }

    /// <summary>The next event. From the stage's thread.</summary>
    public bool TryTakeEvent(out object message, out IActorRef sender)
    {
        lock (Gate)
        {
            bool isThere = _events.TryDequeue(out (object Message, IActorRef Sender) next);
            (message, sender) = next;
            return isThere;
        }
    }

    /// <summary>Has <see cref="SocketEnded"/> told after everything else that a socket tells.</summary>
    public void Watch(IActorRef socket)
    {
        IInternalActorRef watched = (IInternalActorRef)socket;
        watched.SendSystemMessage(new Watch(watched, this));
    }

    /// <summary>The stage has ended: whoever watches is told, and a socket that is made later is stopped.</summary>
    public virtual void Close()
    {
        HashSet<IActorRef>? watchers;
        lock (Gate)
        {
            watchers = _watchers;
            _watchers = null;
            _events.Clear();
        }

        foreach (IActorRef watcher in watchers ?? [])
        {
            TellEnded(watcher);
        }
    }

    public override void SendSystemMessage(ISystemMessage message)
    {
        switch (message)
        {
            case Watch watch when !TryAdd(watch.Watcher):
                TellEnded(watch.Watcher);
                break;
            case Unwatch unwatch:
                lock (Gate)
                {
                    _watchers?.Remove(unwatch.Watcher);
                }

                break;
            case DeathWatchNotification notification:
                Tell(SocketEnded.Instance, notification.Actor);
                break;
        }
    }

    protected override void TellInternal(object message, IActorRef sender)
    {
        object? answer = null;
        bool isOpen;
        bool wake = false;
        lock (Gate)
        {
            isOpen = _watchers is not null;
            if (isOpen)
            {
                if (!TryPut(message, out answer))
                {
                    _events.Enqueue((message, sender));
                }

                wake = !_isWoken;
                _isWoken = true;
            }
        }

        if (!isOpen)
        {
            OnToldTooLate(message, sender);
            return;
        }

        if (answer is not null)
        {
            sender.Tell(answer, this);
        }

        if (wake)
        {
            _wake();
        }
    }

    /// <summary>Takes in what is no event of its own, with the gate held.</summary>
    /// <param name="message">What was told.</param>
    /// <param name="answer">What whoever told it is told at once, by the same thread; null for nothing.</param>
    /// <returns>False for an event.</returns>
    protected virtual bool TryPut(object message, out object? answer)
    {
        answer = null;
        return false;
    }

    private static void OnToldTooLate(object message, IActorRef sender)
    {
        switch (message)
        {
            case Tcp.Bound or Tcp.Connected or Udp.Bound or Udp.SimpleSenderReady or UdpConnected.Connected:
                // It was made for a stage that has ended, and nobody else knows it.
                ((IInternalActorRef)sender).Stop();
                break;
            case PooledReceived reception:
                reception.Dispose();
                break;
            case DescriptorsReceived received:
                Release(received);
                break;
        }
    }

    /// <summary>Closes descriptors that no stream has a place for.</summary>
    protected static void Release(DescriptorsReceived received)
    {
        foreach (SafeFileHandle descriptor in received.Descriptors)
        {
            descriptor.Dispose();
        }
    }

    private bool TryAdd(IActorRef watcher)
    {
        lock (Gate)
        {
            _watchers?.Add(watcher);
            return _watchers is not null;
        }
    }

    private void TellEnded(IActorRef watcher) => ((IInternalActorRef)watcher).SendSystemMessage(
        new DeathWatchNotification(this, existenceConfirmed: true, addressTerminated: false));
}

/// <summary>A socket that a stage watches has ended; the sender is the socket.</summary>
internal sealed class SocketEnded : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static SocketEnded Instance { get; } = new();
}
