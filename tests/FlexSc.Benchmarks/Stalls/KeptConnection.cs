using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FlexSc.Benchmarks.Stalls;

/// <summary>A connection that stays open, and asks when it is told to.</summary>
internal sealed class KeptConnection : IDisposable
{
    private static readonly byte[] Request = Encoding.ASCII.GetBytes("GET /plaintext HTTP/1.1\r\nHost: localhost\r\n\r\n");

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _answer = new byte[4096];

    /// <exception cref="SocketException">Nobody listens there.</exception>
    public KeptConnection(IPEndPoint server) => _socket.Connect(server);

    /// <summary>Whether an answer comes in time. Answers are small, and come in one piece.</summary>
    public bool IsAnswered(TimeSpan limit)
    {
        _socket.ReceiveTimeout = (int)limit.TotalMilliseconds;
        try
        {
            _socket.Send(Request);
            return _socket.Receive(_answer) > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Whether a new connection is made and answered in time.</summary>
    public static bool IsAnswered(IPEndPoint server, TimeSpan limit)
    {
        try
        {
            using KeptConnection connection = new(server);
            return connection.IsAnswered(limit);
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public void Dispose() => _socket.Dispose();
}
