using FlexSc.Benchmarks.Peers;
using FlexSc.Benchmarks.Run;

namespace FlexSc.Benchmarks.Parts;

/// <summary>Where servers run in the groups of a run.</summary>
internal sealed class Cores(RunOptions options)
{
    /// <summary>One core of its own, or none in particular where nothing is pinned.</summary>
    public PeerPlace One { get; } = new(options.ServerCore is { } core ? [core] : null, 1, null);

    /// <summary>Both cores, which the generator has as well.</summary>
    public PeerPlace Both(int loops) => new(BothCores, loops, null) { IsShared = true };

    public IReadOnlyList<int>? BothCores { get; } = options is { Pinned: true, OneCore: false } ? [options.ServerCore!.Value, options.GeneratorCore!.Value] : null;

    /// <summary>How many loops or threads serve where all cores are to be had.</summary>
    public int All => BothCores?.Count ?? Math.Min(2, Environment.ProcessorCount);

    public int? Generator => options.GeneratorCore;
}
