namespace FlexSc.Akka.IO;

/// <summary>
/// Tells bursts of writes from single ones. A single write is cheapest on the thread that tells it; those of a burst are cheaper on the
/// loop, which gathers them into one send. Burst follows burst, so after one the next writes go to the loop unseen, ever more of them
/// until single ones are seen again. Of the thread that has the output.
/// </summary>
/// <param name="clock">What time is measured by.</param>
internal sealed class WriteBursts(TimeProvider clock)
{
    /// <summary>Writes in quick succession that are no burst yet: a header, a body, and an end are three.</summary>
    public const int MostQuickWrites = 4;

    /// <summary>Writes that go to the loop after a first burst.</summary>
    public const int FirstGathered = 64;

    /// <summary>Most writes that go to the loop before the next one is tried.</summary>
    public const int MostGathered = 4096;

    /// <summary>
    /// A write that follows the last one sent in less is told by the same message's handling, where the handler was told nothing
    /// meanwhile. The time alone does not say it: a thread that wakes the peer by its send may lose its core to it, and go on when the
    /// peer's next request is there.
    /// </summary>
    private const int QuickMicroseconds = 5;

    private readonly long _quickTicks = QuickMicroseconds * clock.TimestampFrequency / 1_000_000;
    private long _lastSent;
    private int _receptions;
    private int _quickWrites;
    private int _singleWrites;
    private int _toGather;
    private int _nextGathered = FirstGathered;

    /// <summary>
    /// Counts a write that goes to the loop because of an earlier burst. From any thread: two at a time may count as one, and then one
    /// write more goes to the loop.
    /// </summary>
    public bool TakesGathered()
    {
        if (_toGather <= 0)
        {
            return false;
        }

        _toGather--;
        return true;
    }

    /// <summary>Whether a write is a single one, to be sent here.</summary>
    /// <param name="receptions">Counts what the handler was told of the peer's: it may answer what came since the write before.</param>
    public bool IsSingle(int receptions)
    {
        bool mayAnswer = receptions != _receptions;
        _receptions = receptions;
        if (mayAnswer || clock.GetTimestamp() - _lastSent >= _quickTicks)
        {
            _quickWrites = 0;
            if (++_singleWrites >= MostQuickWrites)
            {
                _nextGathered = FirstGathered;
            }

            return true;
        }

        _singleWrites = 0;
        if (++_quickWrites < MostQuickWrites)
        {
            return true;
        }

        _quickWrites = 0;
        _toGather = _nextGathered;
        _nextGathered = Math.Min(_nextGathered * 2, MostGathered);
        return false;
    }

    /// <summary>A write was sent.</summary>
    public void OnSent() => _lastSent = clock.GetTimestamp();
}
