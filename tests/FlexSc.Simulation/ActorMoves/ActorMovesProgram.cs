using FlexSc.Simulation.ActorEcho;
using FlexSc.Simulation.Proxy;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorMoves;

/// <summary>Echo, through a proxy or not, while the connections of every process move from one of its loops to another.</summary>
internal sealed class ActorMovesProgram : IModelProgram
{
    public string Name => "actor-moves";

    public void Run(World world)
    {
        world.Moves = new MoveTally();
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
