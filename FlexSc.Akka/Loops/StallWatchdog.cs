using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;
using FlexSc.Akka.Dispatch;

namespace FlexSc.Akka.Loops;

/// <summary>Names handlers that hold up a loop. Looks at every loop twice in the time after which it warns.</summary>
internal sealed class StallWatchdog : IDisposable
{
    private readonly IReadOnlyList<ActorLoop> _loops;
    private readonly (long Runs, object? Running)[] _seen;
    private readonly int[] _sightings;
    private readonly int _warningMs;
    private readonly ILoggingAdapter _log;
    private readonly int _intervalMs;
    private readonly ManualResetEventSlim _stop = new(initialState: false, spinCount: 0);
    private readonly Thread _thread;

    public StallWatchdog(IReadOnlyList<ActorLoop> loops, int warningMs, ActorSystem system)
    {
        _loops = loops;
        _seen = new (long, object?)[loops.Count];
        _sightings = new int[loops.Count];
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
            (long Runs, object? Running) now = _loops[i].Activity;
            bool same = now.Running is not null && now == _seen[i];
            _sightings[i] = same ? _sightings[i] + 1 : 1;
            _seen[i] = now;
            if (same && _sightings[i] == sightingsOfAStall)
            {
                string name = now.Running is Mailbox mailbox ? LoopAssignments.NameOf(mailbox) : now.Running!.GetType().Name;
                _log.Warning(
                    "{0} has been running for more than {1} ms on loop {2}; all I/O of that loop waits. Move blocking work to another dispatcher.",
                    name, _warningMs, i);
            }
        }
    }
}
