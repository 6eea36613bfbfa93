using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.Dispatch;

/// <summary>An unbounded mailbox whose queue knows the loop its actor lives on, which spares the dispatcher a look-up.</summary>
public sealed class LoopMailbox : MailboxType, IProducesMessageQueue<UnboundedMessageQueue>
{
    /// <summary>Called by Akka.NET.</summary>
    public LoopMailbox(Settings settings, Config config)
        : base(settings, config)
    {
    }

    /// <inheritdoc/>
    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new LoopMessageQueue(owner);
}

/// <summary>The queue of <see cref="LoopMailbox"/>.</summary>
internal sealed class LoopMessageQueue(IActorRef owner) : UnboundedMessageQueue
{
    public IActorRef Owner => owner;

    /// <summary>
    /// Where the actor lives; null until its dispatcher attached it. Written by whoever moves the actor; one who still reads the
    /// old value schedules one more run there, which is harmless: a mailbox runs in one place at a time.
    /// </summary>
    public ActorLoop? Loop { get; set; }

    /// <summary>True once the actor followed a connection: it stays with its first one.</summary>
    public bool FollowsConnection { get; set; }
}
