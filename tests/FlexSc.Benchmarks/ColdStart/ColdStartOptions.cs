namespace FlexSc.Benchmarks.ColdStart;

/// <summary>How long and how often.</summary>
/// <param name="Quick">A look instead of a measurement.</param>
/// <param name="Launches">Times that each variant is started.</param>
/// <param name="EarlySeconds">Seconds from the load's begin that have to be as those later.</param>
/// <param name="LateAfterSeconds">When later is.</param>
/// <param name="LateSeconds">How long it is looked at.</param>
/// <param name="OfferedPerSecond">Requests a second.</param>
/// <param name="Connections">On so many connections in turn.</param>
/// <param name="Bar">p99 early relative to later that is allowed.</param>
/// <param name="KeepsCoresAwake">Whether a core that is idle is kept from halting.</param>
/// <param name="Variants">Names of those that take part.</param>
/// <param name="Cores">Where server and generator run, in words.</param>
internal sealed record ColdStartOptions(
    bool Quick,
    int Launches,
    int EarlySeconds,
    int LateAfterSeconds,
    int LateSeconds,
    int OfferedPerSecond,
    int Connections,
    double Bar,
    bool KeepsCoresAwake,
    IReadOnlyList<string> Variants,
    string Cores)
{
    /// <summary>Length of a load.</summary>
    public int LoadSeconds => LateAfterSeconds + LateSeconds;
}
