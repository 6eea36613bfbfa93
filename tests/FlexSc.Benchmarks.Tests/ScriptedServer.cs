using System.Net;
using System.Net.Sockets;

namespace FlexSc.Benchmarks.Tests;

/// <summary>
/// Answers whatever arrives by a function of the bytes received so far on the connection; null closes it. It has threads of its
/// own: the tests block those of the pool.
/// </summary>
internal sealed class ScriptedServer : IDisposable
{
    private const int Backlog = 16;

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Func<byte[], int, IReadOnlyList<byte[]>?> _answer;

    /// <param name="answer">Gets the bytes that just arrived and how many came before; answers the pieces to send.</param>
    public ScriptedServer(Func<byte[], int, IReadOnlyList<byte[]>?> answer)
    {
        _answer = answer;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(Backlog);
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        StartThread(Accept);
    }

    public IPEndPoint EndPoint { get; }

    public void Dispose() => _listener.Dispose();

    private static void StartThread(ThreadStart action) => new Thread(action) { IsBackground = true }.Start();

    private void Accept()
    {
        try
        {
            while (true)
            {
                Socket accepted = _listener.Accept();
                StartThread(() => Serve(accepted));
            }
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private void Serve(Socket accepted)
    {
        using Socket socket = accepted;
        socket.NoDelay = true;
        byte[] buffer = new byte[64 * 1024];
        int before = 0;
        try
        {
            while (socket.Receive(buffer) is > 0 and int received)
            {
                if (_answer(buffer[..received], before) is not { } pieces)
                {
                    return;
                }

                foreach (byte[] piece in pieces)
                {
                    socket.Send(piece);
                }

                before += received;
            }
        }
        catch (SocketException)
        {
            // The generator has ended.
        }
    }
}
