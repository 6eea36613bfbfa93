namespace FlexSc.Benchmarks.Stalls;

/// <summary>One way to hold up a loop.</summary>
/// <param name="Name">As the option and the tables spell it.</param>
/// <param name="Loops">Loops of the server: one where all neighbours are to share it.</param>
internal sealed record StallCase(string Name, int Loops)
{
    /// <summary>The loop whose handler deadlocks; null where none does.</summary>
    public int? DeadlockedLoop { get; init; }

    /// <summary>As the server is told to block or compute.</summary>
    public string Way { get; init; } = "";

    /// <summary>
    /// All, in the order of the tables. One of the two loops accepts connections and runs the actor that is told of them; which, is the
    /// product's to choose, so each of them has its turn.
    /// </summary>
    public static IReadOnlyList<StallCase> All { get; } =
    [
        new("block", Loops: 1) { Way = "block" },
        new("compute", Loops: 1) { Way = "compute" },
        new("deadlock-loop-0", Loops: 2) { DeadlockedLoop = 0 },
        new("deadlock-loop-1", Loops: 2) { DeadlockedLoop = 1 },
    ];

    /// <summary>How long a handler takes for a message.</summary>
    public int MillisecondsOf(StallsOptions options) => Way == "compute" ? options.ComputeMs : options.BlockMs;
}
