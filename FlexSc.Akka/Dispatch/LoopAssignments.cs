using Akka.Actor;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.Dispatch;

/// <summary>
/// Which loop each mailbox runs on: the home loop of its dispatcher, unless the actor followed a connection to another one. From any
/// thread.
/// </summary>
internal static class LoopAssignments
{
    /// <summary>The loop of a mailbox whose dispatcher has a home loop.</summary>
    public static ActorLoop LoopOf(Mailbox mailbox, ActorLoop home)
    {
        if (mailbox.MessageQueue is LoopMessageQueue queue)
        {
            return queue.Loop ?? home;
        }

        FollowingActors followers = home.Group.Followers;
        return !followers.IsEmpty && followers.TryGetLoop(mailbox, out ActorLoop? loop) ? loop : home;
    }

    /// <summary>
    /// True for a mailbox whose full queue makes its senders wait. Its actor must not live on a loop: a sender there would wait for
    /// a reader that cannot run before it.
    /// </summary>
    public static bool MakesSendersWait(Mailbox mailbox) =>
        mailbox.MessageQueue is not LoopMessageQueue
        && mailbox.MessageQueue is IBoundedMessageQueueSemantics bounded && bounded.PushTimeOut != TimeSpan.Zero;

    /// <summary>
    /// Has the handler of a connection run on the connection's loop from its next run on. A handler of several connections stays
    /// with its first one, and an actor of another dispatcher where it is. One that has not begun does so there.
    /// </summary>
    public static void Follow(IActorRef actor, ActorLoop target)
    {
        if (actor is RepointableActorRef { Lookup: UnstartedCell } && TryFollowFromStart(actor, target))
        {
            return;
        }

        if (CellOf(actor) is not { Dispatcher: ILoopDispatcher dispatcher } cell
            || dispatcher.Group != target.Group)
        {
            return;
        }

        Mailbox mailbox = cell.Mailbox!;
        if (mailbox.MessageQueue is LoopMessageQueue queue)
        {
            queue.Settle(target, isFirst: true);
        }
        else if (!MakesSendersWait(mailbox))
        {
            target.Group.Followers.Add(mailbox, target);

            // Whoever stopped meanwhile has left the table before it was added, and nobody else would take it out.
            if (cell.Mailbox != mailbox)
            {
                target.Group.Followers.Remove(mailbox);
            }
        }
    }

    /// <summary>By itself: what it hands on is allocated, and every connection that is registered comes to where it is asked for.</summary>
    private static bool TryFollowFromStart(IActorRef actor, ActorLoop target) => TryAwaitStart(actor, target.Group, () => Follow(actor, target));

    /// <summary>
    /// Does something once an actor has a mailbox, where it is one of a group's dispatchers that has none yet: of the top level, and its
    /// guardian has not come to it.
    /// </summary>
    /// <param name="actor">The actor.</param>
    /// <param name="group">The group.</param>
    /// <param name="onBegun">Runs once, on any thread, perhaps before this returns; it must not wait.</param>
    /// <returns>False for any other actor: nothing is done.</returns>
    public static bool TryAwaitStart(IActorRef actor, LoopGroup group, Action onBegun)
    {
        if (actor is not RepointableActorRef { Lookup: UnstartedCell starting } || !IsOf(group, starting))
        {
            return false;
        }

        group.Starting.Add(actor, onBegun);
        if (CellOf(actor) is not null)
        {
            group.Starting.OnBegun(actor);
        }

        return true;
    }

    private static bool IsOf(LoopGroup group, UnstartedCell starting) =>
        starting.System.Dispatchers.Lookup(starting.Props.Dispatcher) is ILoopDispatcher dispatcher && dispatcher.Group == group;

