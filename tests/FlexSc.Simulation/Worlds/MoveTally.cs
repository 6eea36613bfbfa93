namespace FlexSc.Simulation.Worlds;

/// <summary>Moves of connections between loops: how many were asked for, and what became of them.</summary>
internal sealed class MoveTally
{
    /// <summary>Moves that a process asks for at the most: what is left behind is found when nothing happens any more.</summary>
    public const int MostOfProcess = 200;

    /// <summary>Whether plans have actors and their connections move, or connections are asked one by one.</summary>
    public bool IsByPlan { get; init; }

    /// <summary>Connections that live on another loop since.</summary>
    public int Moved { get; set; }

    /// <summary>Connections that stayed, by the reason.</summary>
    public int Refused { get; set; }
}
