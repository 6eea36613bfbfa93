using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Dispatch;

namespace FlexSc.Akka.Loops;

/// <summary>Whose a mailbox is, for what is told to people.</summary>
internal static class MailboxOwner
{
    /// <summary>Path of a mailbox's actor, as far as it is known.</summary>
    public static string NameOf(Mailbox mailbox)
    {
        IActorRef? owner = mailbox.MessageQueue is LoopMessageQueue queue ? queue.Owner : ActorOf(mailbox)?.Self;
        return owner?.Path.ToString() ?? "an actor";
    }

    /// <summary>Class of a mailbox's actor; null where it is not known.</summary>
    public static Type? KindOf(Mailbox mailbox) => ActorOf(mailbox)?.Props.Type;

    /// <summary>Whether the actor of a mailbox that has run has ended: its cell has the mailbox of dead letters then.</summary>
    public static bool HasEnded(Mailbox mailbox) => ActorOf(mailbox) is not { } cell || cell.Mailbox != mailbox;

    // A mailbox knows its actor and tells only Akka.NET's own code. A test sees to it that the accessor exists in the pinned version.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Actor")]
    private static extern ActorCell? ActorOf(Mailbox mailbox);
}
