using System.Diagnostics;
using System.Net.Sockets;
using FlexSc.Benchmarks.Run;
using FlexSc.Benchmarks.Servers;

namespace FlexSc.Benchmarks.Parts;

/// <summary>Datagrams of 64 bytes that are sent back.</summary>
internal sealed class UdpPart(RunOptions options) : TransferPart(
    options, "udp: echo of 64 B datagrams", "DatagramServer", [Stock, "flexsc", "flexsc-actors", "flexsc-pooled"],
    [new TransferWork($"{Peers} peers, {Window} datagrams each under way", "datagrams", Stock, static _ => true, Load)])
{
    private const string Stock = "akka-io";
    private const int Peers = 16;

    /// <summary>All that is under way fits the server's receive buffer as the system makes it.</summary>
    private const int Window = 8;
    private const int DatagramBytes = 64;
    private const int LostAfterMs = 1000;

    protected override IEnumerable<string> ArgumentsOf(string variant) => [variant];

    private static (long Units, long Lost, double Seconds) Load(ServerProcess server, TimeSpan duration)
    {
        Socket[] peers = [.. Enumerable.Range(0, Peers).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = LostAfterMs })];
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
                        try
                        {
                            received += peer.Receive(answer) == DatagramBytes ? 1 : 0;
                        }
                        catch (SocketException failure) when (failure.SocketErrorCode == SocketError.TimedOut)
                        {
                            lost += Window - i;
                            break;
                        }
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
}
