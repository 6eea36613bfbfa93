namespace FlexSc.Simulation.Worlds;

/// <summary>A program that runs in a world and checks what it sees there.</summary>
internal interface IModelProgram
{
    string Name { get; }

    /// <exception cref="SimulationFailure">Something is wrong.</exception>
    void Run(World world);
}
