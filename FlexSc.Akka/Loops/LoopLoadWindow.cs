using FlexSc.Interop.Linux;

namespace FlexSc.Akka.Loops;

/// <summary>What a loop has to do, from the making of this object on, as another loop finds. On the thread of that one.</summary>
internal sealed class LoopLoadWindow(ActorLoop loop)
{
    private readonly TimeSpan _busy = BusyTimeOf(loop);
    private readonly long _runs = loop.Activity.Runs;
    private long _waiting;
    private int _looks;

    public ActorLoop Loop => loop;

    /// <summary>Notes how many mailboxes wait there now.</summary>
    public void Look()
    {
        _waiting += loop.Loop.ReadyWork;
        _looks++;
    }

    /// <summary>What it was.</summary>
    /// <param name="elapsed">Time since it was made.</param>
    public WorkLoad Take(TimeSpan elapsed) => new(
        (double)_waiting / Math.Max(1, _looks), Math.Clamp((BusyTimeOf(loop) - _busy) / elapsed, 0, 1), loop.Activity.Runs - _runs);

    /// <summary>Time for which a loop ran, or was ready and had no core, without what it spent looking for work.</summary>
    private static TimeSpan BusyTimeOf(ActorLoop loop) =>
        (ThreadUsage.CpuTimeOf(loop.Loop.ThreadId) ?? TimeSpan.Zero) + ThreadTimes.ReadyTimeOf(loop.Loop.ThreadId) - loop.Loop.SpinTime;
}

/// <summary>What a loop had to do for a while.</summary>
/// <param name="Waiting">Mailboxes that waited for their turn, on average.</param>
/// <param name="Busy">Part of the time for which it had something to do.</param>
/// <param name="Runs">Runs of mailboxes.</param>
internal readonly record struct WorkLoad(double Waiting, double Busy, long Runs)
{
    /// <summary>A loop that gives has had something to do for so much of the time: one with more of it left needs no help.</summary>
    private const double LeastBusy = 0.75;

    /// <summary>By so much of its time the other must have had less to do. Moves for less are not worth what messages between loops cost.</summary>
    private const double LeastDifference = 1.0 / 6;

    /// <summary>So many times as long as at the other mailboxes must have waited where both had no time left.</summary>
    private const double LeastRatio = 1.5;

    /// <summary>Part of what would make both alike that goes at once: what was seen is what was, and both may act on it.</summary>
    private const double Damping = 0.5;

    /// <summary>
    /// What is added before parts of an actor are cut off: of two that wait all the time one goes, and the only one that does stays, though another
    /// may wait beside it now and then.
    /// </summary>
    private const double Rounding = 0.25;

    /// <summary>
    /// How many actors are better off at another loop. Where that had time left, half of the difference: then both have as much to do, if the actors
    /// are alike. Where both had none, as many as have those of both wait for as long: mailboxes that wait by runs a second (Little's law), so that
    /// one that computes for long counts for what it makes others wait. The only one with work would do there what it does here: it stays.
    /// </summary>
    /// <param name="other">The other.</param>
    public int SurplusOver(WorkLoad other)
    {
        if (Busy < LeastBusy)
        {
            return 0;
        }

        double difference = Busy - other.Busy;
        if (difference >= LeastDifference)
        {
            return (int)((Waiting * difference / 2) + Rounding);
        }

        double ownRate = Math.Max(Runs, 1);
        double otherRate = Math.Max(other.Runs, 1);
        return Waiting / ownRate >= LeastRatio * other.Waiting / otherRate
            ? (int)(Damping * ((Waiting * otherRate) - (other.Waiting * ownRate)) / (ownRate + otherRate))
            : 0;
    }
}
