using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.Dispatch;

/// <summary>An unbounded mailbox whose queue is small while it holds little and knows the loop its actor lives on, which spares the
/// dispatcher a look-up.</summary>
public sealed class LoopMailbox : MailboxType, IProducesMessageQueue<LoopMessageQueue>
{
    /// <summary>Called by Akka.NET.</summary>
    public LoopMailbox(Settings settings, Config config)
        : base(settings, config)
    {
    }

    /// <inheritdoc/>
    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new LoopMessageQueue(owner);
}
