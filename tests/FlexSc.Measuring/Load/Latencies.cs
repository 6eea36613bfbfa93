using System.Diagnostics;
using HdrHistogram;

namespace FlexSc.Measuring.Load;

/// <summary>Latencies in nanoseconds up to a minute, to three digits.</summary>
internal sealed class Latencies
{
    private const int SignificantDigits = 3;
    private const long MaxNs = 60_000_000_000;
    private const double NsPerUs = 1000;

    private readonly LongHistogram _histogram = new(MaxNs, SignificantDigits);

    /// <exception cref="MeasurementException">The clock does not count nanoseconds, which are recorded as they come.</exception>
    public static void RequireNanosecondClock()
    {
        if (Stopwatch.Frequency != 1_000_000_000)
        {
            throw new MeasurementException($"the clock counts {Stopwatch.Frequency} ticks a second, not nanoseconds");
        }
    }

    public void Record(long nanoseconds) => _histogram.RecordValue(Math.Clamp(nanoseconds, 1, MaxNs));

    public LoadResult ToResult(long requests, long errors, string errorText) =>
        new(requests, Percentile(50), Percentile(99), Percentile(99.9), errors, errorText);

    public LoadInterval ToInterval() => new(_histogram.TotalCount, Percentile(50), Percentile(99), Percentile(100));

    private double Percentile(double percentile) =>
        _histogram.TotalCount == 0 ? 0 : _histogram.GetValueAtPercentile(percentile) / NsPerUs;
}
