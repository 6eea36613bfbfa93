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
    private SyscallLoop? _loop;
    private Tick? _tick;

    public KvSweeperActor(KvServerContext server) => _server = server;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        _loop = SyscallLoop.Current;
        if (_loop is null)
        {
            Timers.StartPeriodicTimer(nameof(Sweep), Sweep.Instance, TimeSpan.FromMilliseconds(SweepIntervalMs));
            return;
        }

        // Akka's scheduler wakes up every 10 ms once it has anything to do, and a system timer wakes the thread pool: an idle
        // server pays for both, and for a timer of the loop it has anyway next to nothing.
        _tick = new Tick(Self);
        _loop.StartTimer(_tick, SweepIntervalMs);
    }

    protected override void PostStop()
    {
        if (_tick is { } tick)
        {
            _loop!.StopTimer(tick);
        }
    }

    protected override void OnReceive(object message)
    {
        if (message is Sweep)
        {
            _server.Store.Sweep(BucketsPerSweep);
            _server.Counters.TellOverdue();
            if (_tick is { } tick)
            {
                _loop!.StartTimer(tick, SweepIntervalMs);
            }
        }
        else
        {
            Unhandled(message);
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