    /// <summary>
    /// Has an actor live on a loop from its next run on, whatever it followed before; it follows no connection from then on.
    /// </summary>
    /// <returns>False for one that lives on no loop of that group, or has ended.</returns>
    public static bool TryMove(IActorRef actor, ActorLoop target)
    {
        if (CellOf(actor) is { Dispatcher: not ILoopDispatcher, Mailbox.MessageQueue: LoopMessageQueue { Loop: { } own } kept } && own.Group == target.Group)
        {
            // Of FlexExecutor's: nobody counts them.
            kept.Loop = target;
            return true;
        }

        if (CellOf(actor) is not { Dispatcher: ILoopDispatcher dispatcher, Mailbox: { } mailbox } cell
            || dispatcher.Group != target.Group || MakesSendersWait(mailbox))
        {
            return false;
        }

        if (mailbox.MessageQueue is LoopMessageQueue queue)
        {
            queue.Settle(target, isFirst: false);
        }
        else
        {
            target.Group.Followers.Move(mailbox, target);
        }

        Count(mailbox, dispatcher, () => cell.Mailbox != mailbox);
        if (cell.Mailbox == mailbox)
        {
            return true;
        }

        target.Group.Followers.Remove(mailbox);
        return false;
    }

    /// <summary>Has an actor live on another loop than where it does, unless it follows a connection or was moved by name.</summary>
    /// <param name="mailbox">Its mailbox.</param>
    /// <param name="dispatcher">Its dispatcher.</param>
    /// <param name="target">The other loop, of the same group.</param>
    /// <returns>False when it stays.</returns>
    public static bool TryShare(Mailbox mailbox, ILoopDispatcher dispatcher, ActorLoop target)
    {
        bool goes = !MailboxOwner.HasEnded(mailbox)
            && (mailbox.MessageQueue is LoopMessageQueue queue ? queue.TryGive(target) : target.Group.Followers.TryGive(mailbox, target));
        if (!goes)
        {
            return false;
        }

        Count(mailbox, dispatcher, () => MailboxOwner.HasEnded(mailbox));
        if (!MailboxOwner.HasEnded(mailbox))
        {
            return true;
        }

        // Whoever ended meanwhile has left the table before it was added, and nobody else would take it out.
        target.Group.Followers.Remove(mailbox);
        return false;
    }

    /// <summary>Counts an actor where it lives. Who has it live elsewhere meanwhile may count before, so the last look decides.</summary>
    private static void Count(Mailbox mailbox, ILoopDispatcher dispatcher, Func<bool> hasEnded)
    {
        ActorLoop loop;
        do
        {
            loop = LoopOf(mailbox, dispatcher.Home);
            dispatcher.Group.Population.Move(mailbox, dispatcher.Home.Index, loop.Index, hasEnded);
        }
        while (LoopOf(mailbox, dispatcher.Home) != loop && !hasEnded());
    }

    /// <summary>The mailbox of an actor that lives on a loop of any group, and that loop; null for others, and for one not begun.</summary>
    public static (Mailbox Mailbox, ActorLoop Loop)? TryFind(IActorRef actor) => CellOf(actor) switch
    {
        not { Mailbox: not null } => null,
        { Dispatcher: ILoopDispatcher dispatcher, Mailbox: { } mailbox } =>
            MakesSendersWait(mailbox) ? null : (mailbox, LoopOf(mailbox, dispatcher.Home)),

        // Of FlexExecutor's, this one knows its loop.
        { Mailbox: { MessageQueue: LoopMessageQueue { Loop: { } loop } } mailbox } => (mailbox, loop),
        _ => null,
    };

    /// <summary>
    /// The cell of a local actor. One that the user guardian makes runs a moment before its reference points to its cell: by Lookup it
    /// is found from its first message on.
    /// </summary>
    private static ActorCell? CellOf(IActorRef actor) => actor switch
    {
        RepointableActorRef { Lookup: ActorCell cell } => cell,
        ActorRefWithCell { Underlying: ActorCell cell } => cell,
        _ => null,
    };

    /// <summary>The loop an actor of this group lives on, or null; also when an error has ended that loop, or it is given up.</summary>
    public static ActorLoop? TryLoopOf(IActorRef actor, LoopGroup group) =>
        CellOf(actor) is { Dispatcher: ILoopDispatcher dispatcher, Mailbox: { } mailbox }
        && dispatcher.Group == group && !MakesSendersWait(mailbox)
        && LoopOf(mailbox, dispatcher.Home) is { Loop.HasFailed: false, IsGivenUp: false } loop
            ? loop
            : null;
}

/// <summary>A dispatcher whose actors live on the loops of a group.</summary>
internal interface ILoopDispatcher
{
    LoopGroup Group { get; }

    /// <summary>Where its actors live that follow no connection.</summary>
    ActorLoop Home { get; }
}
