namespace FlexSc.Examples.Shared;

/// <summary>
/// Something that happens again and again while a condition lasts, told once when it begins and once when it is over: a line for each
/// time would be what fills the log, and the machine. It is over when it has not happened for a while. From any thread.
/// </summary>
/// <param name="quietMs">Milliseconds without it after which it is over.</param>
/// <param name="began">Told at the first time.</param>
/// <param name="ended">Told at the end, with the number of times and the milliseconds from the first to the last.</param>
/// <param name="clock">What time is taken from.</param>
internal sealed class Episode(int quietMs, Action began, Action<long, long> ended, TimeProvider? clock = null) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private ITimer? _timer;
    private long _times;
    private long _firstStamp;
    private long _lastStamp;
    private bool _disposed;

    /// <summary>It happened.</summary>
    public void Happened()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _lastStamp = _clock.GetTimestamp();
            if (++_times > 1)
            {
                return;
            }

            // Looks only while it lasts: a service with nothing to tell wakes up for nothing.
            _firstStamp = _lastStamp;
            TimeSpan interval = TimeSpan.FromMilliseconds(quietMs);
            _timer = _clock.CreateTimer(static state => ((Episode)state!).Look(), this, interval, interval);
        }

        began();
    }

    /// <summary>Ends one that lasts.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
        }

        End(force: true);
    }

    private void Look() => End(force: false);

    private void End(bool force)
    {
        long times;
        long lastedMs;
        lock (_gate)
        {
            if (_times == 0 || (!force && _clock.GetElapsedTime(_lastStamp).TotalMilliseconds < quietMs))
            {
                return;
            }

            times = _times;
            lastedMs = (long)_clock.GetElapsedTime(_firstStamp, _lastStamp).TotalMilliseconds;
            _times = 0;
            _timer?.Dispose();
            _timer = null;
        }

        ended(times, lastedMs);
    }
}
