using System.Diagnostics.Metrics;

namespace FlexSc.Akka.Hosting;

/// <summary>What calls of one name took since the last look.</summary>
/// <param name="Call">Its name.</param>
/// <param name="Count">How many completed.</param>
/// <param name="TotalSeconds">What they took together, from submission to completion.</param>
/// <param name="LongestSeconds">What the longest took.</param>
internal readonly record struct CallLatency(string Call, long Count, double TotalSeconds, double LongestSeconds);

/// <summary>
/// Listens to <c>flexsc.completion.duration</c> of docs/metrics.md: calls of all loops of the process, but for those that complete many
/// times. While it listens each call costs two looks at the clock, so there is one only while somebody looks.
/// </summary>
internal sealed class CallLatencies : IDisposable
{
    private const string Instrument = "flexsc.completion.duration";
    private const string CallTag = "flexsc.call";

    // Loops record on their own threads and do not wait for each other.
    private readonly ThreadLocal<Cells> _cells = new(static () => new Cells(), trackAllValues: true);
    private readonly MeterListener _listener = new();

    public CallLatencies()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == FlexScTelemetry.Name && instrument.Name == Instrument)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((_, seconds, tags, _) => _cells.Value!.Add(CallOf(tags), seconds));
        _listener.Start();
    }

    /// <summary>What there was since the last time, the most frequent call first.</summary>
    public IReadOnlyList<CallLatency> Take() =>
    [
        .. _cells.Values.SelectMany(static cells => cells.Take()).GroupBy(static latency => latency.Call)
            .Select(static same => new CallLatency(
                same.Key, same.Sum(static latency => latency.Count), same.Sum(static latency => latency.TotalSeconds),
                same.Max(static latency => latency.LongestSeconds)))
            .OrderByDescending(static latency => latency.Count).ThenBy(static latency => latency.Call, StringComparer.Ordinal),
    ];

    // The cells are left to the collector: a loop may be about to record.
    public void Dispose() => _listener.Dispose();

    private static string CallOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (KeyValuePair<string, object?> tag in tags)
        {
            if (tag.Key == CallTag)
            {
                return tag.Value as string ?? "";
            }
        }

        return "";
    }

    /// <summary>Of one thread.</summary>
    private sealed class Cells
    {
        private readonly Lock _gate = new();
        private Dictionary<string, CallLatency> _byCall = [];

        public void Add(string call, double seconds)
        {
            lock (_gate)
            {
                CallLatency before = _byCall.GetValueOrDefault(call);
                double longest = Math.Max(before.LongestSeconds, seconds);
                _byCall[call] = new CallLatency(call, before.Count + 1, before.TotalSeconds + seconds, longest);
            }
        }

        public Dictionary<string, CallLatency>.ValueCollection Take()
        {
            lock (_gate)
            {
                Dictionary<string, CallLatency> taken = _byCall;
                _byCall = [];
                return taken.Values;
            }
        }
    }
}
