using Akka.Actor;
using Akka.Dispatch;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.Dispatch;

/// <summary>
/// A dispatcher whose main loop is libflexsc's: each actor lives on one loop, messages between actors of a loop stay on its core,
/// and the I/O that a turn's handlers submit leaves in one batch. Select it by <c>type</c> in HOCON; see
/// <see cref="FlexDispatcherConfigurator"/>, which makes one for each loop: an actor's dispatcher says where it lives, whatever its
/// mailbox is.
/// </summary>
/// <remarks>
/// Work handed to <c>Schedule</c> runs on the thread pool: it may block, and a blocked loop holds up the I/O of all its actors.
/// A handler that blocks does the same; it is named in a warning (<c>flexsc.loops.stall-warning-ms</c>), and its actor runs on the
/// thread pool from its next run on (<c>flexsc.eviction</c>). An actor whose mailbox is
/// bounded and makes its senders wait runs on the thread pool, too: a sender on its own loop would wait for it in vain.
/// </remarks>
public sealed class FlexDispatcher : MessageDispatcher, ILoopDispatcher, IEvictingDispatcher
{
    private readonly LoopGroup _group;
    private readonly int _loopIndex;
    private readonly bool _isInhabited;
    private ActorLoop? _home;

    internal FlexDispatcher(
        FlexDispatcherConfigurator configurator, LoopGroup group, int loopIndex, string id, int throughput, TimeSpan shutdownTimeout,
        bool mayEvict)
        : base(configurator)
    {
        _group = group;
        _loopIndex = loopIndex;
        Id = id;
        Throughput = throughput;
        ShutdownTimeout = shutdownTimeout;
        MayEvict = mayEvict;

        // throughput-deadline-time compares the process's uptime with a duration in Akka.NET 1.5, so any value ends each run
        // after one message. Turns are bounded by the number of messages and mailboxes instead.
        ThroughputDeadlineTime = null;

        // A dispatcher whose last actor ends schedules its shutdown, and Akka.NET's scheduler, once anything was scheduled, wakes
        // every 10 ms for good, which costs a loop's core some percent. There is nothing to shut down: work that never ends stays.
        Schedule(static () => { });
        _isInhabited = true;
    }

    LoopGroup ILoopDispatcher.Group => _group;

    ActorLoop ILoopDispatcher.Home => Home;

    /// <summary>
    /// Whether actors may leave their loop, for the thread pool where they hold it up or for a loop that has time: the key <c>evict</c> of the
    /// dispatcher's section.
    /// </summary>
    public bool MayEvict { get; }

    // Not at construction: Akka.NET looks dispatchers up before the system can start threads.
    private ActorLoop Home => _home ??= _group.Loops[_loopIndex];

    /// <remarks>Any time ends a run after its message, see the constructor.</remarks>
    bool IEvictingDispatcher.EndsRuns
    {
        get => ThroughputDeadlineTime is not null;
        set => ThroughputDeadlineTime = value ? 0 : null;
    }

    bool IEvictingDispatcher.TryShare(Mailbox mailbox, ActorLoop from, ActorLoop target) =>
        LoopAssignments.LoopOf(mailbox, Home) == from && LoopAssignments.TryShare(mailbox, this, target);

    /// <inheritdoc/>
    public override void Attach(ActorCell cell)
    {
        ArgumentNullException.ThrowIfNull(cell);
        FlexScDefaults.Ensure(_group);
        _group.Population.Add(_loopIndex);

        // Before its first run: that is where it is to live then.
        _group.Starting.OnBegun(cell.Self);
        base.Attach(cell);
    }

    /// <inheritdoc/>
    public override void Detach(ActorCell cell)
    {
        ArgumentNullException.ThrowIfNull(cell);

        // Before: afterwards the cell has the mailbox of dead letters.
        Mailbox mailbox = cell.Mailbox!;
        base.Detach(cell);
        _group.Followers.Remove(mailbox);
        _group.Population.Remove(mailbox, _loopIndex);
    }

    /// <inheritdoc/>
    protected override void ExecuteTask(IRunnable run)
    {
        if (!_isInhabited)
        {
            return;
        }

        if (run is Mailbox mailbox && !LoopAssignments.MakesSendersWait(mailbox))
        {
            LoopExecution.Execute(mailbox, LoopAssignments.LoopOf(mailbox, Home));
        }
        else
        {
            LoopExecution.ExecuteElsewhere(run);
        }
    }

    /// <summary>Nothing to do: the loops belong to the actor system and serve its I/O as well.</summary>
    protected override void Shutdown()
    {
    }
}
