namespace FlexSc.Akka.Loops;

/// <summary>Figures of one loop, as read from another thread: possibly a turn old.</summary>
/// <param name="Index">Number of the loop, from 0.</param>
/// <param name="Backend">Name of the backend that executes its entries.</param>
/// <param name="Cpu">Core it is pinned to, or null.</param>
/// <param name="Turns">Turns made.</param>
/// <param name="Submissions">System calls submitted through the page.</param>
/// <param name="Traps">Traps into the kernel made for them.</param>
/// <param name="Connections">Open connections.</param>
/// <param name="RefusedConnections">Connections reset because the page set had no room for them.</param>
public sealed record LoopFigures(
    int Index, string Backend, int? Cpu, long Turns, long Submissions, long Traps, int Connections, long RefusedConnections)
{
    /// <summary>Connections that came from other loops.</summary>
    public long ArrivedConnections { get; init; }

    /// <summary>Connections that left for other loops.</summary>
    public long DepartedConnections { get; init; }

    internal static LoopFigures Of(ActorLoop loop) => new(
        loop.Index, loop.Loop.BackendName, loop.Loop.Options.Cpu, loop.Loop.Turns, loop.Loop.Submissions, loop.Loop.Traps,
        loop.Io.ConnectionCount, loop.Io.RefusedConnections)
    {
        ArrivedConnections = loop.Io.ArrivedConnections,
        DepartedConnections = loop.Io.DepartedConnections,
    };
}
