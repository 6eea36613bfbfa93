using Akka.Actor;
using Akka.Dispatch.SysMsg;
using FlexSc.Akka.IO;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Connections;

/// <summary>
/// Watches a connection, and is told of its end at once: no call of it may be in flight then, for the kernel could still use what the
/// next owner of the descriptor or of the memory has.
/// </summary>
internal sealed class EndCheck : MinimalActorRef
{
    private readonly World _world;
    private readonly TcpConnection _connection;
    private readonly string _who;

    private EndCheck(World world, TcpConnection connection, string who)
    {
        _world = world;
        _connection = connection;
        _who = who;
        Provider = connection.Provider;
        Path = Provider.RootPath / "end-check";
    }

    public override ActorPath Path { get; }

    public override IActorRefProvider Provider { get; }

    public static void Watch(World world, IActorRef connection, string who)
    {
        TcpConnection watched = (TcpConnection)connection;
        watched.SendSystemMessage(new Watch(watched, new EndCheck(world, watched, who)));
    }

    /// <summary>It has a handler. One that ended before somebody registered tells whoever asked for it.</summary>
    public static bool IsRegistered(IActorRef connection) => ((TcpConnection)connection).Handler is not null;

    public override void SendSystemMessage(ISystemMessage message)
    {
        if (message is DeathWatchNotification && (_connection.Sender.Operation.IsPending || _connection.Receiver.Operation.IsPending
            || _connection.Receiver.Watch.Operation.IsPending))
        {
            _world.Fail(new SimulationFailure($"{_who}: the connection has ended with a call in flight"));
        }
    }

    protected override void TellInternal(object message, IActorRef sender)
    {
    }
}
