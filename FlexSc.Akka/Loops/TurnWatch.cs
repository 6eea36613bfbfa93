namespace FlexSc.Akka.Loops;

/// <summary>
/// What the watchdog knows of one loop, from look to look: how long it has been in its turn, and how much of that was its thread's own time.
/// Time for which the thread was ready and had no core was taken by others, and says nothing of what runs on it. One thread.
/// </summary>
/// <param name="interval">Time between two looks. One that came more than twice as late counts for one: then the watchdog did not run either,
/// because the process was stopped or the machine asleep, which must not look like a stall as soon as it goes on.</param>
/// <param name="readTimes">What the kernel counts for the thread.</param>
internal sealed class TurnWatch(TimeSpan interval, Func<ThreadTimes> readTimes)
{
    private LoopActivity _seen = new(0, 0, null, IsParked: true);
    private ThreadTimes _begin;
    private TimeSpan _run;
    private TimeSpan _blocked;

    /// <summary>How long the turn has been looked at; zero for one that was not there at the last look, and while the loop waits for work.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>
    /// Of that, the time for which the thread ran, or waited for something else than a core: a lock, a sleep, a disk. All of it where the
    /// kernel does not count (CONFIG_SCHED_INFO).
    /// </summary>
    public TimeSpan Own { get; private set; }

    /// <summary>Of that, the rest: others had the cores, or a quota was used up.</summary>
    public TimeSpan Starved => Elapsed - Own;

    /// <summary>Whether the thread ran for most of its own time.</summary>
    public bool IsComputing => _run > _blocked;

    /// <summary>What runs, as at the latest look.</summary>
    public object? Running => _seen.Running;

    /// <summary>Whether the turn ran several things while it was looked at, so that none was shown to be the one that holds it up.</summary>
    public bool HasSeveral { get; private set; }

    /// <summary>Whether it was told that the turn takes long by its own doing; the watchdog's mark, gone with the turn.</summary>
    public bool IsStallTold { get; set; }

    /// <summary>The same of a turn that takes long because its thread is starved.</summary>
    public bool IsStarvationTold { get; set; }

    /// <summary>Looks once more.</summary>
    /// <param name="now">What the loop is at.</param>
    /// <param name="sinceLook">Time since the look before.</param>
    public void Look(LoopActivity now, TimeSpan sinceLook)
    {
        // A loop that was parked runs what woke it in the same turn, and did nothing before.
        if (now.IsParked || _seen.IsParked || now.Turns != _seen.Turns)
        {
            Begin(now);
            return;
        }

        // One item that held the turn up all the time is the culprit; of several, the one that runs now is as good as any.
        HasSeveral |= now.Running is null || now.Runs != _seen.Runs || now.Running != _seen.Running;
        Elapsed += sinceLook <= 2 * interval ? sinceLook : interval;
        Judge(readTimes());
        _seen = now;
    }

    private void Begin(LoopActivity now)
    {
        _seen = now;
        _begin = now.IsParked ? default : readTimes();
        _run = _blocked = Elapsed = Own = TimeSpan.Zero;
        HasSeveral = IsStallTold = IsStarvationTold = false;
    }

    private void Judge(ThreadTimes times)
    {
        if (_begin.RunSeconds <= 0 || times.RunSeconds <= 0)
        {
            Own = Elapsed;
            return;
        }

        _run = TimeSpan.FromSeconds(times.RunSeconds - _begin.RunSeconds);

        // The kernel counts a wait for a core when it is over. Of a thread that is ready now, what is not counted may be such a wait, so only
        // what it had been blocked for at a look before is its own; where it has been blocked since, a later look finds it.
        if (!times.IsReady)
        {
            TimeSpan rest = Elapsed - _run - TimeSpan.FromSeconds(times.WaitSeconds - _begin.WaitSeconds);
            _blocked = rest > TimeSpan.Zero ? rest : TimeSpan.Zero;
        }

        TimeSpan own = _run + _blocked;
        Own = own < Elapsed ? own : Elapsed;
    }
}
