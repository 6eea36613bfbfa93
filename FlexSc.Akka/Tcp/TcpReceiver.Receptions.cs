using Akka.Actor;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.IO;

/// <content>The connection as the keepers of its receptions see it.</content>
internal sealed partial class TcpReceiver : IReceptionOwner
{
    public ReadAhead ReadAhead { get; }

    /// <summary>Counts what the handler was told, over and over. From any thread.</summary>
    public int ToldReceptions => ReadAhead.Told;

    public Receptions Receptions { get; private set; }

    IActorRef IReceptionOwner.Self => _connection;

    IActorRef? IReceptionOwner.Handler => _connection.Handler;

    ActorLoop IReceptionOwner.ActorLoop => _connection.ActorLoop;

    LoopReceptions IReceptionOwner.LoopReceptions => _connection.Shared.Receptions;

    void IReceptionOwner.OnDefect(Exception exception) => _connection.OnDefect(exception);
}
