namespace FlexSc.Akka.Loops;

/// <summary>
/// How busy a loop is, as the watchdog finds: the part of the time for which its thread runs, or is ready and has no core. Zero where no
/// watchdog runs. Written by one thread, read by any.
/// </summary>
internal sealed class LoopBusyness
{
    /// <summary>Weight of a loop that is idle; of one that is busy all the time it is <see cref="LeastPart"/> times as much.</summary>
    private const int Idle = 256;

    /// <summary>Part of its time that a loop is taken to have left at least.</summary>
    private const int LeastPart = 16;

    /// <summary>Weight of the latest look: load that changes within a second is followed, and one look among others is not everything.</summary>
    private const double LatestPart = 0.5;

    private ThreadTimes? _before;
    private double _busy;
    private int _factor = Idle;

    /// <summary>What a loop's connections are multiplied by.</summary>
    public int Factor => Volatile.Read(ref _factor);

    /// <summary>Another look.</summary>
    /// <param name="times">What the kernel has counted for the thread; null where it has done nothing since the look before.</param>
    /// <param name="elapsed">Time since the look before.</param>
    public void Look(ThreadTimes? times, TimeSpan elapsed)
    {
        if (elapsed <= TimeSpan.Zero)
        {
            return;
        }

        double used = times is { } now && _before is { } before ? now.RunSeconds - before.RunSeconds + now.WaitSeconds - before.WaitSeconds : 0;
        _before = times ?? _before;
        _busy += (Math.Clamp(used / elapsed.TotalSeconds, 0, 1) - _busy) * LatestPart;
        Volatile.Write(ref _factor, (int)(Idle / Math.Max(1 - _busy, 1.0 / LeastPart)));
    }
}
