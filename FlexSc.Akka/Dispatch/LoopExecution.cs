using Akka.Dispatch;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.Dispatch;

/// <summary>Where a runnable runs: mailboxes on their loop, everything else on the thread pool.</summary>
internal static class LoopExecution
{
    /// <exception cref="RejectedExecutionException">The loop has ended, because its actor system has.</exception>
    public static void Execute(IRunnable run, LoopGroup group)
    {
        if (run is not Mailbox mailbox)
        {
            // It may block or wait for a loop, so it must not run on one.
            ThreadPool.UnsafeQueueUserWorkItem(run, preferLocal: false);
            return;
        }

        if (!LoopAssignments.LoopOf(mailbox, group).TrySchedule(mailbox))
        {
            throw new RejectedExecutionException("the FlexSC loops have ended with their actor system");
        }
    }
}
