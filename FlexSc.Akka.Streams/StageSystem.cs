using Akka.Actor;

namespace FlexSc.Akka.Streams;

/// <summary>
/// The actor system of a stage. Its materializer may be one that runs inside of another and does not tell; the stage's own actor reference
/// does.
/// </summary>
internal static class StageSystem
{
    /// <param name="stageActor">The reference of a stage.</param>
    public static ActorSystem Of(IActorRef stageActor) =>
        ((ActorCell)((IInternalActorRef)stageActor).Provider.Guardian.Underlying).System;
}
