using System.Globalization;
using FlexSc.LoadTests.Report;

namespace FlexSc.LoadTests.Scenarios.Model;

/// <summary>What a threshold looks at.</summary>
internal enum ThresholdFigure
{
    /// <summary>Failed iterations, in percent of all; at most.</summary>
    FailedPercent,

    /// <summary>Median latency of good ones, ms; at most.</summary>
    P50Ms,

    /// <summary>95th percentile of the latency of good ones, ms; at most.</summary>
    P95Ms,

    /// <summary>99th percentile of the latency of good ones, ms; at most.</summary>
    P99Ms,

    /// <summary>Good ones; at least.</summary>
    OkCount,

    /// <summary>Good ones per second over the whole run; at least.</summary>
    OkPerSecond,
}

/// <summary>A bound that fails the run.</summary>
/// <param name="Figure">What is bounded.</param>
/// <param name="Bound">In the figure's unit.</param>
/// <param name="Step">A step's name, or null for whole iterations.</param>
internal sealed record LoadThreshold(ThresholdFigure Figure, double Bound, string? Step = null)
{
    public bool IsLowerBound => Figure is ThresholdFigure.OkCount or ThresholdFigure.OkPerSecond;

    /// <summary>Holds a result against the bound. A figure that nothing was measured for breaks it: silence is no success.</summary>
    public ThresholdVerdict Judge(OperationFigures total, IReadOnlyList<OperationFigures> steps)
    {
        OperationFigures? figures = Step is null ? total : steps.FirstOrDefault(step => step.Name == Step);
        double? measured = figures is null ? null : Measure(figures);
        return new ThresholdVerdict(ToString(), measured, measured is { } value && Holds(value));
    }

    public bool Holds(double value) => IsLowerBound ? value >= Bound : value <= Bound;

    public override string ToString()
    {
        (string name, string unit) = Figure switch
        {
            ThresholdFigure.FailedPercent => ("failed", " %"),
            ThresholdFigure.P50Ms => ("p50", " ms"),
            ThresholdFigure.P95Ms => ("p95", " ms"),
            ThresholdFigure.P99Ms => ("p99", " ms"),
            ThresholdFigure.OkCount => ("ok", ""),
            _ => ("ok", "/s"),
        };
        return string.Create(
            CultureInfo.InvariantCulture, $"{(Step is null ? "" : Step + ": ")}{name} {(IsLowerBound ? ">=" : "<=")} {Bound:0.###}{unit}");
    }

    private double? Measure(OperationFigures figures) => Figure switch
    {
        ThresholdFigure.FailedPercent => figures.Count == 0 ? null : 100.0 * figures.FailCount / figures.Count,
        ThresholdFigure.P50Ms => figures.Latency?.P50Ms,
        ThresholdFigure.P95Ms => figures.Latency?.P95Ms,
        ThresholdFigure.P99Ms => figures.Latency?.P99Ms,
        ThresholdFigure.OkCount => figures.OkCount,
        _ => figures.OkPerSecond,
    };
}
