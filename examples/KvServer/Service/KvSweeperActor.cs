using Akka.Actor;
using Akka.Event;
using FlexSc.Interop.Loop;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>
/// Frees the memory of expired items that nobody asks for any more, a bounded part of the table at a time, and tells connections
/// whose deadline has passed.
/// </summary>
internal sealed class KvSweeperActor : UntypedActor, IWithTimers
{
    private const int BucketsPerSweep = 2048;

    private const int SweepIntervalMs = 250;

    private readonly KvServerContext _server;
    private readonly Tick _tick;

    /// <summary>Whose timer is started, or was last.</summary>
    private SyscallLoop? _loop;

    public KvSweeperActor(KvServerContext server)
    {
        _server = server;
        _tick = new Tick(Self);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => StartTimer();

    protected override void PostStop()
    {
        // Where it has left the loop since, the timer is due once more and finds nobody.
        if (SyscallLoop.Current is { } loop && loop == _loop)
        {
            loop.StopTimer(_tick);
        }
    }

    protected override void OnReceive(object message)
    {
        if (message is Sweep)
        {
            _server.Store.Sweep(BucketsPerSweep);
            _server.Counters.TellOverdue();
            StartTimer();
        }
        else
        {
            Unhandled(message);
        }
    }

    /// <summary>
    /// Akka's scheduler wakes up every 10 ms once it has anything to do, and a system timer wakes the thread pool: an idle server pays for both,
    /// and for a timer of the loop it has anyway next to nothing. The actor need not stay on a loop, or on the same one.
    /// </summary>
    private void StartTimer()
    {
        _loop = SyscallLoop.Current;
        if (_loop is { } loop)
        {
            loop.StartTimer(_tick, SweepIntervalMs);
        }
        else
        {
            Timers.StartSingleTimer(nameof(Sweep), Sweep.Instance, TimeSpan.FromMilliseconds(SweepIntervalMs));
        }
    }

    private sealed class Tick(IActorRef sweeper) : LoopTimer
    {
        protected override void OnDue(SyscallLoop loop) => sweeper.Tell(Sweep.Instance, ActorRefs.NoSender);
    }

    private sealed class Sweep : IDeadLetterSuppression
    {
        public static readonly Sweep Instance = new();
    }
}
