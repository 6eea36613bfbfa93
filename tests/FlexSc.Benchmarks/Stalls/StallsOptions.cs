namespace FlexSc.Benchmarks.Stalls;

/// <summary>How long and how often.</summary>
/// <param name="Quick">A look instead of a measurement.</param>
/// <param name="Rounds">Times that the server is started anew for each case.</param>
/// <param name="WarmUpSeconds">Load before anything is measured.</param>
/// <param name="Seconds">Of the load before, of its control, and of the load after.</param>
/// <param name="OfferedPerSecond">Requests a second that the neighbours ask.</param>
/// <param name="Connections">Neighbours.</param>
/// <param name="BlockMs">How long the handler that blocks does, for each message.</param>
/// <param name="ComputeMs">How long the handler that computes does, for each message.</param>
/// <param name="GiveUpMs">flexsc.loops.give-up-ms, where a handler deadlocks.</param>
/// <param name="NewConnections">New connections that are tried when the loop was given up, and new actors.</param>
/// <param name="Bar">p99 after relative to before that is allowed.</param>
/// <param name="KeepsCoresAwake">Whether a core that is idle is kept from halting.</param>
/// <param name="GeneratorIsFirst">Whether the generator has its core before what the server runs there.</param>
/// <param name="Cases">Names of those that take part.</param>
internal sealed record StallsOptions(
    bool Quick,
    int Rounds,
    double WarmUpSeconds,
    double Seconds,
    int OfferedPerSecond,
    int Connections,
    int BlockMs,
    int ComputeMs,
    int GiveUpMs,
    int NewConnections,
    double Bar,
    bool KeepsCoresAwake,
    bool GeneratorIsFirst,
    IReadOnlyList<string> Cases);
