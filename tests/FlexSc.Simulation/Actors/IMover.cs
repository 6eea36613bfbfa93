using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Actors;

/// <summary>Has connections of a process live on another of its loops, at steps that the seed decides.</summary>
internal interface IMover : ISteppable
{
    /// <summary>Nothing that it has asked for is under way.</summary>
    bool IsDone { get; }
}
