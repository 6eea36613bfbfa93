using Akka.Dispatch;

namespace FlexSc.Akka.Loops;

/// <summary>
/// Runs a mailbox on the thread pool in place of its loop, and finds out when it may return. A mailbox schedules itself at most once at
/// a time, so one object serves all its runs.
/// </summary>
internal sealed class EvictedMailbox(Evictions evictions, Mailbox mailbox, ActorLoop loop, EvictionReason reason) : IRunnable
{
    private readonly TimeProvider _clock = loop.Group.Clock;

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
        long start = _clock.GetTimestamp();
        mailbox.Run();
        long end = _clock.GetTimestamp();
        if (MailboxOwner.HasEnded(mailbox))
        {
            evictions.Forget(this);
        }
        else if (_clock.GetElapsedTime(start, end).TotalMilliseconds >= evictions.Settings.SlowRunMs)
        {
            Volatile.Write(ref _slowAt, end);
        }
        else if (MayReturn(end))
        {
            evictions.TryReturn(this);
        }
    }

    /// <summary>One who was asked away by the application is asked back by it.</summary>
    private bool MayReturn(long now) =>
        reason != EvictionReason.Request && evictions.Settings.CleanPeriodMs > 0
        && _clock.GetElapsedTime(Volatile.Read(ref _slowAt), now).TotalMilliseconds >= evictions.Settings.CleanPeriodMs;
}
