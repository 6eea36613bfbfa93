using System.Net;
using System.Net.Sockets;
using FlexSc.Interop.Calls;

namespace FlexSc.Akka.Tests.IO;

/// <summary>A listener whose backlog is full, so that Linux drops what comes and a connect gets no answer.</summary>
internal sealed class FullListener : IDisposable
{
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

    private int Waiting => SocketQueues.WaitingConnections((int)_listener.SafeHandle.DangerousGetHandle());

    public void Dispose()
    {
        _client.Dispose();
        _listener.Dispose();
    }
}
