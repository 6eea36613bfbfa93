using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Akka.IO;

namespace FlexSc.Examples.HttpServer.Service;

/// <summary>
/// Segments no longer than an Ethernet's. A receiver whose window has closed opens it again when a whole segment fits: with the
/// 64 KiB of the loopback device it says nothing of what a slow client reads for a minute, and of one that takes 1 kB/s nobody
/// could tell that it is alive. Accepted sockets inherit it (tcp(7)).
/// </summary>
internal sealed class EthernetSegments : Inet.SocketOption
{
    private const int TcpLevel = 6; // IPPROTO_TCP
    private const int MaxSegment = 2; // TCP_MAXSEG
    private const int EthernetSegmentBytes = 1460;

    public override void BeforeServerSocketBind(Socket socket) =>
        socket.SetRawSocketOption(TcpLevel, MaxSegment, BitConverter.GetBytes(EthernetSegmentBytes));
}

/// <summary>Keeps the sockets of stock Akka.IO's connections until their handlers ask for them. From any thread.</summary>
internal sealed class AcceptedSockets : Inet.SocketOption
{
    private readonly ConcurrentDictionary<EndPoint, Socket> _sockets = new();

    public override void AfterConnect(Socket socket)
    {
        if (socket.RemoteEndPoint is { } remote)
        {
            _sockets[remote] = socket;
        }
    }

    /// <summary>The socket of a connection that was just made known.</summary>
    public Socket Take(EndPoint remote) => _sockets.TryRemove(remote, out Socket? socket)
        ? socket
        : throw new InvalidOperationException($"Akka.IO did not show the socket of its connection with {remote}");
}
