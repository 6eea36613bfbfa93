using System.Net;
using System.Net.Sockets;

namespace FlexSc.LoadTests.Scenarios.Clients;

/// <summary>A TCP connection with a receive buffer and a deadline for each step. One iteration at a time uses it.</summary>
internal sealed class SocketConnection : IDisposable
{
    /// <summary>What a step may take before it counts as failed.</summary>
    public static readonly TimeSpan StepTimeout = TimeSpan.FromSeconds(10);

    private const int BufferBytes = 16 * 1024;

    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private CancellationTokenSource _deadline = new();
    private int _start;
    private int _end;

    private SocketConnection(Socket socket) => _socket = socket;

    /// <exception cref="SocketException">The server refused, or the network did.</exception>
    /// <exception cref="OperationCanceledException">No connection within the step's time.</exception>
    public static async Task<SocketConnection> OpenAsync(IPEndPoint endPoint)
    {
        Socket socket = new(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            using CancellationTokenSource limit = new(StepTimeout);
            await socket.ConnectAsync(endPoint, limit.Token).ConfigureAwait(false);
            return new SocketConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Starts the time of a step that may take <see cref="StepTimeout"/>, or what it is given.</summary>
    public void StartStep(TimeSpan? limit = null)
    {
        if (!_deadline.TryReset())
        {
            _deadline.Dispose();
            _deadline = new CancellationTokenSource();
        }

        _deadline.CancelAfter(limit ?? StepTimeout);
    }

    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await _socket.SendAsync(bytes, _deadline.Token).ConfigureAwait(false)..];
        }
    }

    /// <summary>Waits without using the connection, within the step's time.</summary>
    public Task PauseAsync(TimeSpan time) => Task.Delay(time, _deadline.Token);

    /// <summary>The next line without its CR LF.</summary>
    /// <exception cref="InvalidDataException">The line is longer than the buffer.</exception>
    /// <exception cref="EndOfStreamException">The server closed the connection.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadLineAsync()
    {
        int looked = 0;
        while (true)
        {
            int end = _buffer.AsSpan(_start + looked, _end - _start - looked).IndexOf("\r\n"u8);
            if (end >= 0)
            {
                ReadOnlyMemory<byte> line = _buffer.AsMemory(_start, looked + end);
                _start += looked + end + 2;
                return line;
            }

            // A CR may be the last byte so far.
            looked = Math.Max(0, _end - _start - 1);
            await FillAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Reads exactly the expected bytes and compares them as they come.</summary>
    /// <returns>Whether all were as expected.</returns>
    public async ValueTask<bool> ReadExpectedAsync(ReadOnlyMemory<byte> expected)
    {
        bool equal = true;
        while (expected.Length > 0)
        {
            if (_start == _end)
            {
                await FillAsync().ConfigureAwait(false);
            }

            int count = Math.Min(expected.Length, _end - _start);
            equal &= _buffer.AsSpan(_start, count).SequenceEqual(expected.Span[..count]);
            _start += count;
            expected = expected[count..];
        }

        return equal;
    }

    /// <summary>Whether the server closes the connection, after nothing more.</summary>
    public async ValueTask<bool> IsClosedAsync() =>
        _start == _end && await _socket.ReceiveAsync(_buffer.AsMemory(0, 1), _deadline.Token).ConfigureAwait(false) == 0;

    public void Dispose()
    {
        _socket.Dispose();
        _deadline.Dispose();
    }

    private async ValueTask FillAsync()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == BufferBytes)
        {
            throw new InvalidDataException($"a line of more than {BufferBytes} bytes");
        }

        int received = await _socket.ReceiveAsync(_buffer.AsMemory(_end), _deadline.Token).ConfigureAwait(false);
        if (received == 0)
        {
            throw new EndOfStreamException("the server closed the connection before the answer was complete");
        }

        _end += received;
    }
}
