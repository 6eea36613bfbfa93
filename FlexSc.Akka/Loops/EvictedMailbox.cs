using Akka.Dispatch;
using FlexSc.Interop.Linux;

namespace FlexSc.Akka.Loops;

/// <summary>
/// Runs a mailbox on the thread pool in place of its loop, and finds out when it may return. A mailbox schedules itself at most once at
/// a time, so one object serves all its runs.
/// </summary>
internal sealed class EvictedMailbox(Evictions evictions, Mailbox mailbox, ActorLoop loop, EvictionReason reason) : IRunnable
{
    /// <summary>Part of its latest runs that have to wait for brief waits to count: one now and then may come from what others do.</summary>
    private const double LeastWaitingPart = 0.25;

    /// <summary>Weight of the latest run.</summary>
    private const double LatestPart = 0.125;

    private readonly TimeProvider _clock = loop.Group.Clock;
    private readonly Lock _gate = new();
    private bool _waits;

    /// <summary>The last run that held up its loop did so by computing; the first one is taken for such a one.</summary>
    private volatile bool _computes = reason != EvictionReason.Request;

    /// <summary>Written by the run that is under way. Whoever is evicted for what it waits has waited in most of its runs.</summary>
    private double _waitingPart = reason == EvictionReason.Request ? 0 : 1;
    private bool _isRemoved;

    /// <summary>
    /// When it was slow last, by the loops' clock. The next run may have begun when the last one writes it; either value will do then.
    /// </summary>
    private long _slowAt = loop.Group.Clock.GetTimestamp();

    public Mailbox Mailbox => mailbox;

    /// <summary>The loop it left.</summary>
    public ActorLoop Loop => loop;

    public EvictionReason Reason => reason;

    public void Execute() => Run();

    public void Run()
    {
        ThreadUsage before = ThreadUsage.OfCurrentThread();
        long start = _clock.GetTimestamp();
        RunMailbox();
        long end = _clock.GetTimestamp();
        TimeSpan elapsed = _clock.GetElapsedTime(start, end);
        if (MailboxOwner.HasEnded(mailbox))
        {
            evictions.Forget(this);
        }
        else if (HoldsUp(before, elapsed))
        {
            Volatile.Write(ref _slowAt, end);
        }
        else if (MayReturn(end))
        {
            evictions.TryReturn(this);
        }
    }

    private void RunMailbox()
    {
        CoresBesideLoops cores = loop.Group.CoresBesideLoops;
        CoresBesideLoops.KeptOff? kept = _computes ? cores.TryEnter() : null;
        try
        {
            mailbox.Run();
        }
        finally
        {
            if (kept is not null)
            {
                cores.Leave(kept);
            }
        }
    }

    /// <summary>It runs on its loop again, or has ended.</summary>
    public void OnRemoved()
    {
        lock (_gate)
        {
            _isRemoved = true;
            if (_waits)
            {
                _waits = false;
                evictions.Waiting.Remove();
            }
        }
    }

    /// <summary>
    /// Whether its loop would have been held up by a run, and by what: it computed, or it gave its thread away. One whose core was taken from
    /// it says neither, and leaves it as it was. Brief waits count where they are common.
    /// </summary>
    private bool HoldsUp(ThreadUsage before, TimeSpan elapsed)
    {
        EvictionSettings settings = evictions.Settings;
        bool isSlow = elapsed.TotalMilliseconds >= settings.SlowRunMs;
        bool isLong = isSlow || (settings.WaitingRunMs > 0 && elapsed.TotalMilliseconds >= settings.WaitingRunMs);
        ThreadUsage after = isLong ? ThreadUsage.OfCurrentThread() : before;
        bool computes = after.CpuTime - before.CpuTime >= elapsed / 2;
        bool waits = !computes && after.Waits > before.Waits;
        _waitingPart += ((waits ? 1 : 0) - _waitingPart) * LatestPart;
        waits &= isSlow || _waitingPart >= LeastWaitingPart;
        if (waits || (isSlow && computes))
        {
            _computes = computes;
            SetWaits(waits);
        }

        return isSlow || waits;
    }

    /// <summary>The last run that held it up says it: the next one is likely to be as that one was.</summary>
    private void SetWaits(bool waits)
    {
        // A run that is under way when its actor returns ends after that.
        lock (_gate)
        {
            if (_isRemoved || _waits == waits)
            {
                return;
            }

            _waits = waits;
            if (waits)
            {
                evictions.Waiting.Add();
            }
            else
            {
                evictions.Waiting.Remove();
            }
        }
    }

    /// <summary>One who was asked away by the application is asked back by it.</summary>
    private bool MayReturn(long now) =>
        reason != EvictionReason.Request && evictions.Settings.CleanPeriodMs > 0
        && _clock.GetElapsedTime(Volatile.Read(ref _slowAt), now).TotalMilliseconds >= evictions.Settings.CleanPeriodMs;
}
