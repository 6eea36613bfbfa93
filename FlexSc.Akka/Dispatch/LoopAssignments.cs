using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Dispatch;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.Dispatch;

/// <summary>
/// Which loop each mailbox runs on. Queues of <see cref="LoopMailbox"/> carry it; for any other mailbox it is kept beside, for as
/// long as the mailbox lives. From any thread.
/// </summary>
internal static class LoopAssignments
{
    private static readonly ConditionalWeakTable<Mailbox, Assignment> Others = [];

    /// <summary>The loop of a mailbox; places it when it has none.</summary>
    public static ActorLoop LoopOf(Mailbox mailbox, LoopGroup group)
    {
        if (mailbox.MessageQueue is LoopMessageQueue queue)
        {
            return queue.Loop ??= group.Place();
        }

        return Others.TryGetValue(mailbox, out Assignment? assignment) ? assignment.Loop : PlaceOther(mailbox, group);
    }

    /// <summary>Places a new actor; it keeps the place that it has.</summary>
    public static void Place(ActorCell cell, LoopGroup group)
    {
        // A cell has its mailbox before it is attached.
        Mailbox mailbox = cell.Mailbox!;
        if (mailbox.MessageQueue is LoopMessageQueue queue)
        {
            queue.Loop ??= group.Place();
        }
        else
        {
            Others.GetValue(mailbox, _ => new Assignment(group.Place(), cell.Self));
        }
    }

    /// <summary>
    /// Has the handler of a connection run on the connection's loop from its next run on. A handler of several connections stays
    /// with its first one, and an actor of another dispatcher where it is.
    /// </summary>
    public static void Follow(IActorRef actor, ActorLoop target)
    {
        if (actor is not ActorRefWithCell { Underlying: ActorCell cell } || cell.Dispatcher is not ILoopDispatcher dispatcher
            || dispatcher.Group != target.Group)
        {
            return;
        }

        Mailbox mailbox = cell.Mailbox!;
        if (mailbox.MessageQueue is LoopMessageQueue queue)
        {
            queue.Loop = queue.FollowsConnection ? queue.Loop : target;
            queue.FollowsConnection = true;
        }
        else if (Others.TryGetValue(mailbox, out Assignment? assignment))
        {
            assignment.Loop = assignment.FollowsConnection ? assignment.Loop : target;
            assignment.FollowsConnection = true;
        }
    }

    /// <summary>The loop an actor of this group lives on, or null.</summary>
    public static ActorLoop? TryLoopOf(IActorRef actor, LoopGroup group) =>
        actor is ActorRefWithCell { Underlying: ActorCell { Dispatcher: ILoopDispatcher dispatcher } cell } && dispatcher.Group == group
            ? LoopOf(cell.Mailbox!, group)
            : null;

    /// <summary>Path of a mailbox's actor, as far as it is known.</summary>
    public static string NameOf(Mailbox mailbox)
    {
        IActorRef? owner = mailbox.MessageQueue is LoopMessageQueue queue ? queue.Owner
            : Others.TryGetValue(mailbox, out Assignment? assignment) ? assignment.Owner
            : null;
        return owner?.Path.ToString() ?? "an actor";
    }

    // A method of its own: a closure over a parameter is made on entry, and the one that looks the loop up runs for every message.
    private static ActorLoop PlaceOther(Mailbox mailbox, LoopGroup group) =>
        Others.GetValue(mailbox, _ => new Assignment(group.Place(), null)).Loop;

    private sealed class Assignment(ActorLoop loop, IActorRef? owner)
    {
        public ActorLoop Loop { get; set; } = loop;

        public IActorRef? Owner => owner;

        public bool FollowsConnection { get; set; }
    }
}

/// <summary>A dispatcher whose actors live on the loops of a group.</summary>
internal interface ILoopDispatcher
{
    LoopGroup Group { get; }
}
