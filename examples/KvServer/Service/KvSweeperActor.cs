using Akka.Actor;
using FlexSc.Examples.KvServer.Store;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>Frees the memory of expired items that nobody asks for any more, a bounded part of the table at a time.</summary>
internal sealed class KvSweeperActor : UntypedActor, IWithTimers
{
    private const int BucketsPerSweep = 2048;

    private static readonly TimeSpan SweepInterval = TimeSpan.FromMilliseconds(250);

    private readonly KvStore _store;

    public KvSweeperActor(KvStore store) => _store = store;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Sweep), Sweep.Instance, SweepInterval);

    protected override void OnReceive(object message)
    {
        if (message is Sweep)
        {
            _store.Sweep(BucketsPerSweep);
        }
        else
        {
            Unhandled(message);
        }
    }

    private sealed class Sweep
    {
        public static readonly Sweep Instance = new();
    }
}
