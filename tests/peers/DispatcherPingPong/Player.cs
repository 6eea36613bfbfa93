using Akka.Actor;

namespace FlexSc.Peers.DispatcherPingPong;

/// <summary>The one message; no other object is made.</summary>
internal sealed class Ball
{
    public static readonly Ball Start = new();
    public static readonly Ball Ping = new();
}

/// <summary>Sends the ball back for as long as the run lasts. Counts for itself and tells now and then: a shared counter would be measured.</summary>
internal sealed class Player : UntypedActor
{
    private const int CountAtOnce = 256;

    private readonly PingPongRun _run;
    private readonly IActorRef _other;
    private int _messages;

    /// <param name="other">The other actor, for a starter that does not make it itself.</param>
    public Player(PingPongRun run, string dispatcher, bool isStarter, IActorRef? other)
    {
        _run = run;
        _other = other ?? (isStarter ? Context.ActorOf(Props(run, dispatcher, isStarter: false)) : ActorRefs.Nobody);
    }

    public static Props Props(PingPongRun run, string dispatcher, bool isStarter, IActorRef? other = null) =>
        global::Akka.Actor.Props.Create(() => new Player(run, dispatcher, isStarter, other)).WithDispatcher(dispatcher);

    protected override void OnReceive(object message)
    {
        if (ReferenceEquals(message, Ball.Start))
        {
            _other.Tell(Ball.Ping, Self);
            return;
        }

        if (++_messages == CountAtOnce)
        {
            _run.Count(_messages);
            _messages = 0;

            // Only the starter ends the pair.
            if (_run.IsOver && !_other.IsNobody())
            {
                Context.Stop(_other);
                Context.Stop(Self);
                _run.Stopped();
                return;
            }
        }

        Sender.Tell(Ball.Ping, Self);
    }
}

/// <summary>All pairs of one run.</summary>
internal sealed class PingPongRun(int pairs)
{
    private readonly TaskCompletionSource _allStopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _messages;
    private int _stopped;
    private volatile bool _isOver;

    public long Messages => Interlocked.Read(ref _messages);

    public bool IsOver
    {
        get => _isOver;
        set => _isOver = value;
    }

    public Task AllStopped => _allStopped.Task;

    public void Count(int messages) => Interlocked.Add(ref _messages, messages);

    public void Stopped()
    {
        if (Interlocked.Increment(ref _stopped) == pairs)
        {
            _allStopped.TrySetResult();
        }
    }
}

internal sealed record PingPongFigures(double MessagesPerSecond, double AllocatedBytesPerMessage);
