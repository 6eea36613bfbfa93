using FlexSc.Measuring.Load;

namespace FlexSc.Benchmarks.Load.Http;

/// <summary>Latencies by the span in which a request was meant to be sent, so that a stall counts where it began.</summary>
internal sealed class PacedIntervals
{
    private readonly Latencies[] _intervals;
    private readonly long _lengthNs;

    /// <param name="length">Of a span.</param>
    /// <param name="duration">Of the load; what is meant to be sent later counts in the last span.</param>
    public PacedIntervals(TimeSpan length, TimeSpan duration)
    {
        _lengthNs = length.Ticks * TimeSpan.NanosecondsPerTick;
        _intervals = [.. Enumerable.Range(0, Math.Max(1, (int)Math.Ceiling(duration / length))).Select(static _ => new Latencies())];
    }

    /// <param name="intendedNs">When the request was meant to be sent, from the load's begin.</param>
    /// <param name="latencyNs">What its answer took from then on.</param>
    public void Record(long intendedNs, long latencyNs) =>
        _intervals[Math.Min(intendedNs / _lengthNs, _intervals.Length - 1)].Record(latencyNs);

    public IReadOnlyList<LoadInterval> ToList() => [.. _intervals.Select(static interval => interval.ToInterval())];
}
