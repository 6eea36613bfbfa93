using System.Net;
using System.Net.Sockets;
using FlexSc.Measuring.Load;

namespace FlexSc.Benchmarks.Load.Http;

/// <summary>The load for a moment against a server of this process's own, so that all of it is compiled when the real one begins.</summary>
internal static class PacedRehearsal
{
    private const int Connections = 2;
    private static readonly TimeSpan Duration = TimeSpan.FromMilliseconds(200);
    private static readonly byte[] Answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray();

    /// <param name="offeredPerSecond">The pace of the real one.</param>
    public static void Run(int offeredPerSecond)
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();

        // One connection more: the first one measures the answer.
        Thread[] threads = [.. Enumerable.Range(0, Connections + 1).Select(_ => new Thread(() => Serve(listener)) { IsBackground = true })];
        Array.ForEach(threads, static thread => thread.Start());
        PacedIntervals intervals = new(Duration, Duration);
        using (PacedLoop loop = new((IPEndPoint)listener.LocalEndPoint!, "/", Connections, offeredPerSecond, count: null, intervals))
        {
            LoadResult result = loop.Run(Duration);
            if (result.Errors > 0)
            {
                throw new IOException($"the generator's rehearsal failed: {result.ErrorText}");
            }
        }

        Array.ForEach(threads, static thread => thread.Join());
    }

    // Requests come one at a time on a connection, each in one piece.
    private static void Serve(Socket listener)
    {
        using Socket socket = listener.Accept();
        byte[] buffer = new byte[1024];
        try
        {
            while (socket.Receive(buffer) > 0)
            {
                socket.Send(Answer);
            }
        }
        catch (SocketException)
        {
            // The load ended with a request under way.
        }
    }
}
