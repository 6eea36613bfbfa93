using Akka.Configuration;
using Akka.Dispatch;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.Dispatch;

/// <summary>The thread pool as an executor, where FlexSC does not run. Akka.NET's own is not to be had from outside of it.</summary>
internal sealed class PoolExecutor(string id) : ExecutorService(id)
{
    private volatile bool _shutDown;

    public override void Execute(IRunnable run)
    {
        if (_shutDown)
        {
            // The dispatcher makes another executor and tries again.
            throw new RejectedExecutionException($"the executor of dispatcher '{Id}' is shut down");
        }

        LoopExecution.ExecuteElsewhere(run);
    }

    // What was taken still runs.
    public override void Shutdown() => _shutDown = true;
}

/// <summary>Makes it for Akka.NET's dispatcher.</summary>
internal sealed class PoolExecutorConfigurator(Config config, IDispatcherPrerequisites prerequisites) : ExecutorServiceConfigurator(config, prerequisites)
{
    public override ExecutorService Produce(string id) => new PoolExecutor(id);
}
