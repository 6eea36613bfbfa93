using System.Globalization;

namespace FlexSc.LoadTests.Report;

/// <summary>Tells when a run says more about the generator than about the server.</summary>
internal static class GeneratorWarning
{
    /// <summary>Default of <c>--max-generator-lag-ms</c>: how late, at the 99th percentile, the generator itself may start iterations of an open load.</summary>
    public const double DefaultMaxLagMs = 10;

    /// <returns>Null when the generator kept its times, or the engine does not know.</returns>
    public static string? For(EngineFigures figures, double maxLagMs) => figures.GeneratorLag is { } lag && lag.P99Ms > maxLagMs
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"the generator itself was late: it started iterations {lag.P99Ms:0.0} ms (p99) and {lag.MaxMs:0.0} ms (max) after they were due, more than --max-generator-lag-ms {maxLagMs:0.###}; the latencies contain that time. Lower --scale, or give the generator cores of its own")
        : null;
}
