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
    private readonly LoopGroup _group;

    /// <summary>Called by Akka.NET.</summary>
    /// <exception cref="ConfigurationException">A value of <c>flexsc.loops</c> is out of range.</exception>
    public FlexExecutorConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites)
    {
        ArgumentNullException.ThrowIfNull(prerequisites);
        _group = LoopGroup.Of(prerequisites.Settings.System);
    }

    /// <inheritdoc/>
    public override ExecutorService Produce(string id) => new FlexExecutor(id, _group);

    private sealed class FlexExecutor(string id, LoopGroup group) : ExecutorService(id)
    {
        private volatile bool _shutDown;

        public override void Execute(IRunnable run)
        {
            if (_shutDown)
            {
                // The dispatcher makes another executor and tries again.
                throw new RejectedExecutionException($"the executor of dispatcher '{Id}' is shut down");
            }

            LoopExecution.Execute(run, group);
        }

        // What was taken still runs: the loops belong to the actor system.
        public override void Shutdown() => _shutDown = true;
    }
}
