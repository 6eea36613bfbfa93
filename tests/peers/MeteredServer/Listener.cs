using System.Diagnostics.Metrics;
using FlexSc.Akka;

namespace FlexSc.Peers.Metered;

/// <summary>The least that a reader does: a .NET listener of all instruments, which sums what it is told and asks once a second.</summary>
internal sealed class Listener : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Timer _timer;
    private long _longs;
    private double _doubles;

    public Listener()
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
        _timer = new Timer(_ => _listener.RecordObservableInstruments(), null, Watch.Interval, Watch.Interval);
    }

    public void Dispose()
    {
        using ManualResetEvent ended = new(false);
        _timer.Dispose(ended);
        ended.WaitOne();
        _listener.Dispose();
        GC.KeepAlive((_longs, _doubles));
    }
}
