using Akka.Dispatch;
using Akka.Event;

namespace FlexSc.Akka.Loops;

/// <summary>
/// The loops whose work does not come back. A thread cannot be taken from what it runs, and a ring and its connections belong to the thread
/// that made them, so such a loop is not replaced but done without, until it goes on. From any thread.
/// </summary>
internal sealed class GivenUpLoops(LoopGroup group)
{
    /// <summary>Those that are given up now, by number.</summary>
    public IReadOnlyList<LoopGivenUp> All => [.. group.StartedLoops.Select(static loop => loop.GivenUp).OfType<LoopGivenUp>()];

    /// <summary>Whether another loop is left that serves.</summary>
    public bool HasOthers(ActorLoop loop) => group.StartedLoops.Any(other => other != loop && !other.IsGivenUp && !other.Loop.HasFailed);

    /// <summary>Does without a loop.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="running">What holds it up.</param>
    /// <param name="reason">What its thread does.</param>
    /// <param name="elapsed">How long it has been seen in the turn.</param>
    public void GiveUp(ActorLoop loop, string running, string reason, TimeSpan elapsed)
    {
        LoopGivenUp givenUp = new(loop.Index, running, reason, group.Clock.GetUtcNow() - elapsed);
        loop.GivenUp = givenUp;

        // After it is marked: what comes from now on looks for itself.
        loop.Arrivals.SendElsewhere();
        group.Log.Error(
            "loop {0} is given up: {1}, {2}, has held it up for {3:F0} ms (flexsc.loops.give-up-ms). {4} It is taken back when it goes on",
            loop.Index, running, reason, elapsed.TotalMilliseconds, HasOthers(loop)
                ? $"New connections and actors go to other loops, and its listeners and its other actors, too; its {loop.Io.ConnectionCount} connections wait."
                : "No other loop is left: its connections and actors wait, and what else comes fails or waits.");
        RunWaiting(loop);
        FlexScEvents.Log.LoopGivenUp(group.System.Name, loop.Index, running, reason);
        group.System.EventStream.Publish(givenUp);
    }

    /// <summary>
    /// Has mailboxes that wait in its queue run elsewhere. Again with each look: who found it in use just before it was given up may have put one
    /// there since.
    /// </summary>
    public static void RunWaiting(ActorLoop loop)
    {
        foreach (object work in loop.Loop.TakeOut(static work => work is Mailbox))
        {
            LoopExecution.ExecuteInsteadOf(loop, (Mailbox)work);
        }
    }

    /// <summary>Takes it into use again.</summary>
    public void TakeBack(ActorLoop loop)
    {
        if (loop.GivenUp is not { } givenUp)
        {
            return;
        }

        loop.GivenUp = null;
        TimeSpan after = group.Clock.GetUtcNow() - givenUp.Since;
        group.Log.Warning(
            "loop {0} was given up and goes on after {1:F0} ms, in which {2} held it up; it is in use again", loop.Index, after.TotalMilliseconds, givenUp.Running);
        FlexScEvents.Log.LoopCameBack(group.System.Name, loop.Index);
        group.System.EventStream.Publish(new LoopCameBack(loop.Index, givenUp.Running, after));
    }
}
