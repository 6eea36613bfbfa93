using Akka.Actor;
using Akka.Dispatch;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.Dispatch;

/// <summary>
/// A dispatcher whose main loop is libflexsc's: each actor lives on one loop, messages between actors of a loop stay on its core,
/// and the I/O that a turn's handlers submit leaves in one batch. Select it by <c>type</c> in HOCON; see
/// <see cref="FlexDispatcherConfigurator"/>.
/// </summary>
/// <remarks>
/// Work handed to <c>Schedule</c> runs on the thread pool: it may block, and a blocked loop holds up the I/O of all its actors.
/// A handler that blocks does the same and is named in a warning (<c>flexsc.loops.stall-warning-ms</c>).
/// </remarks>
public sealed class FlexDispatcher : MessageDispatcher, ILoopDispatcher
{
    private readonly LoopGroup _group;

    internal FlexDispatcher(FlexDispatcherConfigurator configurator, LoopGroup group, string id, int throughput, TimeSpan shutdownTimeout)
        : base(configurator)
    {
        _group = group;
        Id = id;
        Throughput = throughput;
        ShutdownTimeout = shutdownTimeout;

        // throughput-deadline-time compares the process's uptime with a duration in Akka.NET 1.5, so any value ends each run
        // after one message. Turns are bounded by the number of messages and mailboxes instead.
        ThroughputDeadlineTime = null;
    }

    LoopGroup ILoopDispatcher.Group => _group;

    /// <inheritdoc/>
    public override void Attach(ActorCell cell)
    {
        ArgumentNullException.ThrowIfNull(cell);
        LoopAssignments.Place(cell, _group);
        base.Attach(cell);
    }

    /// <inheritdoc/>
    protected override void ExecuteTask(IRunnable run) => LoopExecution.Execute(run, _group);

    /// <summary>Nothing to do: the loops belong to the actor system and serve its I/O as well.</summary>
    protected override void Shutdown()
    {
    }
}
