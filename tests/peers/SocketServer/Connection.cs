using System.Net.Sockets;

namespace FlexSc.Peers.Sockets;

/// <summary>What all connections count together.</summary>
internal sealed class Reactor
{
    private long _requests;
    private long _connections;

    public HelloResponse Response { get; } = new("Sockets");

    public PeerCounts Counts => new(Interlocked.Read(ref _requests), Interlocked.Read(ref _connections));

    public void Opened() => Interlocked.Increment(ref _connections);

    public void Closed() => Interlocked.Decrement(ref _connections);

    public void Answered(int requests) => Interlocked.Add(ref _requests, requests);
}

/// <summary>Answers each request head with the same bytes; all answers to what one receive brought leave in one send.</summary>
internal sealed class Connection : IDisposable
{
    private const int BufferBytes = 4096;
    private const int MaxAnswersPerSend = 64;

    private static readonly byte[] HeadEnd = "\r\n\r\n"u8.ToArray();

    private readonly Reactor _reactor;
    private readonly Socket _socket;
    private readonly SocketAsyncEventArgs _receive = new();
    private readonly SocketAsyncEventArgs _send = new();
    private readonly byte[] _input = GC.AllocateUninitializedArray<byte>(BufferBytes, pinned: true);
    private byte[] _output = [];
    private int _inputBytes;

    public Connection(Reactor reactor, Socket socket)
    {
        _reactor = reactor;
        _socket = socket;
        socket.NoDelay = true;
        _receive.Completed += (_, _) => Run(received: true);
        _send.Completed += (_, _) => Run(received: false);
        reactor.Opened();
    }

    public void Start() => Run(received: false);

    public void Dispose()
    {
        _socket.Dispose();
        _receive.Dispose();
        _send.Dispose();
        _reactor.Closed();
    }

    // Goes on for as long as calls complete at once.
    private void Run(bool received)
    {
        while (true)
        {
            if (!received)
            {
                if (_send.SocketError != SocketError.Success)
                {
                    Dispose();
                    return;
                }

                _receive.SetBuffer(_input, _inputBytes, BufferBytes - _inputBytes);
                if (_socket.ReceiveAsync(_receive))
                {
                    return;
                }
            }

            if (_receive.SocketError != SocketError.Success || _receive.BytesTransferred == 0)
            {
                Dispose();
                return;
            }

            _inputBytes += _receive.BytesTransferred;
            int requests = TakeHeads();
            received = false;
            if (requests == 0)
            {
                continue;
            }

            int answerBytes = Answer(requests);
            _send.SetBuffer(_output, 0, answerBytes);
            _reactor.Answered(requests);
            if (_socket.SendAsync(_send))
            {
                return;
            }
        }
    }

    private int TakeHeads()
    {
        int heads = 0;
        int start = 0;
        while (heads < MaxAnswersPerSend && _input.AsSpan(start, _inputBytes - start).IndexOf(HeadEnd) is >= 0 and int end)
        {
            start += end + HeadEnd.Length;
            heads++;
        }

        _input.AsSpan(start, _inputBytes - start).CopyTo(_input);
        _inputBytes -= start;
        return heads;
    }

    private int Answer(int requests)
    {
        byte[] one = _reactor.Response.Current;
        if (_output.Length < requests * one.Length)
        {
            _output = GC.AllocateUninitializedArray<byte>(requests * one.Length, pinned: true);
        }

        for (int index = 0; index < requests; index++)
        {
            one.CopyTo(_output.AsSpan(index * one.Length));
        }

        return requests * one.Length;
    }
}
