using System.Net;
using System.Net.Sockets;

namespace FlexSc.Examples.Shared;

/// <summary>
/// Does once, before anybody connects, what the runtime does at the first use: an assembly that cannot be loaded because no
/// descriptor is left stays away for good, and a type initialiser that failed stays failed.
/// </summary>
internal static class ServiceWarmUp
{
    /// <summary>Opens the console's streams, and starts the thread that timers run on.</summary>
    public static void TouchRuntime()
    {
        Console.Out.Flush();
        Console.Error.Flush();
        using Timer timer = new(static _ => { }, null, 0, Timeout.Infinite);
    }

    /// <summary>Asks the service as a client of its own does, and reads until it closes.</summary>
    /// <param name="endPoint">Where it listens.</param>
    /// <param name="request">What to send; the last request asks to close.</param>
    /// <param name="timeoutMs">Time for each step.</param>
    /// <returns>Bytes of the answer.</returns>
    /// <exception cref="IOException">It does not answer.</exception>
    public static Task<long> ExchangeAsync(IPEndPoint endPoint, byte[] request, int timeoutMs) =>
        Task.Run(() => Exchange(endPoint, request, timeoutMs));

    // By blocking calls: others would start the threads that .NET's sockets are awaited on, which the service may have no use for.
    private static long Exchange(IPEndPoint endPoint, byte[] request, int timeoutMs)
    {
        try
        {
            using Socket socket = new(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { SendTimeout = timeoutMs, ReceiveTimeout = timeoutMs };
            socket.Connect(endPoint);
            socket.Send(request);
            byte[] buffer = new byte[16 * 1024];
            long bytes = 0;
            while (socket.Receive(buffer) is > 0 and int count)
            {
                bytes += count;
            }

            return bytes;
        }
        catch (SocketException exception)
        {
            throw new IOException($"the service does not answer its own request on {endPoint}: {exception.Message}", exception);
        }
    }
}
