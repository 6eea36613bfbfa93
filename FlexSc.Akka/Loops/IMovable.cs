using Akka.Actor;

namespace FlexSc.Akka.Loops;

/// <summary>What lives on a loop and can come to live on another one. From any thread, unless said otherwise.</summary>
internal interface IMovable
{
    /// <summary>Who handles it; null before it has a handler. On its loop's thread.</summary>
    IActorRef? Handler { get; }

    /// <summary>The loop it lives on, or is about to.</summary>
    ActorLoop ActorLoop { get; }

    /// <summary>Whether it has ended, or is about to; possibly a little old on another thread than its loop's.</summary>
    bool IsEnding { get; }

    /// <summary>Has it live on another loop.</summary>
    /// <returns>In time null when it does, or the reason why it stays.</returns>
    Task<string?> MoveAsync(ActorLoop target);
}
