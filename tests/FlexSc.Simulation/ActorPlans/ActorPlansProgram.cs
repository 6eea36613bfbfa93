using FlexSc.Simulation.ActorEcho;
using FlexSc.Simulation.Proxy;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorPlans;

/// <summary>Echo, through a proxy or not, while plans that change at random have actors and their connections move from loop to loop.</summary>
internal sealed class ActorPlansProgram : IModelProgram
{
    public string Name => "actor-plans";

    public void Run(World world)
    {
        world.Moves = new MoveTally { IsByPlan = true };
        if (world.Random.Below(3) == 0)
        {
            new ProxyProgram().Run(world);
        }
        else
        {
            new ActorEchoProgram().Run(world);
        }
    }
}
