namespace FlexSc.Benchmarks.Blocking;

/// <summary>How long and how often.</summary>
/// <param name="Quick">A look instead of a measurement.</param>
/// <param name="Rounds">Times that each program is run on each dispatcher.</param>
/// <param name="BlockingActors">Actors that block in each of their messages.</param>
/// <param name="BlockTimes">Messages of each of these.</param>
/// <param name="BlockMs">How long they block, where that can be chosen.</param>
/// <param name="ComputingActors">Actors that do not block.</param>
/// <param name="ComputeTimes">Messages of each of these.</param>
/// <param name="Bar">Time to finish on FlexSC's dispatcher relative to the stock one that is allowed.</param>
/// <param name="Kinds">What the blocking actors do: a program for each.</param>
internal sealed record BlockingOptions(
    bool Quick,
    int Rounds,
    int BlockingActors,
    int BlockTimes,
    int BlockMs,
    int ComputingActors,
    int ComputeTimes,
    double Bar,
    IReadOnlyList<string> Kinds)
{
    /// <summary>As tests/peers/BlockingProgram has them; the first one has the four behind it in it.</summary>
    public static IReadOnlyList<string> AllKinds { get; } = ["mix", "sleep", "file", "wait", "result", "brief", "uneven"];
}
