using System.Runtime.CompilerServices;
using Akka.Configuration;
using Akka.Dispatch;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.Dispatch;

/// <summary>
/// The loops as an executor of Akka.NET's own dispatcher: <c>type = Dispatcher</c> with
/// <c>executor = "FlexSc.Akka.Dispatch.FlexExecutorConfigurator, FlexSc.Akka"</c>. Actors live on one loop, too, but do not follow
/// their connections.
/// </summary>
public sealed class FlexExecutorConfigurator : ExecutorServiceConfigurator
{
    private readonly LoopGroup? _group;

    /// <summary>Called by Akka.NET.</summary>
    /// <exception cref="ConfigurationException">A value of <c>flexsc.loops</c> is out of range.</exception>
    public FlexExecutorConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites)
    {
        ArgumentNullException.ThrowIfNull(prerequisites);
        if (StockInstead.Of(prerequisites.Settings.System) is { } stock)
        {
            stock.Tell();
        }
        else
        {
            _group = LoopGroup.Of(prerequisites.Settings.System);
        }
    }

    /// <inheritdoc/>
    public override ExecutorService Produce(string id) => _group is null ? new PoolExecutor(id) : new FlexExecutor(id, _group);

    private sealed class FlexExecutor(string id, LoopGroup group) : ExecutorService(id)
    {
        // An executor learns of a mailbox when it runs first, and never that it has stopped: so by weak keys, which FlexDispatcher
        // does without.
        private readonly ConditionalWeakTable<Mailbox, ActorLoop> _others = [];
        private volatile bool _shutDown;

        public override void Execute(IRunnable run)
        {
            if (_shutDown)
            {
                // The dispatcher makes another executor and tries again.
                throw new RejectedExecutionException($"the executor of dispatcher '{Id}' is shut down");
            }

            if (run is Mailbox mailbox && !LoopAssignments.MakesSendersWait(mailbox))
            {
                LoopExecution.Execute(mailbox, LoopOf(mailbox));
            }
            else
            {
                LoopExecution.ExecuteElsewhere(run);
            }
        }

        // What was taken still runs: the loops belong to the actor system.
        public override void Shutdown() => _shutDown = true;

        private ActorLoop LoopOf(Mailbox mailbox)
        {
            if (mailbox.MessageQueue is LoopMessageQueue queue)
            {
                return queue.Loop ??= Place();
            }

            return _others.TryGetValue(mailbox, out ActorLoop? loop) ? loop : Assign(mailbox);
        }

        // A method of its own: the closure is made on entry, and LoopOf is entered each time a mailbox is scheduled.
        private ActorLoop Assign(Mailbox mailbox) => _others.GetValue(mailbox, _ => Place());

        private ActorLoop Place()
        {
            group.Population.NoteActors();
            return group.Loops[group.PlaceIndex()];
        }
    }
}
