using Akka.Actor;

namespace FlexSc.Akka.Loops;

/// <summary>What a protocol keeps on a loop where some of it can live on another one. On the loop's thread.</summary>
internal interface IMovingResident : ILoopResident
{
    /// <summary>How long one of them may take to come to rest. From any thread.</summary>
    TimeSpan MoveLimit { get; }

    /// <summary>All that live here now; changes with them.</summary>
    IReadOnlyCollection<IMovable> Movables { get; }

    /// <summary>Has those that one of some actors handles live on another loop.</summary>
    /// <param name="handlers">The actors.</param>
    /// <param name="target">The loop, of the same group.</param>
    /// <returns>For each of them its handler, and in time null, or the reason why it stays.</returns>
    IReadOnlyList<(IActorRef Handler, Task<string?> Answer)> Move(IReadOnlySet<IActorRef> handlers, ActorLoop target);
}
