using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Connections;

/// <summary>How the actors of a side use their connections.</summary>
/// <param name="World">The world.</param>
/// <param name="IsPooled">Receptions are pooled ones.</param>
/// <param name="IsPull">Each reception is asked for.</param>
/// <param name="IsOnLoop">Actors live on the loops, and follow their connections.</param>
/// <param name="HasOwnMailbox">They have the mailbox of FlexSC.</param>
internal sealed record TcpUse(World World, bool IsPooled, bool IsPull, bool IsOnLoop, bool HasOwnMailbox)
{
    public static TcpUse Choose(World world) =>
        new(world, world.Random.Below(2) == 0, world.Random.Below(3) == 0, world.Random.Below(2) == 0, world.Random.Below(2) == 0);

    /// <summary>A connect may fail so: by an error of the system, or by its time limit.</summary>
    public static bool IsConnectFailure(Exception? cause) => cause is SocketException or ConnectException or FlexTlsException;

    public Props Place(Props props)
    {
        Props placed = IsOnLoop ? props.WithDispatcher(FlexTcpExt.DispatcherId) : props;
        return HasOwnMailbox ? placed.WithMailbox(FlexTcpExt.MailboxId) : placed;
    }

    public Tcp.Command Register(IActorRef handler, bool keepOpenOnPeerClosed) =>
        IsPooled ? new RegisterPooled(handler, keepOpenOnPeerClosed) : new Tcp.Register(handler, keepOpenOnPeerClosed);
}
