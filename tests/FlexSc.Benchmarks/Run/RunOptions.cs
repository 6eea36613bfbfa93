using FlexSc.Benchmarks.Peers;

namespace FlexSc.Benchmarks.Run;

/// <summary>How long and how often, and on which cores: the same for all groups of a run unless one says otherwise.</summary>
/// <param name="Quick">A look instead of a measurement.</param>
/// <param name="Rounds">Rounds of a table.</param>
/// <param name="Seconds">Measured window of a cell.</param>
/// <param name="FirstWarmUpSeconds">Load on a fresh server that is compiled while it runs: that takes seconds on one full core.</param>
/// <param name="WarmUpSeconds">Load before the rounds of each table, and the first load on a server that is compiled already.</param>
/// <param name="TrapSeconds">Length of the window in which system calls are counted; 0 leaves them uncounted.</param>
/// <param name="MaxSpreadPercent">Bound of the spread over the rounds, above which a row is marked and has no figure for a target.</param>
/// <param name="ServerCore">Null when nothing is pinned.</param>
/// <param name="GeneratorCore">Null when nothing is pinned; equal to the server's where there is one usable core.</param>
/// <param name="Only">Names of the peers to run; null for all.</param>
internal sealed record RunOptions(
    bool Quick,
    int Rounds,
    double Seconds,
    double FirstWarmUpSeconds,
    double WarmUpSeconds,
    double TrapSeconds,
    double MaxSpreadPercent,
    int? ServerCore,
    int? GeneratorCore,
    IReadOnlyList<string>? Only)
{
    public bool Pinned => ServerCore is not null;

    public bool OneCore => Pinned && ServerCore == GeneratorCore;

    /// <summary>The control doubles the baseline's time, so that it has to be asked for.</summary>
    public bool Includes(string peer) => Only?.Contains(peer) ?? peer != PeerNames.AkkaIoControl;
}
