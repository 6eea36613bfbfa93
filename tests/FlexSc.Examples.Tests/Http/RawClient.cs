using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FlexSc.Examples.Tests.Http;

/// <summary>A client that sends just the bytes it is told to; every wait has a deadline.</summary>
internal sealed class RawClient : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly StringBuilder _received = new();

    public static async Task<RawClient> ConnectAsync(IPEndPoint endpoint, int receiveBufferBytes = 0)
    {
        RawClient client = new();
        if (receiveBufferBytes > 0)
        {
            client._socket.ReceiveBufferSize = receiveBufferBytes;
        }

        using CancellationTokenSource timeout = new(Deadline);
        await client._socket.ConnectAsync(endpoint, timeout.Token);
        return client;
    }

    public async Task SendAsync(string text)
    {
        using CancellationTokenSource timeout = new(Deadline);
        ReadOnlyMemory<byte> rest = Encoding.Latin1.GetBytes(text);
        while (!rest.IsEmpty)
        {
            rest = rest[await _socket.SendAsync(rest, timeout.Token)..];
        }
    }

    /// <summary>Sends until all is sent or the server stops taking it.</summary>
    public async Task SendWhatIsTakenAsync(string text)
    {
        try
        {
            await SendAsync(text);
        }
        catch (SocketException)
        {
            // The server may have closed its side before the last byte: its answer is what counts.
        }
    }

    public void HalfClose() => _socket.Shutdown(SocketShutdown.Send);

    public void Reset()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Close();
    }

    public async Task<string> ReadUntilAsync(string end)
    {
        while (!_received.ToString().Contains(end, StringComparison.Ordinal))
        {
            if (await ReceiveAsync() == 0)
            {
                throw new IOException($"the server closed before '{end}'; it sent '{_received}'");
            }
        }

        return _received.ToString();
    }

    /// <summary>Goes on as if nothing had been received yet.</summary>
    public void Forget() => _received.Clear();

    /// <returns>All that was received, at the server's close.</returns>
    public async Task<string> ReadToEndAsync()
    {
        while (await ReceiveAsync() > 0)
        {
        }

        return _received.ToString();
    }

    /// <summary>Sends a head that has no end, byte by byte, until the server has had enough of it.</summary>
    /// <returns>The server's answer.</returns>
    public async Task<string> TrickleAsync()
    {
        Task<string> answer = ReadToEndAsync();
        await SendAsync("GET /plaintext HTTP/1.1\r\nHost: a\r\nX: ");

        // Below every limit of size, so that the limit of time is what answers; a fast machine would send megabytes meanwhile.
        const int MaxTrickledBytes = 2_000;
        for (int i = 0; i < MaxTrickledBytes && !answer.IsCompleted; i++)
        {
            await SendWhatIsTakenAsync("x");
        }

        return await answer;
    }

    public async Task<string> ExchangeAsync(string request)
    {
        await SendAsync(request);
        return await ReadToEndAsync();
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Receives once.</summary>
    /// <returns>Bytes received; 0 at the server's close.</returns>
    public async Task<int> ReceiveAsync(int maxBytes = 64 * 1024)
    {
        using CancellationTokenSource timeout = new(Deadline);
        byte[] buffer = new byte[maxBytes];
        int count = await _socket.ReceiveAsync(buffer, timeout.Token);
        _received.Append(Encoding.Latin1.GetString(buffer, 0, count));
        return count;
    }
}
