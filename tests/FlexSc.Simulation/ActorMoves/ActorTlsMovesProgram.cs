using FlexSc.Simulation.ActorTls;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorMoves;

/// <summary>Echo over TLS, while the connections of every process move from one of its loops to another.</summary>
internal sealed class ActorTlsMovesProgram : IModelProgram
{
    public string Name => "actor-tls-moves";

    public void Run(World world)
    {
        world.Moves = new MoveTally();
        new ActorTlsProgram().Run(world);
    }
}
