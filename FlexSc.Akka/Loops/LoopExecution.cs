using Akka.Dispatch;
using FlexSc.Interop.Loop;

namespace FlexSc.Akka.Loops;

/// <summary>
/// Where a runnable runs: mailboxes on their loop, unless they were evicted or the loop is missing, everything else on the thread pool.
/// </summary>
internal static class LoopExecution
{
    /// <exception cref="RejectedExecutionException">The loop has ended, because its actor system has.</exception>
    public static void Execute(Mailbox mailbox, ActorLoop loop)
    {
        if (loop.Group.Evictions.TryGet(mailbox, out EvictedMailbox? evicted))
        {
            ExecuteElsewhere(evicted);
            return;
        }

        if (loop.IsGivenUp)
        {
            // It schedules itself once at a time: one that waits in the loop's queue is taken out of that (GivenUpLoops.RunWaiting).
            ExecuteInsteadOf(loop, mailbox);
            return;
        }

        if (loop.TrySchedule(mailbox))
        {
            return;
        }

        if (loop.Loop.HasFailed)
        {
            // Also where the system is to terminate: its actors have to run for that.
            ExecuteInsteadOf(loop, mailbox);
        }
        else
        {
            throw new RejectedExecutionException("the FlexSC loops have ended with their actor system");
        }
    }

    /// <summary>On another loop, or on the thread pool where none is left.</summary>
    public static void ExecuteInsteadOf(ActorLoop missing, Mailbox mailbox)
    {
        // Always the same one, so that the actors of a loop that is missing stay together.
        IReadOnlyList<ActorLoop> loops = missing.Group.StartedLoops;
        for (int i = 1; i < loops.Count; i++)
        {
            ActorLoop other = loops[(missing.Index + i) % loops.Count];
            if (!other.IsGivenUp && other.TrySchedule(mailbox))
            {
                return;
            }
        }

        ExecuteElsewhere(mailbox);
    }

    /// <summary>For what may block or wait for a loop, and so must not run on one.</summary>
    public static void ExecuteElsewhere(IRunnable run) => LoopEnvironment.Ambient.RunElsewhere(run);
}
