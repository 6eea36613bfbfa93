using System.Net;
using System.Net.Security;
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
    /// <param name="overTls">Whether it speaks TLS; its certificate is its own affair.</param>
    /// <returns>Bytes of the answer.</returns>
    /// <exception cref="IOException">It does not answer.</exception>
    public static Task<long> ExchangeAsync(IPEndPoint endPoint, byte[] request, int timeoutMs, bool overTls = false) =>
        Task.Run(() => Exchange(endPoint, request, timeoutMs, overTls));

    /// <summary>A connection of the service's own, for blocking calls, which ends with its stream.</summary>
    /// <param name="endPoint">Where the service listens.</param>
    /// <param name="timeoutMs">Time for each call.</param>
    /// <param name="overTls">Whether it speaks TLS; its certificate is its own affair.</param>
    /// <exception cref="SocketException">It cannot be made.</exception>
    public static Stream Connect(IPEndPoint endPoint, int timeoutMs, bool overTls)
    {
        Socket socket = new(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
        {
            SendTimeout = timeoutMs, ReceiveTimeout = timeoutMs, NoDelay = true,
        };
        try
        {
            socket.Connect(endPoint);
            NetworkStream stream = new(socket, ownsSocket: true);
            return overTls ? Secure(stream) : stream;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // By blocking calls: others would start the threads that .NET's sockets are awaited on, which the service may have no use for.
    private static long Exchange(IPEndPoint endPoint, byte[] request, int timeoutMs, bool overTls)
    {
        try
        {
            using Stream stream = Connect(endPoint, timeoutMs, overTls);
            stream.Write(request);
            byte[] buffer = new byte[16 * 1024];
            long bytes = 0;
            while (stream.Read(buffer) is > 0 and int count)
            {
                bytes += count;
            }

            return bytes;
        }
        catch (Exception exception) when (exception is SocketException or IOException or System.Security.Authentication.AuthenticationException)
        {
            throw new IOException($"the service does not answer its own request on {endPoint}: {exception.Message}", exception);
        }
    }

    private static SslStream Secure(NetworkStream connection)
    {
        SslStream stream = new(connection);
        stream.AuthenticateAsClient(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
#pragma warning disable CA5359 // the peer is this process itself, whatever names its certificate is for
            RemoteCertificateValidationCallback = static (_, _, _, _) => true,
#pragma warning restore CA5359
        });
        return stream;
    }
}
