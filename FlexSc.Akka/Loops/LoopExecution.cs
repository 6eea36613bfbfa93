using Akka.Dispatch;
using FlexSc.Interop.Loop;

namespace FlexSc.Akka.Loops;

/// <summary>Where a runnable runs: mailboxes on their loop, unless they were evicted, everything else on the thread pool.</summary>
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

    private static void ExecuteInsteadOf(ActorLoop failed, Mailbox mailbox)
    {
        // Always the same one, so that the actors of a loop that failed stay together.
        IReadOnlyList<ActorLoop> loops = failed.Group.StartedLoops;
        for (int i = 1; i < loops.Count; i++)
        {
            ActorLoop other = loops[(failed.Index + i) % loops.Count];
            if (other.TrySchedule(mailbox))
            {
                return;
            }
        }

        ExecuteElsewhere(mailbox);
    }

    /// <summary>For what may block or wait for a loop, and so must not run on one.</summary>
    public static void ExecuteElsewhere(IRunnable run) => LoopEnvironment.Ambient.RunElsewhere(run);
}
