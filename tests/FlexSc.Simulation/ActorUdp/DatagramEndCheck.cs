using Akka.Actor;
using Akka.Dispatch.SysMsg;
using FlexSc.Akka.IO;
using FlexSc.Interop.Backends.Simulated;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorUdp;

/// <summary>Watches a socket, and is told of its end at once: no call may be in flight on it then, and it is closed.</summary>
internal sealed class DatagramEndCheck : MinimalActorRef
{
    private readonly World _world;
    private readonly UdpSocket _socket;
    private readonly DatagramSocket _native;
    private readonly string _who;

    private DatagramEndCheck(DatagramUse use, UdpSocket socket, string who)
    {
        _world = use.World;
        _socket = socket;
        _native = use.SocketOf(socket);
        _who = who;
        Provider = socket.Provider;
        Path = Provider.RootPath / "datagram-end-check";
    }

    public override ActorPath Path { get; }

    public override IActorRefProvider Provider { get; }

    public static void Watch(DatagramUse use, IActorRef socket, string who)
    {
        UdpSocket watched = (UdpSocket)socket;
        watched.SendSystemMessage(new Watch(watched, new DatagramEndCheck(use, watched, who)));
    }

    public override void SendSystemMessage(ISystemMessage message)
    {
        if (message is DeathWatchNotification && (_native.IsOpen || !_socket.Sender.IsQuiet || _socket.Receiver is { IsBusy: true }))
        {
            _world.Fail(new SimulationFailure($"{_who}: the socket has ended with a call in flight, or open"));
        }
    }

    protected override void TellInternal(object message, IActorRef sender)
    {
    }
}
