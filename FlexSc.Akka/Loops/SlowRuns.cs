using Akka.Dispatch;

namespace FlexSc.Akka.Loops;

/// <summary>
/// Finds the mailboxes whose runs hold the loop up again and again: by runs that are slow, and by shorter ones whose handler waits, for the loop
/// has a core meanwhile and nobody uses it. They are counted by the class of their actor: to the loop it is one whether an actor blocks six
/// times, or six of its class do once each, and in a program whose actors block there are hundreds of these.
/// Runs are timed only for a while after a turn that one of them can have held up, because the clock costs as much as a small message. On the
/// loop's thread.
/// </summary>
internal sealed class SlowRuns(Evictions evictions, TimeProvider clock) : IDisposable
{
    /// <summary>Turns without a slow run after which no run is timed any more.</summary>
    private const int QuietTurns = 1_000;

    /// <summary>
    /// Turns of a look for handlers that wait. Turns as long as a short wait are common where a loop has much to do, so what such a look costs is
    /// bounded: by its length, and by the pause behind it. Where handlers wait often, some are found in it, and it becomes a long one.
    /// </summary>
    private const int TurnsOfShortLook = 16;

    /// <summary>Classes with a slow run that are remembered; when more have one, counting begins anew.</summary>
    private const int MostRemembered = 1_024;

    /// <summary>Between two short looks; twice as long after each that found nothing, up to <see cref="LongestPause"/>.</summary>
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(1_600);

    private readonly EvictionSettings _settings = evictions.Settings;
    private readonly TimeSpan _slow = TimeSpan.FromMilliseconds(evictions.Settings.SlowRunMs);

    /// <summary>From which length on a run is looked at: that of a wait that counts, or that of a slow run where waits do not.</summary>
    private readonly TimeSpan _least = TimeSpan.FromMilliseconds(
        evictions.Settings.WaitingRunMs is > 0 and int wait ? Math.Min(wait, evictions.Settings.SlowRunMs) : evictions.Settings.SlowRunMs);

    private readonly RunMeter _meter = new();
    private readonly BriefWaits _waits = new();
    private readonly Dictionary<object, Window> _windows = [];
    private int _turnsToTime;
    private long _lookEnded = clock.GetTimestamp();
    private TimeSpan _pause = ShortestPause;
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
        else if (_turnsToTime > 0)
        {
            if (--_turnsToTime == 0)
            {
                _lookEnded = clock.GetTimestamp();
                ForgetOld(_lookEnded);
            }
        }
        else if (elapsed >= _least && _settings.IsAutomatic && clock.GetElapsedTime(_lookEnded) >= _pause)
        {
            _turnsToTime = TurnsOfShortLook;
            _pause = _pause >= LongestPause ? LongestPause : _pause * 2;
        }
    }

    /// <summary>A run begins.</summary>
    public Start Begin(Mailbox mailbox) => new(
        clock.GetTimestamp(), GC.GetTotalPauseDuration(),
        _windows.ContainsKey(KeyOf(mailbox)) || evictions.HasEvictedKindOf(mailbox) ? _meter.Read() : null);

    /// <summary>A run has ended.</summary>
    public void End(Mailbox mailbox, ActorLoop loop, Start start)
    {
        long now = clock.GetTimestamp();
        TimeSpan elapsed = clock.GetElapsedTime(start.Timestamp, now);

        // The collector stops whoever happens to run.
        if (elapsed < _least || (elapsed -= GC.GetTotalPauseDuration() - start.Paused) < _least)
        {
            NoteOther(mailbox);
            return;
        }

        if (elapsed >= _slow)
        {
            _turnsToTime = QuietTurns;
        }

        if (start.Reading is { } before)
        {
            Judge(mailbox, loop, now, _meter.Take(before, elapsed));
        }
        else
        {
            Suspect(KeyOf(mailbox), now);
        }
    }

    public void Dispose() => _meter.Dispose();

    /// <summary>The class of the mailbox's actor; the mailbox itself where that is not known.</summary>
    private static object KeyOf(Mailbox mailbox) => (object?)MailboxOwner.KindOf(mailbox) ?? mailbox;

    /// <summary>The first long run of a class says little: the core may have been taken from the loop. The next ones are looked at closely.</summary>
    private void Suspect(object key, long now)
    {
        if (_windows.Count >= MostRemembered)
        {
            _windows.Clear();
        }

        _windows[key] = new Window(now, TimeSpan.Zero);
    }

    /// <summary>
    /// What a long run took because it computed or waited, and not because the core was taken from it. One that is several times as long as a
    /// slow one counts as so many, and a shorter one for what it waited, if it mostly did: what is bounded is for how long a class holds up its
    /// loop. Where another actor of the same class was evicted, one slow run says enough: in a program whose actors block, they do so by their
    /// code, and together they would hold up the loop for as many times as long as there are of them. Whoever waits briefly has to do so again
    /// and again in any case, for others of its class may do something else.
    /// </summary>
    private void Judge(Mailbox mailbox, ActorLoop loop, long now, RunMeter.Taken taken)
    {
        bool isSlow = taken.Both >= _slow;
        if (!isSlow && (taken.Waited < _least || taken.Waited <= taken.Computed))
        {
            NoteOther(mailbox);
            return;
        }

        _turnsToTime = QuietTurns;
        _pause = ShortestPause;
        bool isShown = isSlow || _waits.OnWait(mailbox, now);
        TimeSpan held = isSlow ? _slow * Math.Min((int)(taken.Both / _slow), _settings.SlowRuns) : taken.Waited;
        object key = KeyOf(mailbox);
        Window window = _windows.GetValueOrDefault(key);
        window = IsOver(window.Begin, now) ? new Window(now, held) : window with { Held = window.Held + held };
        if (!isShown || (window.Held < _slow * _settings.SlowRuns && !evictions.HasEvictedKindOf(mailbox)))
        {
            _windows[key] = window;
            return;
        }

        _windows.Remove(key);
        _waits.Forget(mailbox);
        evictions.TryEvict(mailbox, loop, EvictionReason.SlowRuns);
    }

    private void NoteOther(Mailbox mailbox)
    {
        if (!_waits.IsEmpty)
        {
            _waits.OnOther(mailbox);
        }
    }

    private bool IsOver(long begin, long now) => clock.GetElapsedTime(begin, now).TotalMilliseconds > _settings.WindowMs;

    private void ForgetOld(long now)
    {
        _waits.ForgetOld(begin => IsOver(begin, now));
        foreach ((object key, Window window) in _windows)
        {
            if (IsOver(window.Begin, now))
            {
                _windows.Remove(key);
            }
        }
    }

    /// <summary>When a run began, how long the collector had stopped the process before, and what the thread of a suspect had used.</summary>
    internal readonly record struct Start(long Timestamp, TimeSpan Paused, RunMeter.Reading? Reading);

    /// <summary>For how long runs of a class held up the loop since the first of them.</summary>
    private readonly record struct Window(long Begin, TimeSpan Held);
}
