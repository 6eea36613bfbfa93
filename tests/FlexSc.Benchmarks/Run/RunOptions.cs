using FlexSc.Benchmarks.Servers;

namespace FlexSc.Benchmarks.Run;

/// <summary>What a comparison does, apart from the protocol.</summary>
/// <param name="ServerCore">Null when nothing is pinned.</param>
/// <param name="GeneratorCore">Null when nothing is pinned; equal to the server's where there is one usable core.</param>
/// <param name="FirstWarmUpSeconds">Load on a fresh server: on one full core the runtime takes seconds to compile what is hot.</param>
/// <param name="WarmUpSeconds">Load before the rounds of each variant and load shape.</param>
/// <param name="TrapSeconds">Length of the window in which system calls are counted; 0 leaves them uncounted.</param>
/// <param name="MaxSpreadPercent">Difference of largest and smallest CPU per request, relative to the median, above which a row is marked.</param>
internal sealed record RunOptions(
    IReadOnlyList<Variant> Variants,
    int Rounds,
    double Seconds,
    double FirstWarmUpSeconds,
    double WarmUpSeconds,
    double TrapSeconds,
    double MaxSpreadPercent,
    int? ServerCore,
    int? GeneratorCore)
{
    public bool Pinned => ServerCore is not null;

    public bool OneCore => Pinned && ServerCore == GeneratorCore;
}
