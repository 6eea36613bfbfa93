using System.Diagnostics.Metrics;
using FlexSc.Akka;

namespace FlexSc.Peers.Metered;

/// <summary>The least that a reader does: a .NET listener of all instruments, which sums what it is told.</summary>
internal sealed class Listener : IReader
{
    private readonly MeterListener _listener = new();
    private readonly Timer? _timer;
    private long _longs;
    private double _doubles;

    /// <param name="every">How often it reads by itself; null for never.</param>
    public Listener(TimeSpan? every)
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == FlexScTelemetry.Name)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };

        // One loop records, and the timer reads the rest: two writers whose sums nobody needs to be exact.
        _listener.SetMeasurementEventCallback<long>((_, value, _, _) => _longs += value);
        _listener.SetMeasurementEventCallback<int>((_, value, _, _) => _longs += value);
        _listener.SetMeasurementEventCallback<double>((_, value, _, _) => _doubles += value);
        _listener.Start();
        if (every is { } interval)
        {
            _timer = new Timer(_ => Read(), null, interval, interval);
        }
    }

    public void Read() => _listener.RecordObservableInstruments();

    public void Dispose()
    {
        using ManualResetEvent ended = new(false);
        if (_timer?.Dispose(ended) == true)
        {
            ended.WaitOne();
        }

        _listener.Dispose();
        GC.KeepAlive((_longs, _doubles));
    }
}
