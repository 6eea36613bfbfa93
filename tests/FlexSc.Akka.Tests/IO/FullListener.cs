using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace FlexSc.Akka.Tests.IO;

/// <summary>A listener whose backlog is full, so that Linux drops what comes and a connect gets no answer.</summary>
internal sealed class FullListener : IDisposable
{
    private const int TcpLevel = 6; // IPPROTO_TCP
    private const int TcpInfo = 11; // TCP_INFO
    private const int WaitingOffset = 24; // tcpi_unacked of struct tcp_info: of a listener, connections that wait to be accepted

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Socket _client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public FullListener(IPEndPoint endPoint)
    {
        _listener.Bind(endPoint);

        // The kernel keeps one connection beyond the number.
        _listener.Listen(0);
        _client.Connect(_listener.LocalEndPoint!);

        // The client is connected by the answer to its request; the listener has the connection with what it sends then.
        if (!SpinWait.SpinUntil(() => Waiting == 1, TcpFixture.Deadline))
        {
            throw new InvalidOperationException($"{Waiting} connections wait at a listener where one was made");
        }
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndPoint!;

    private int Waiting
    {
        get
        {
            byte[] information = new byte[WaitingOffset + sizeof(int)];
            _listener.GetRawSocketOption(TcpLevel, TcpInfo, information);
            return BinaryPrimitives.ReadInt32LittleEndian(information.AsSpan(WaitingOffset));
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _listener.Dispose();
    }
}
