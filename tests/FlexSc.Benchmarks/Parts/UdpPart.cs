using System.Diagnostics;
using System.Net.Sockets;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Parts;

/// <summary>
/// Datagrams of 64 bytes that are sent back. The generator polls: were it asleep, the server's sends would pay for waking it, which a
/// peer across a network does not ask for.
/// </summary>
internal sealed class UdpPart(RunOptions options) : TransferPart(
    options, "udp: echo of 64 B datagrams", "DatagramServer", [Stock, "flexsc", "flexsc-actors", Pooled, Bare],
    [new TransferWork(Echo, "datagrams", Stock, static _ => true, Load)])
{
    public const string Echo = "16 peers, 8 datagrams each under way";
    private const string Stock = "akka-io";

    /// <summary>The kernel's share: C by recvmmsg and sendmmsg.</summary>
    private const string Bare = "bare-c";
    private const int Peers = 16;

    /// <summary>All that is under way fits the server's receive buffer as the system makes it.</summary>
    private const int Window = 8;
    private const int DatagramBytes = 64;
    private const int LostAfterMs = 1000;

    protected override IEnumerable<string> ArgumentsOf(string variant) => [variant];

    protected override string? NativeProgramOf(string variant) => variant == Bare ? "datagram_server" : null;

    private static (long Units, long Lost, double Seconds) Load(ServerProcess server, TimeSpan duration)
    {
        Socket[] peers = [.. Enumerable.Range(0, Peers).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { Blocking = false })];
        try
        {
            Array.ForEach(peers, peer => peer.Connect(server.EndPoint));
            byte[] datagram = new byte[DatagramBytes];
            byte[] answer = new byte[DatagramBytes];
            (long received, long lost) = (0, 0);
            long start = Stopwatch.GetTimestamp();
            do
            {
                foreach (Socket peer in peers)
                {
                    for (int i = 0; i < Window; i++)
                    {
                        peer.Send(datagram);
                    }
                }

                foreach (Socket peer in peers)
                {
                    for (int i = 0; i < Window; i++)
                    {
                        if (!TryReceive(peer, answer))
                        {
                            lost += Window - i;
                            break;
                        }

                        received++;
                    }
                }
            }
            while (Stopwatch.GetElapsedTime(start) < duration);
            return (received, lost, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        finally
        {
            Array.ForEach(peers, peer => peer.Dispose());
        }
    }

    private static bool TryReceive(Socket peer, byte[] answer)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < LostAfterMs)
        {
            int bytes = peer.Receive(answer, SocketFlags.None, out SocketError error);
            if (error == SocketError.Success)
            {
                return bytes == DatagramBytes;
            }
        }

        return false;
    }
}
