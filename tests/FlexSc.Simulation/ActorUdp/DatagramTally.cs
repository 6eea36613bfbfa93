using FlexSc.Akka.IO;
using FlexSc.Interop.Backends.Simulated;
using FlexSc.Simulation.Actors;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorUdp;

/// <summary>What actors of a process tell and are told of datagrams, to be compared with what its kernel and the library count.</summary>
internal sealed class DatagramTally(ActorProcess process)
{
    private const long MostSteps = 2_000_000;

    /// <summary>Datagrams told to sockets.</summary>
    public long Told { get; set; }

    /// <summary>Datagrams that came to handlers.</summary>
    public long Received { get; set; }

    /// <summary>Datagrams of which handlers were told that they did not arrive, and where.</summary>
    public long NotDelivered { get; set; }

    /// <summary>A handler has ended, or a socket was closed, with datagrams on their way to it.</summary>
    public bool HasLeftSome { get; set; }

    /// <summary>The socket that stays, while it is there.</summary>
    public DatagramSocket? Lasting { get; set; }

    private UdpFigures Figures => FlexUdp.For(process.System).Figures;

    /// <summary>Waits until all that came is received and told. What the library lost never is.</summary>
    public void AwaitAllReceived(World world)
    {
        world.RunUntil(() => Lasting is { Arrived: 0 }, $"{process.Name} has received every datagram that came", MostSteps);
        if (!HasLeftSome)
        {
            world.RunUntil(
                () => Received == Figures.Received && process.Process.ReceivedDatagrams == Figures.Received + Figures.Truncated,
                $"{process.Name} has told every datagram that its kernel handed over", MostSteps);
        }
    }

    /// <summary>Waits until what the network has told of those that did not arrive is told.</summary>
    public void AwaitAllTold(World world)
    {
        if (!HasLeftSome)
        {
            world.RunUntil(
                () => Lasting is null || NotDelivered == Lasting.QueuedErrors, $"{process.Name} has told every datagram that did not arrive", MostSteps);
        }
    }

    /// <summary>Each datagram was sent once or has failed, as it is counted.</summary>
    public void CheckSent()
    {
        UdpFigures figures = Figures;
        if (!process.HasCrashed && (process.Process.SentDatagrams != figures.Sent || figures.Sent + figures.SendsFailed != Told))
        {
            throw new SimulationFailure(
                $"{process.Name} told {Told} datagrams, counts {figures.Sent} as sent and {figures.SendsFailed} as failed, "
                    + $"and its kernel took {process.Process.SentDatagrams}");
        }
    }
}
