using Akka.Dispatch;

namespace FlexSc.Akka.Loops;

/// <summary>What a loop runs, for what is told to people.</summary>
internal static class RunningWork
{
    /// <summary>Path of an actor, or the name of what else runs.</summary>
    /// <param name="running">As <see cref="LoopActivity.Running"/>.</param>
    public static string NameOf(object? running) => running switch
    {
        null => "the loop itself",
        Mailbox mailbox => MailboxOwner.NameOf(mailbox),
        Delegate work => $"{work.Method.DeclaringType?.FullName}.{work.Method.Name}",
        _ => running.GetType().FullName!,
    };
}
