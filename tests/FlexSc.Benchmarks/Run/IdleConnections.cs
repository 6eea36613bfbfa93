using System.Net;
using System.Net.Sockets;
using FlexSc.Measuring;

namespace FlexSc.Benchmarks.Run;

/// <summary>Connections that ask once and then stay silent.</summary>
internal sealed class IdleConnections : IDisposable
{
    private const int AnswerLimitMs = 5000;
    private const int MaxAnswerBytes = 4096;

    /// <summary>An address has 28,000 ports for connections, and the kernel searches long for the last ones; 127.0.0.0/8 is all this machine's.</summary>
    private const int ConnectionsPerAddress = 2_000;

    private readonly List<Socket> _sockets = [];
    private readonly IdleProtocol _protocol;
    private readonly byte[] _answer = new byte[MaxAnswerBytes];

    private IdleConnections(IdleProtocol protocol)
    {
        _protocol = protocol;
    }

    /// <exception cref="MeasurementException">A connection or an answer failed.</exception>
    public static IdleConnections Open(IPEndPoint server, IdleProtocol protocol, int count)
    {
        IdleConnections connections = new(protocol);
        try
        {
            for (int index = 0; index < count; index++)
            {
                Socket socket = new(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
                {
                    NoDelay = true,
                    SendTimeout = AnswerLimitMs,
                    ReceiveTimeout = AnswerLimitMs,
                };
                connections._sockets.Add(socket);
                if (IPAddress.IsLoopback(server.Address) && server.AddressFamily == AddressFamily.InterNetwork)
                {
                    socket.Bind(new IPEndPoint(IPAddress.Parse($"127.1.{index / ConnectionsPerAddress}.1"), 0));
                }

                socket.Connect(server);
                connections.Ask(socket);
            }

            return connections;
        }
        catch (SocketException failure)
        {
            int reached = connections._sockets.Count;
            connections.Dispose();
            throw new MeasurementException($"connection {reached} of {count} failed: {failure.Message}");
        }
        catch
        {
            connections.Dispose();
            throw;
        }
    }

    /// <summary>Asks on every connection once more: none may have been closed behind our back.</summary>
    /// <exception cref="MeasurementException">One was closed, or answers wrongly.</exception>
    public void AskAll()
    {
        try
        {
            _sockets.ForEach(Ask);
        }
        catch (SocketException failure)
        {
            throw new MeasurementException($"a connection did not survive its silence: {failure.Message}");
        }
    }

    public void Dispose() => _sockets.ForEach(socket => socket.Dispose());

    private void Ask(Socket socket)
    {
        socket.Send(_protocol.Request);
        int length = 0;
        while (!_answer.AsSpan(0, length).EndsWith(_protocol.AnswerEnd))
        {
            int received = length == _answer.Length ? 0 : socket.Receive(_answer.AsSpan(length));
            if (received == 0)
            {
                throw new MeasurementException($"the answer ended after {length} bytes without its end");
            }

            length += received;
        }
    }
}
