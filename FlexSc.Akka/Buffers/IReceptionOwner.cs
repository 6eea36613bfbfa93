using Akka.Actor;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.IO;

/// <summary>A socket whose handler is told what it receives, as the keepers of receptions see it. On the loop's thread unless said otherwise.</summary>
internal interface IReceptionOwner
{
    /// <summary>The socket's actor reference: the sender of receptions. From any thread.</summary>
    IActorRef Self { get; }

    /// <summary>Gets the receptions; null before there is one.</summary>
    IActorRef? Handler { get; }

    /// <summary>Where it lives now. From any thread.</summary>
    ActorLoop ActorLoop { get; }

    /// <summary>What the sockets of the loop have with their handlers.</summary>
    LoopReceptions LoopReceptions { get; }

    ReadAhead ReadAhead { get; }

    /// <summary>Reading pauses, or may go on.</summary>
    void OnDemandChanged();

    /// <summary>Something threw where nobody else can be told.</summary>
    void OnDefect(Exception exception);
}
