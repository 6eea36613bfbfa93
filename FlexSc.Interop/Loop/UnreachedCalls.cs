namespace FlexSc.Interop.Loop;

/// <summary>
/// Calls that a cancellation did not reach, although they are in flight: they are asked again until they have ended. io_uring does not
/// find a call while it changes hands, which a send does after 128 waits for room (io_uring/poll.c, io-wq.c), and a thread of its own that
/// is interrupted in a part of a send goes on with the rest. On the loop's thread.
/// </summary>
internal sealed class UnreachedCalls(SyscallLoop loop) : LoopTimer
{
    /// <summary>Pause before a call is asked again for the first time.</summary>
    public const int FirstPauseMs = 10;

    /// <summary>
    /// Longest pause, to which each one doubles. A call that can be reached at all is so within the first few. One that cannot be interrupted, as
    /// a thread's that waits for a disk or a file system that hangs, wakes an idle loop once in so long and no more, until it has ended.
    /// </summary>
    public const int MostPauseMs = FirstPauseMs << 9;

    /// <summary>To be asked when the time comes.</summary>
    private HashSet<ulong> _waiting = [];

    /// <summary>Asked when it came last.</summary>
    private HashSet<ulong> _asked = [];
    private int _pauseMs = FirstPauseMs;

    /// <summary>A call was not reached.</summary>
    public void Add(ulong target)
    {
        if (!_asked.Contains(target))
        {
            // It may end soon, whatever others do.
            _pauseMs = FirstPauseMs;
            loop.StopTimer(this);
        }

        _waiting.Add(target);
        if (!IsStarted)
        {
            loop.StartTimer(this, _pauseMs);
        }
    }

    protected internal override void OnDue(SyscallLoop loop)
    {
        (_waiting, _asked) = (_asked, _waiting);
        _waiting.Clear();
        _pauseMs = Math.Min(2 * _pauseMs, MostPauseMs);
        foreach (ulong target in _asked)
        {
            loop.RequestCancellation(target);
        }
    }
}
