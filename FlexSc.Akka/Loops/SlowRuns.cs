using Akka.Dispatch;
using FlexSc.Interop.Linux;

namespace FlexSc.Akka.Loops;

/// <summary>
/// Finds the mailboxes whose runs hold the loop up again and again. Slow runs are counted by the class of their actor: to the loop it is one
/// whether an actor blocks six times, or six of its class do once each, and in a program whose actors block there are hundreds of these.
/// Runs are timed only for a while after a turn that one of them can have held up, because the clock costs as much as a small message. On the
/// loop's thread.
/// </summary>
internal sealed class SlowRuns(Evictions evictions, TimeProvider clock)
{
    /// <summary>Turns without a slow run after which no run is timed any more.</summary>
    private const int QuietTurns = 1_000;

    /// <summary>Classes with a slow run that are remembered; when more have one, counting begins anew.</summary>
    private const int MostRemembered = 1_024;

    private readonly EvictionSettings _settings = evictions.Settings;
    private readonly TimeSpan _slow = TimeSpan.FromMilliseconds(evictions.Settings.SlowRunMs);
    private readonly Dictionary<object, Window> _windows = [];
    private int _turnsToTime;
    private long _longestTurnTicks;

    /// <summary>
    /// The longest time that the mailboxes of a turn took, of those that took as long as a slow run; zero where none did. From any thread.
    /// </summary>
    public TimeSpan LongestTurn => TimeSpan.FromTicks(Volatile.Read(ref _longestTurnTicks));

    /// <summary>Whether <see cref="Begin"/> and <see cref="End"/> are to be called around each run.</summary>
    public bool IsTiming => _turnsToTime > 0;

    /// <summary>A turn has run mailboxes.</summary>
    /// <param name="elapsed">What they took together.</param>
    public void OnTurn(TimeSpan elapsed)
    {
        bool isSlow = elapsed >= _slow;
        if (isSlow && elapsed.Ticks > _longestTurnTicks)
        {
            Volatile.Write(ref _longestTurnTicks, elapsed.Ticks);
        }

        if (isSlow && _settings.IsAutomatic)
        {
            _turnsToTime = QuietTurns;
        }
        else if (_turnsToTime > 0 && --_turnsToTime == 0)
        {
            _windows.Clear();
        }
    }

    /// <summary>A run begins.</summary>
    public Start Begin(Mailbox mailbox) => new(
        clock.GetTimestamp(), GC.GetTotalPauseDuration(),
        _windows.ContainsKey(KeyOf(mailbox)) || evictions.HasEvictedKindOf(mailbox) ? ThreadUsage.OfCurrentThread() : null);

    /// <summary>A run has ended.</summary>
    public void End(Mailbox mailbox, ActorLoop loop, Start start)
    {
        long now = clock.GetTimestamp();
        TimeSpan elapsed = clock.GetElapsedTime(start.Timestamp, now);

        // The collector stops whoever happens to run.
        if (elapsed < _slow || (elapsed -= GC.GetTotalPauseDuration() - start.Paused) < _slow)
        {
            return;
        }

        _turnsToTime = QuietTurns;
        if (start.Usage is not { } before)
        {
            Suspect(KeyOf(mailbox), now);
        }
        else if (OwnTime(before, elapsed) is var own && own >= _slow)
        {
            Count(mailbox, loop, now, own);
        }
    }

    /// <summary>The class of the mailbox's actor; the mailbox itself where that is not known.</summary>
    private static object KeyOf(Mailbox mailbox) => (object?)MailboxOwner.KindOf(mailbox) ?? mailbox;

    /// <summary>The first slow run of a class says little: the core may have been taken from the loop. The next ones are looked at closely.</summary>
    private void Suspect(object key, long now)
    {
        if (_windows.Count >= MostRemembered)
        {
            _windows.Clear();
        }

        _windows[key] = new Window(now, 0);
    }

    /// <summary>What a run took because it computed or waited, and not because the core was taken from it.</summary>
    private static TimeSpan OwnTime(ThreadUsage before, TimeSpan elapsed)
    {
        ThreadUsage after = ThreadUsage.OfCurrentThread();
        return after.Waits > before.Waits ? elapsed : after.CpuTime - before.CpuTime;
    }

    /// <summary>
    /// A run that takes several times as long as a slow one counts as so many: what is bounded is for how long an actor holds up its loop. Where
    /// another actor of the same class was evicted, one run says enough: in a program whose actors block, they do so by their code, and
    /// together they would hold up the loop for as many times as long as there are of them.
    /// </summary>
    private void Count(Mailbox mailbox, ActorLoop loop, long now, TimeSpan own)
    {
        object key = KeyOf(mailbox);
        Window window = _windows.GetValueOrDefault(key);
        bool goesOn = clock.GetElapsedTime(window.Begin, now).TotalMilliseconds <= _settings.WindowMs;
        int runs = (int)Math.Min(own / _slow, _settings.SlowRuns);
        window = goesOn ? window with { Runs = window.Runs + runs } : new Window(now, runs);
        if (window.Runs < _settings.SlowRuns && !evictions.HasEvictedKindOf(mailbox))
        {
            _windows[key] = window;
            return;
        }

        _windows.Remove(key);
        evictions.TryEvict(mailbox, loop, EvictionReason.SlowRuns);
    }

    /// <summary>When a run began, how long the collector had stopped the process before, and what the thread of a suspect had used.</summary>
    internal readonly record struct Start(long Timestamp, TimeSpan Paused, ThreadUsage? Usage);

    /// <summary>Slow runs of a class since the first of them.</summary>
    private readonly record struct Window(long Begin, int Runs);
}
