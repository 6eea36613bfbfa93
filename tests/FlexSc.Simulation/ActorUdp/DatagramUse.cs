using System.Net;
using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Interop.Backends.Simulated;
using FlexSc.Interop.Calls;
using FlexSc.Simulation.Actors;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorUdp;

/// <summary>How an actor uses its socket.</summary>
/// <param name="Process">Its process.</param>
/// <param name="Tally">What the process counts.</param>
/// <param name="Book">All datagrams.</param>
/// <param name="IsPooled">Receptions are pooled ones.</param>
/// <param name="ReportsErrors">The handler is told what did not arrive.</param>
/// <param name="MaxUnsentDatagrams">Datagrams that a socket may hold for sending.</param>
internal sealed record DatagramUse(
    ActorProcess Process, DatagramTally Tally, DatagramBook Book, bool IsPooled, bool ReportsErrors, int MaxUnsentDatagrams)
{
    public World World => Process.World;

    public IEnumerable<Inet.SocketOption> Options
    {
        get
        {
            List<Inet.SocketOption> options = [];
            if (IsPooled)
            {
                options.Add(DatagramOptions.Pooled);
            }

            if (ReportsErrors)
            {
                options.Add(DatagramOptions.ReportErrors);
            }

            return options;
        }
    }

    /// <summary>The kernel's socket of one of the library's.</summary>
    public DatagramSocket SocketOf(IActorRef socket) => (DatagramSocket)Process.Process.Find(((UdpSocket)socket).Descriptor)!;

    /// <summary>An address as the kernel has it.</summary>
    public static SimulatedAddress AddressOf(EndPoint endPoint)
    {
        Span<byte> native = stackalloc byte[NativeSocketAddress.MaxBytes];
        return SimulatedAddress.TryParse(native[..NativeSocketAddress.Write(endPoint, native)], out SimulatedAddress address)
            ? address : throw new SimulationFailure($"{endPoint} is no address");
    }
}
