namespace FlexSc.Interop.Backends;

/// <summary>
/// Whether a wait asks for a batch. A busy loop that is woken for every request or two spends a good part of its time on going
/// to sleep and waking up; when it waits a little for more, one wake-up serves many. It is tried when completions come in more
/// than singly, and given up for a while when the time for a batch runs out with few.
/// </summary>
/// <param name="microseconds">Longest wait for a batch; 0 is off.</param>
internal sealed class BatchWait(int microseconds)
{
    /// <summary>Completions that fill a batch.</summary>
    private const uint BatchCompletions = 32;

    /// <summary>A batch that ran out with fewer was not worth its time: four in a row end the attempt.</summary>
    private const uint WorthwhileCompletions = 12;

    private const int PoorBatchesToStop = 4;

    /// <summary>Waits before it is tried again.</summary>
    private const int WaitsBetweenAttempts = 1024;

    /// <summary>Waits for one completion after another thread woke the loop: what that thread brings should not wait.</summary>
    private const int WaitsAfterWake = 64;

    /// <summary>Average that begins an attempt: one and a half completions a wait.</summary>
    private const float AverageToStart = 1.5f;

    private const float AverageWeight = 1 / 16f;

    private float _average = 1;
    private bool _batching;
    private int _poorBatches;
    private int _plainWaits;

    public uint Microseconds => (uint)microseconds;

    /// <summary>Completions to ask for, beyond those of the calls that go out with the wait.</summary>
    /// <param name="allowed">False when a call is in flight whose completion someone waits for.</param>
    public uint Next(bool allowed) => allowed && _batching && _plainWaits == 0 && microseconds > 0 ? BatchCompletions : 1;

    /// <summary>Learns from a wait.</summary>
    /// <param name="asked">What <see cref="Next"/> answered.</param>
    /// <param name="came">Completions that came, beyond those of the calls that went out with it.</param>
    public void OnWaited(uint asked, uint came)
    {
        if (_plainWaits > 0)
        {
            _plainWaits--;
        }
        else if (asked > 1)
        {
            JudgeBatch(came);
        }
        else if (!_batching && came > 0)
        {
            // A wait that ended with nothing beyond its own calls says nothing about what comes in.
            _average += (came - _average) * AverageWeight;
            _batching = _average >= AverageToStart;
        }
    }

    /// <summary>Another thread woke the loop.</summary>
    public void OnWoken() => _plainWaits = Math.Max(_plainWaits, WaitsAfterWake);

    private void JudgeBatch(uint came)
    {
        if (came >= WorthwhileCompletions)
        {
            _poorBatches = 0;
        }
        else if (++_poorBatches == PoorBatchesToStop)
        {
            _poorBatches = 0;
            _batching = false;
            _average = 1;
            _plainWaits = WaitsBetweenAttempts;
        }
    }
}
