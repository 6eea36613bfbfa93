using Akka.Actor;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.IO;

/// <content>The connection as the keepers of its receptions see it.</content>
internal sealed partial class TcpReceiver : IReceptionOwner
{
    public ReadAhead ReadAhead { get; }

    public Receptions Receptions { get; private set; }

    IActorRef IReceptionOwner.Self => _connection;

    IActorRef? IReceptionOwner.Handler => _connection.Handler;

    ActorLoop IReceptionOwner.ActorLoop => _connection.ActorLoop;

    LoopReceptions IReceptionOwner.LoopReceptions => _connection.Shared.Receptions;

    void IReceptionOwner.OnDefect(Exception exception) => _connection.OnDefect(exception);
}
