using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Parts;

/// <summary>1 MiB at a time over one connection, each way, over TCP and over a Unix socket, which Akka.IO does not have.</summary>
internal sealed class StreamPart(RunOptions options) : TransferPart(
    options, "stream: 1 MiB at a time", "StreamServer", [Stock, "flexsc", "flexsc-actors", Pooled, DotnetSocket],
    [
        new TransferWork(TcpDownload, "MiB", Stock, static _ => true, static (server, duration) => Load(server.EndPoint, download: true, duration)),
        new TransferWork(TcpUpload, "MiB", Stock, static _ => true, static (server, duration) => Load(server.EndPoint, download: false, duration)),
        new TransferWork("Unix, from the server", "MiB", DotnetSocket, static variant => variant != Stock, static (server, duration) => Load(UnixOf(server), download: true, duration)),
        new TransferWork("Unix, to the server", "MiB", DotnetSocket, static variant => variant != Stock, static (server, duration) => Load(UnixOf(server), download: false, duration)),
    ])
{
    public const string TcpDownload = "TCP, from the server";
    public const string TcpUpload = "TCP, to the server";
    private const string Stock = "akka-io";
    private const string DotnetSocket = "dotnet-socket";
    private const int ChunkBytes = 1 << 20;

    /// <summary>Chunks under way: the next one waits while one is worked on.</summary>
    private const int Window = 2;
    private const int SilenceLimitMs = 20_000;

    protected override IEnumerable<string> ArgumentsOf(string variant) => [variant, PathOf(variant)];

    private static string PathOf(string variant) => Path.Combine(Path.GetTempPath(), $"flexsc-stream-{Environment.ProcessId}-{variant}");

    private static UnixDomainSocketEndPoint UnixOf(ServerProcess server) => new(PathOf(server.Description));

    private static (long Units, long Lost, double Seconds) Load(EndPoint endPoint, bool download, TimeSpan duration)
    {
        using Socket socket = new(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = SilenceLimitMs, SendTimeout = SilenceLimitMs };
        socket.Connect(endPoint);
        byte[] chunk = new byte[ChunkBytes];
        byte[] request = download ? "D"u8.ToArray() : chunk;
        int answerBytes = download ? ChunkBytes : 1;
        if (!download)
        {
            socket.Send("U"u8);
        }

        long start = Stopwatch.GetTimestamp();
        (long sent, long received) = (0, 0);
        bool isOver = false;
        do
        {
            for (isOver = Stopwatch.GetElapsedTime(start) >= duration; !isOver && sent - received < Window; sent++)
            {
                SendAll(socket, request);
            }

            if (sent > received)
            {
                ReceiveAll(socket, chunk.AsSpan(0, answerBytes));
                received++;
            }
        }
        while (!isOver || sent > received);
        return (received, 0, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private static void SendAll(Socket socket, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[socket.Send(bytes)..];
        }
    }

    private static void ReceiveAll(Socket socket, Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int count = socket.Receive(bytes);
            bytes = count > 0 ? bytes[count..] : throw new MeasurementException("the server has closed the connection");
        }
    }
}
