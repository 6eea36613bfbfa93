namespace FlexSc.Interop.Backends;

/// <summary>
/// Whether a wait asks for a batch. A busy loop that is woken for every request or two spends a good part of its time on going
/// to sleep and waking up; when it waits a little for more, one wake-up serves many. It is tried when completions come in more
/// than singly, and given up for a while when the time for a batch runs out with few, or when fewer come in the same time:
/// then the other side waits for the very answers that the batch holds back.
/// </summary>
/// <param name="microseconds">Longest wait for a batch; 0 is off.</param>
/// <param name="clock">What rates are measured by.</param>
internal sealed class BatchWait(int microseconds, TimeProvider clock)
{
    /// <summary>Completions that fill a batch.</summary>
    private const uint BatchCompletions = 32;

    /// <summary>A batch that ran out with fewer was not worth its time: four in a row end the attempt.</summary>
    private const uint WorthwhileCompletions = 3;

    private const int PoorBatchesToStop = 4;

    /// <summary>Batches after which an attempt is judged by what came in its time.</summary>
    private const int BatchesToJudge = 32;

    /// <summary>Part of the rate without batches below which they do harm. A machine's noise moves a rate less.</summary>
    private const double HarmfulRate = 0.75;

    /// <summary>Batches after which the rate without them is measured again: the load may have become another.</summary>
    private const int BatchesToLast = 4096;

    /// <summary>Waits without a batch that a rate is measured over.</summary>
    private const int WaitsToMeasure = 256;

    /// <summary>Waits before it is tried again. Each attempt in a row that did harm doubles them.</summary>
    private const int WaitsBetweenAttempts = 1024;

    private const int MostWaitsBetweenAttempts = 65_536;

    /// <summary>Waits for one completion after another thread woke the loop: what that thread brings should not wait.</summary>
    private const int WaitsAfterWake = 64;

    /// <summary>Average that begins an attempt: one and a half completions a wait.</summary>
    private const float AverageToStart = 1.5f;

    private const float AverageWeight = 1 / 16f;

    private float _average = 1;
    private bool _batching;

    // Batches did well; they pause for their rate to be compared once more.
    private bool _comparing;
    private int _batches;
    private int _poorBatches;
    private int _waitsAfterWake;
    private int _waitsToNextAttempt;
    private int _waitsAfterHarm = WaitsBetweenAttempts;

    // What the period under measurement has brought, and the rate of the last one without batches; 0 before the first.
    private long _periodStart = clock.GetTimestamp();
    private long _periodCompletions;
    private int _periodWaits;
    private double _plainRate;

    public uint Microseconds => (uint)microseconds;

    /// <summary>Completions to ask for, beyond those of the calls that go out with the wait.</summary>
    /// <param name="allowed">False when a call is in flight whose completion someone waits for.</param>
    public uint Next(bool allowed) => allowed && _batching && _waitsAfterWake == 0 && microseconds > 0 ? BatchCompletions : 1;

    /// <summary>Learns from a wait.</summary>
    /// <param name="asked">What <see cref="Next"/> answered.</param>
    /// <param name="came">Completions that came, beyond those of the calls that went out with it.</param>
    public void OnWaited(uint asked, uint came)
    {
        _periodCompletions += came;
        if (_waitsAfterWake > 0)
        {
            _waitsAfterWake--;
        }

        if (asked > 1)
        {
            JudgeBatch(came);
        }
        else if (!_batching)
        {
            LearnFromPlain(came);
        }
    }

    /// <summary>Another thread woke the loop.</summary>
    public void OnWoken() => _waitsAfterWake = WaitsAfterWake;

    private void LearnFromPlain(uint came)
    {
        if (came > 0)
        {
            // A wait that ended with nothing beyond its own calls says nothing about what comes in.
            _average += (came - _average) * AverageWeight;
        }

        if (_waitsToNextAttempt > 0)
        {
            _waitsToNextAttempt--;
        }

        if (++_periodWaits == WaitsToMeasure)
        {
            _plainRate = EndPeriod();
            if (_waitsToNextAttempt == 0 && (_comparing || _average >= AverageToStart))
            {
                _batching = true;
                _comparing = false;
                _batches = 0;
                _poorBatches = 0;
            }
        }
    }

    private void JudgeBatch(uint came)
    {
        _batches++;
        _poorBatches = came >= WorthwhileCompletions ? 0 : _poorBatches + 1;
        if (_poorBatches == PoorBatchesToStop)
        {
            Stop(WaitsBetweenAttempts);
        }
        else if (_batches == BatchesToJudge && EndPeriod() < HarmfulRate * _plainRate)
        {
            Stop(_waitsAfterHarm);
            _waitsAfterHarm = Math.Min(_waitsAfterHarm * 2, MostWaitsBetweenAttempts);
        }
        else if (_batches == BatchesToLast)
        {
            _waitsAfterHarm = WaitsBetweenAttempts;
            _comparing = true;
            Stop(0);
        }
    }

    private void Stop(int waits)
    {
        _batching = false;
        _waitsToNextAttempt = waits;
        _ = EndPeriod();
    }

    /// <returns>Completions in a unit of the clock.</returns>
    private double EndPeriod()
    {
        long now = clock.GetTimestamp();
        double rate = (double)_periodCompletions / Math.Max(1, now - _periodStart);
        _periodStart = now;
        _periodCompletions = 0;
        _periodWaits = 0;
        return rate;
    }
}
