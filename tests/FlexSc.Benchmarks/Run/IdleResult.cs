using FlexSc.Benchmarks.Report;

namespace FlexSc.Benchmarks.Run;

/// <summary>A server with open, silent connections. Figures are null where the variant is not available.</summary>
/// <param name="Started">Whether the server listened at all.</param>
/// <param name="CpuPercent">CPU time of the window as a share of one core.</param>
/// <param name="BytesPerConnection">Growth of resident memory while the connections were opened and used once, divided by their number.</param>
internal sealed record IdleResult(
    string Variant,
    bool IsFlexSc,
    bool Started,
    int Connections,
    string Description,
    double? CpuPercent,
    double? ContextSwitchesPerSecond,
    double? BytesPerConnection,
    double? ResidentMiBBefore,
    IReadOnlyList<string> Remarks)
{
    /// <summary>The bound is for the project's own variants, with the number of connections it was set for.</summary>
    public string Verdict => !IsFlexSc || Connections != Targets.IdleConnections ? "-"
        : CpuPercent is not { } percent ? "not measured"
        : percent <= Targets.IdlePercentBound ? "met" : "missed";
}
