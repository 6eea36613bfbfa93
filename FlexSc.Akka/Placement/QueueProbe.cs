using FlexSc.Akka.Loops;

namespace FlexSc.Akka.Placement;

/// <summary>What a probe found.</summary>
/// <param name="Work">Mailboxes and other work that were run before it; 0 when none was, or the loop slept.</param>
/// <param name="WaitMicroseconds">How long it waited for its turn.</param>
internal readonly record struct QueueFinding(long Work, double WaitMicroseconds);

/// <summary>
/// Finds out how long work waits on a loop, and behind how much, by waiting there itself: put in at each look, as other threads put theirs,
/// and asked at the next one. A loop that sleeps is not woken for it: nothing waits there. Looked at by one thread at a time.
/// </summary>
internal sealed class QueueProbe(ActorLoop loop) : ILoopWork
{
    private readonly TimeProvider _clock = loop.Group.Clock;
    private bool _isOut;
    private long _putAt;
    private long _runsBefore;
    private QueueFinding _found;
    private volatile bool _hasRun;

    /// <summary>What the probe of the look before found, or has found so far when its turn has not come yet; puts the next one.</summary>
    public QueueFinding Look()
    {
        QueueFinding found = !_isOut ? default : _hasRun ? _found : FindingNow();
        LoopActivity activity = loop.Activity;
        if ((!_isOut || _hasRun) && !activity.IsParked)
        {
            _putAt = _clock.GetTimestamp();
            _runsBefore = activity.Runs;
            _hasRun = false;
            _isOut = loop.TrySchedule(this);
        }
        else
        {
            _isOut &= !_hasRun;
        }

        return found;
    }

    public void Execute() => Run();

    public void Run()
    {
        // It has been counted itself by now.
        QueueFinding now = FindingNow();
        _found = now with { Work = Math.Max(0, now.Work - 1) };
        _hasRun = true;
    }

    /// <summary>The loop has ended, and nothing waits there any more.</summary>
    public void OnNotRun()
    {
        _found = default;
        _hasRun = true;
    }

    private QueueFinding FindingNow() => new(loop.Activity.Runs - _runsBefore, _clock.GetElapsedTime(_putAt).TotalMicroseconds);
}
