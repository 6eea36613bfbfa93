using Akka.Actor;
using Akka.Dispatch;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.Dispatch;

/// <summary>
/// Which actors run on the thread pool instead of their loop because they held it up (<c>flexsc.eviction</c>), and by hand what loops
/// do by themselves. Members may be called from any thread.
/// </summary>
public static class FlexEviction
{
    /// <summary>
    /// Has an actor run on the thread pool from its next run on, until <see cref="Return"/>: one that is known to block. Messages of
    /// one sender keep their order, and its connections stay where they are.
    /// </summary>
    /// <returns>
    /// False when it does not live on a loop, is evicted already, has ended, has not begun (a top-level actor begins some time after
    /// <c>ActorOf</c>, at the latest with its first message), or <c>flexsc.eviction.most</c> are evicted.
    /// </returns>
    public static bool Evict(IActorRef actor) =>
        Find(actor) is var (mailbox, loop) && loop.Group.Evictions.TryEvict(mailbox, loop, EvictionReason.Request);

    /// <summary>Has an actor that was evicted, by whomever, run on its loop again from its next run on.</summary>
    /// <returns>False when it is not evicted.</returns>
    public static bool Return(IActorRef actor) =>
        Find(actor) is var (mailbox, loop) && loop.Group.Evictions.TryGet(mailbox, out EvictedMailbox? evicted)
        && loop.Group.Evictions.TryReturn(evicted);

    /// <summary>Those who are away now, in no particular order.</summary>
    public static IReadOnlyList<ActorEvicted> Evicted(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        Evictions evictions = LoopGroup.Of(system).Evictions;
        return evictions.IsEmpty ? [] : [.. evictions.All.Select(
            static evicted => new ActorEvicted(MailboxOwner.NameOf(evicted.Mailbox), evicted.Loop.Index, evicted.Reason))];
    }

    private static (Mailbox Mailbox, ActorLoop Loop)? Find(IActorRef actor)
    {
        ArgumentNullException.ThrowIfNull(actor);
        return LoopAssignments.TryFind(actor);
    }
}
