using FlexSc.Measuring;
using FlexSc.Measuring.Counters;
using FlexSc.Measuring.Load;

namespace FlexSc.Benchmarks.Report;

/// <summary>One peer under one load, over its rounds. Figures are null where no round was good.</summary>
/// <param name="CpuRatio">CPU per request relative to the baseline: the median over rounds of the ratio within the round.</param>
/// <param name="ThroughputRatio">Likewise; null where either row's throughput was not the server's limit.</param>
internal sealed record Row(
    string Peer,
    LoadShape Shape,
    int GoodRounds,
    Spread? CpuUsPerRequest,
    Spread? CpuRatio,
    TrapFigure Traps,
    Spread? AllocatedBytesPerRequest,
    Spread? ContextSwitchesPerRequest,
    Spread? RequestsPerSecond,
    Spread? ThroughputRatio,
    Spread? P50Us,
    Spread? P99Us,
    Spread? P999Us,
    Spread? ServerPercent,
    Spread? GeneratorPercent,
    Spread? SystemTimeSharePercent,
    IReadOnlyList<string> Remarks)
{
    /// <summary>Whether its rounds differ by more than the bound: such a row has no figure for a target.</summary>
    public bool IsTooSpread => Remarks.Any(remark => remark.StartsWith(RowRemarks.Spread, StringComparison.Ordinal));
}

/// <summary>What a row may be marked with; a remark with an explanation has it after a colon.</summary>
internal static class RowRemarks
{
    /// <summary>The generator used its core up and the server did not: throughput says nothing, the cost of a request does.</summary>
    public const string GeneratorBound = "generator-bound";

    /// <summary>Neither used its core up.</summary>
    public const string NotSaturated = "not saturated";

    /// <summary>Both had all cores: the same, except where a group compares throughput.</summary>
    public const string SharedCores = "cores shared with the generator";

    /// <summary>The rounds lie too far apart.</summary>
    public const string Spread = "spread";
}
