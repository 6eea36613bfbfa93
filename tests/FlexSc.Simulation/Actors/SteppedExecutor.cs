using Akka.Configuration;
using Akka.Dispatch;

namespace FlexSc.Simulation.Actors;

/// <summary>The executor of every dispatcher of a simulated actor system: what it is given runs when the world comes to it.</summary>
public sealed class SteppedExecutorConfigurator : ExecutorServiceConfigurator
{
    private readonly ReadyWork _work;

    /// <summary>Called by Akka.NET.</summary>
    public SteppedExecutorConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites)
    {
        _work = ActorProcess.Current.Work;
    }

    /// <inheritdoc/>
    public override ExecutorService Produce(string id) => new SteppedExecutor(id, _work);

    private sealed class SteppedExecutor(string id, ReadyWork work) : ExecutorService(id)
    {
        public override void Execute(IRunnable run) => work.Add(run);

        // What was taken still runs, and a dispatcher may begin again.
        public override void Shutdown()
        {
        }
    }
}
