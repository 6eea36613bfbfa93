using Akka.Actor;
using Akka.Event;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>
/// Frees the memory of expired items that nobody asks for any more, a bounded part of the table at a time, and tells connections
/// whose deadline has passed.
/// </summary>
internal sealed class KvSweeperActor : UntypedActor
{
    private const int BucketsPerSweep = 2048;

    private static readonly TimeSpan SweepInterval = TimeSpan.FromMilliseconds(250);

    private readonly KvServerContext _server;

    public KvSweeperActor(KvServerContext server) => _server = server;

    /// <summary>Has it work until the result is disposed of.</summary>
    /// <remarks>Not by Akka's scheduler: once anything is scheduled there, its thread wakes up every 10 ms, and an idle server pays for it.</remarks>
    public static Timer Drive(IActorRef sweeper) =>
        new(_ => sweeper.Tell(Sweep.Instance, ActorRefs.NoSender), null, SweepInterval, SweepInterval);

    protected override void OnReceive(object message)
    {
        if (message is Sweep)
        {
            _server.Store.Sweep(BucketsPerSweep);
            _server.Counters.TellOverdue();
        }
        else
        {
            Unhandled(message);
        }
    }

    private sealed class Sweep : IDeadLetterSuppression
    {
        public static readonly Sweep Instance = new();
    }
}
