using Akka.Dispatch;
using Akka.Event;

namespace FlexSc.Akka.Loops;

/// <summary>
/// Names what holds up a loop: a handler, or whatever else its turn runs; has the actor of such a handler evicted, and a loop given up that
/// does not come back. Looks at every loop twice in the shorter of the times after which it does so.
/// </summary>
internal sealed class StallWatchdog : IDisposable
{
    /// <summary>By so much a wait may end early, by the coarser clock that it goes by.</summary>
    private const int ClockGrainMs = 2;

    private readonly LoopGroup _group;
    private readonly IReadOnlyList<ActorLoop> _loops;
    private readonly TurnWatch[] _watches;
    private readonly Func<int, ThreadTimes> _readTimes;

    /// <summary>Of each loop at the latest look; null where its thread has done nothing since the one before.</summary>
    private readonly ThreadTimes?[] _times;
    private readonly long[] _turns;
    private readonly TimeSpan? _warnAfter;
    private readonly TimeSpan? _giveUpAfter;
    private readonly ILoggingAdapter _log;
    private readonly int _intervalMs;
    private readonly ManualResetEventSlim _stop = new(initialState: false, spinCount: 0);
    private readonly Thread _thread;

    /// <param name="group">Whose loops.</param>
    /// <param name="loops">They are started, and not yet the group's.</param>
    /// <param name="readTimes">What the kernel counts for a thread, by its number.</param>
    private StallWatchdog(LoopGroup group, IReadOnlyList<ActorLoop> loops, Func<int, ThreadTimes> readTimes)
    {
        _group = group;
        _loops = loops;
        _readTimes = readTimes;
        _times = new ThreadTimes?[loops.Count];
        _turns = new long[loops.Count];
        LoopSettings settings = group.Settings;
        _warnAfter = Limit(settings.StallWarningMs);
        _giveUpAfter = Limit(settings.GiveUpMs);
        _log = Logging.GetLogger(group.System, typeof(StallWatchdog));
        int[] limits = [.. new[] { settings.StallWarningMs, settings.GiveUpMs }.Where(static limit => limit > 0)];
        _intervalMs = Math.Max(1, limits.Min() / 2);
        TimeSpan interval = TimeSpan.FromMilliseconds(_intervalMs);
        _watches = [.. loops.Select(loop => new TurnWatch(interval, () => _times[loop.Index]!.Value))];

        // A thread that sleeps costs an idle program less than a timer, whose ticks wake the thread pool each time.
        _thread = new Thread(Run) { Name = $"{group.System.Name}-flexsc-watchdog", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Watches loops that were started; null where they have no threads, or everything that it does is off.</summary>
    public static StallWatchdog? Start(LoopGroup group, IReadOnlyList<ActorLoop> loops) =>
        group.Settings is { StallWarningMs: 0, GiveUpMs: 0 } || loops.Any(static loop => !loop.Loop.HasThread)
            ? null
            : new StallWatchdog(group, loops, group.System.Settings.Setup.Get<ThreadTimesSource>().GetOrElse(ThreadTimesSource.Kernel).Read);

    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _stop.Dispose();
    }

    private static TimeSpan? Limit(int milliseconds) =>
        milliseconds > 0 ? TimeSpan.FromMilliseconds(Math.Max(1, milliseconds - ClockGrainMs)) : null;

    private void Run()
    {
        TimeProvider clock = _group.Clock;
        long lookedAt = clock.GetTimestamp();
        while (!_stop.Wait(_intervalMs))
        {
            long now = clock.GetTimestamp();
            TimeSpan sinceLook = clock.GetElapsedTime(lookedAt, now);
            lookedAt = now;
            for (int i = 0; i < _loops.Count; i++)
            {
                // One that has ended stays as it was for good.
                if (!_loops[i].Loop.Ended.IsCompleted)
                {
                    Look(i, sinceLook);
                    Act(_loops[i], _watches[i]);
                }
            }
        }
    }

    private void Look(int index, TimeSpan sinceLook)
    {
        ActorLoop loop = _loops[index];
        LoopActivity activity = loop.Activity;

        // A loop that sleeps on costs no look at the kernel's files.
        bool hasSlept = activity.IsParked && activity.Turns == _turns[index];
        _turns[index] = activity.Turns;
        _times[index] = hasSlept ? null : _readTimes(loop.Loop.ThreadId);
        loop.Busyness.Look(_times[index], sinceLook);
        _watches[index].Look(activity, sinceLook);
    }

    private void Act(ActorLoop loop, TurnWatch watch)
    {
        bool wasHeldUp = loop.IsHeldUp;
        loop.IsHeldUp = watch.Elapsed >= _warnAfter;
        if (wasHeldUp && !loop.IsHeldUp)
        {
            FlexScEvents.Log.LoopGoesOn(_group.System.Name, loop.Index);
        }

        if (loop.IsGivenUp && watch.Elapsed == TimeSpan.Zero)
        {
            _group.GivenUp.TakeBack(loop);
        }
        else if (loop.IsGivenUp)
        {
            GivenUpLoops.RunWaiting(loop);
        }

        if (watch.Own >= _warnAfter && !watch.IsStallTold)
        {
            watch.IsStallTold = true;
            OnStall(loop, watch);
        }
        else if (loop.IsHeldUp && !watch.IsStallTold && !watch.IsStarvationTold)
        {
            watch.IsStarvationTold = true;
            WarnOfStarvation(loop, watch);
        }

        if (watch.Own >= _giveUpAfter && !loop.IsGivenUp)
        {
            string reason = watch.IsComputing ? "which computes" : "which waits";
            _group.GivenUp.GiveUp(loop, RunningWork.NameOf(watch.Running), reason, watch.Elapsed);
        }
    }

    private void OnStall(ActorLoop loop, TurnWatch watch)
    {
        int warningMs = _group.Settings.StallWarningMs;
        string name = RunningWork.NameOf(watch.Running);
        FlexScEvents.Log.LoopHeldUp(_group.System.Name, loop.Index, warningMs, name);
        Warn(loop.Index, name, watch, warningMs);

        // Of several, none was shown to be the one: those who are slow again and again are found by their runs.
        if (!watch.HasSeveral && watch.Running is Mailbox mailbox && _group.Evictions.Settings.IsAutomatic)
        {
            _group.Evictions.TryEvict(mailbox, loop, EvictionReason.Stall);
        }
    }

    private void Warn(int loop, string name, TurnWatch watch, int warningMs)
    {
        const string remedy = "all I/O of that loop waits. Move blocking work to another dispatcher.";
        if (watch.HasSeveral)
        {
            _log.Warning("a turn of loop {0} takes more than {1} ms, in which now runs {2}; " + remedy, loop, warningMs, name);
        }
        else
        {
            _log.Warning("{0} has been running for more than {1} ms on loop {2}; " + remedy, name, warningMs, loop);
        }
    }

    private void WarnOfStarvation(ActorLoop loop, TurnWatch watch) => _log.Warning(
        "a turn of loop {0} takes more than {1} ms, for {2:F0} ms of which its thread was ready and had no core; all I/O of that loop waits. "
        + "It is not what runs on the loop: other threads have the cores, or a quota is used up",
        loop.Index, _group.Settings.StallWarningMs, watch.Starved.TotalMilliseconds);
}
