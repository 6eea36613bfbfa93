using FlexSc.Measuring;
using FlexSc.Measuring.Load;

namespace FlexSc.Benchmarks.ColdStart;

/// <summary>One start of one variant.</summary>
/// <param name="StartMs">From the start of its process to where it listens, its warm-up included.</param>
/// <param name="Seconds">The requests of each second of the load.</param>
/// <param name="EarlyCpuUs">CPU time for each request in the first seconds.</param>
/// <param name="LateCpuUs">The same later.</param>
/// <param name="ResidentMiB">Memory at the end.</param>
/// <param name="Description">What the server says of itself.</param>
internal sealed record ColdStartLaunch(
    string Variant,
    int Launch,
    double StartMs,
    IReadOnlyList<LoadInterval> Seconds,
    double EarlyCpuUs,
    double LateCpuUs,
    double ResidentMiB,
    string Description)
{
    /// <summary>p99 of the first seconds: the median of them.</summary>
    public double EarlyP99Us(ColdStartOptions options) => MedianOf(Seconds.Take(options.EarlySeconds));

    /// <summary>p99 later: the median of those seconds.</summary>
    public double LateP99Us(ColdStartOptions options) => MedianOf(Seconds.Skip(options.LateAfterSeconds).Take(options.LateSeconds));

    /// <summary>p99 of the worst of the first seconds.</summary>
    public double WorstP99Us(ColdStartOptions options) => Seconds.Take(options.EarlySeconds).Max(static second => second.P99Us);

    private static double MedianOf(IEnumerable<LoadInterval> seconds) => Spread.Of(seconds.Select(static second => second.P99Us))!.Median;
}
