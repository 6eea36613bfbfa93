using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;

namespace FlexSc.Akka.Loops;

/// <summary>
/// Names what holds up a loop: a handler, or whatever else its turn runs, and has the actor of such a handler evicted. Looks at every loop
/// twice in the time after which it warns.
/// </summary>
internal sealed class StallWatchdog : IDisposable
{
    private readonly IReadOnlyList<ActorLoop> _loops;
    private readonly LoopActivity[] _seen;
    private readonly int[] _sightings;
    private readonly bool[] _several;
    private readonly int _warningMs;
    private readonly ILoggingAdapter _log;
    private readonly int _intervalMs;
    private readonly ManualResetEventSlim _stop = new(initialState: false, spinCount: 0);
    private readonly Thread _thread;

    public StallWatchdog(IReadOnlyList<ActorLoop> loops, int warningMs, ActorSystem system)
    {
        _loops = loops;
        _seen = new LoopActivity[loops.Count];
        _sightings = new int[loops.Count];
        _several = new bool[loops.Count];
        _warningMs = warningMs;
        _log = Logging.GetLogger(system, typeof(StallWatchdog));
        _intervalMs = Math.Max(1, warningMs / 2);

        // A thread that sleeps costs an idle program less than a timer, whose ticks wake the thread pool each time.
        _thread = new Thread(Run) { Name = $"{system.Name}-flexsc-watchdog", IsBackground = true };
        _thread.Start();
    }

    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _stop.Dispose();
    }

    private void Run()
    {
        while (!_stop.Wait(_intervalMs))
        {
            Look();
        }
    }

    private void Look()
    {
        const int sightingsOfAStall = 3; // two whole intervals lie between the first and the third
        for (int i = 0; i < _loops.Count; i++)
        {
            LoopActivity now = _loops[i].Activity;
            bool sameTurn = !now.IsParked && now.Turns == _seen[i].Turns;
            _sightings[i] = sameTurn ? _sightings[i] + 1 : 1;

            // One item that held the turn up all the time is the culprit; of several, the one that runs now is as good as any.
            _several[i] = sameTurn && (_several[i] || now.Running is null || now.Runs != _seen[i].Runs || now.Running != _seen[i].Running);
            _seen[i] = now;
            bool wasHeldUp = _loops[i].IsHeldUp;
            _loops[i].IsHeldUp = sameTurn && _sightings[i] >= sightingsOfAStall;
            if (wasHeldUp && !_loops[i].IsHeldUp)
            {
                FlexScEvents.Log.LoopGoesOn(_loops[i].Group.System.Name, i);
            }

            if (sameTurn && _sightings[i] == sightingsOfAStall)
            {
                OnStall(_loops[i], now.Running, _several[i]);
            }
        }
    }

    private void OnStall(ActorLoop loop, object? running, bool several)
    {
        string name = RunningWork.NameOf(running);
        FlexScEvents.Log.LoopHeldUp(loop.Group.System.Name, loop.Index, _warningMs, name);
        Warn(loop.Index, name, several);

        // Of several, none was shown to be the one: those who are slow again and again are found by their runs.
        Evictions evictions = loop.Group.Evictions;
        if (!several && running is Mailbox mailbox && evictions.Settings.IsAutomatic)
        {
            evictions.TryEvict(mailbox, loop, EvictionReason.Stall);
        }
    }

    private void Warn(int loop, string name, bool several)
    {
        const string remedy = "all I/O of that loop waits. Move blocking work to another dispatcher.";
        if (several)
        {
            _log.Warning("a turn of loop {0} takes more than {1} ms, in which now runs {2}; " + remedy, loop, _warningMs, name);
        }
        else
        {
            _log.Warning("{0} has been running for more than {1} ms on loop {2}; " + remedy, name, _warningMs, loop);
        }
    }
}
