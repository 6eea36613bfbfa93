using Akka.Dispatch;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.Dispatch;

/// <summary>Where a runnable runs: mailboxes on their loop, everything else on the thread pool.</summary>
internal static class LoopExecution
{
    /// <exception cref="RejectedExecutionException">The loop has ended, because its actor system has.</exception>
    public static void Execute(Mailbox mailbox, ActorLoop loop)
    {
        if (!loop.TrySchedule(mailbox))
        {
            throw new RejectedExecutionException("the FlexSC loops have ended with their actor system");
        }
    }

    /// <summary>For what may block or wait for a loop, and so must not run on one.</summary>
    public static void ExecuteElsewhere(IRunnable run) => ThreadPool.UnsafeQueueUserWorkItem(run, preferLocal: false);
}
