using System.Net;
using System.Net.Sockets;
using FlexSc.Measuring;
using FlexSc.Measuring.Load;

namespace FlexSc.Benchmarks.Load.Http;

/// <summary>
/// One keep-alive connection with at most one request under way. All answers of a server to one path have the same length,
/// which the first one tells, so that later ones are only counted and their status line is looked at.
/// </summary>
internal sealed class PacedConnection : IDisposable
{
    private const int MaxAnswerBytes = 64 * 1024;
    private static readonly byte[] Status = "HTTP/1.1 200 "u8.ToArray();

    private readonly BareConnection _connection;
    private readonly byte[] _request;
    private readonly byte[] _answer = new byte[MaxAnswerBytes];
    private int _received;

    /// <exception cref="SocketException">Nobody listens there.</exception>
    public PacedConnection(IPEndPoint server, byte[] request)
    {
        _request = request;
        _connection = new BareConnection(server);
    }

    public int FileDescriptor => _connection.FileDescriptor;

    public bool IsBusy { get; private set; }

    /// <summary>When the request under way was meant to be sent.</summary>
    public long IntendedAt { get; private set; }

    /// <summary>The length of an answer, by one request on a connection of its own.</summary>
    /// <exception cref="MeasurementException">The answer is no success, or has no Content-Length.</exception>
    public static int MeasureAnswer(IPEndPoint server, byte[] request)
    {
        const int limitMs = 5000;
        using Socket socket = new(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = limitMs };
        socket.Connect(server);
        socket.Send(request);
        byte[] answer = new byte[MaxAnswerBytes];
        int length = 0;
        while (true)
        {
            int received = socket.Receive(answer.AsSpan(length));
            length += received;
            if (AnswerLength(answer.AsSpan(0, length)) is { } whole)
            {
                return whole;
            }

            if (received == 0)
            {
                throw new MeasurementException($"the first answer ended after {length} bytes");
            }
        }
    }

    /// <summary>Length of head and body together; null while the head is not complete.</summary>
    /// <exception cref="MeasurementException">The answer is no success, or has no Content-Length.</exception>
    public static int? AnswerLength(ReadOnlySpan<byte> answer)
    {
        int end = answer.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return null;
        }

        string head = System.Text.Encoding.ASCII.GetString(answer[..end]);
        string? length = head.Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        return answer.StartsWith(Status) && length is not null
            ? end + 4 + int.Parse(length["Content-Length:".Length..], System.Globalization.CultureInfo.InvariantCulture)
            : throw new MeasurementException($"the answer is no 200 with a Content-Length: {head.Split("\r\n")[0]}");
    }

    /// <returns>What went wrong, or null.</returns>
    public string? Send(long intendedAt)
    {
        IsBusy = true;
        IntendedAt = intendedAt;
        _received = 0;
        return _connection.Send(_request);
    }

    /// <summary>Takes what has arrived.</summary>
    /// <param name="answerBytes">Length of an answer.</param>
    /// <param name="answered">Whether the answer is complete.</param>
    /// <returns>What went wrong, or null.</returns>
    public string? Receive(int answerBytes, out bool answered)
    {
        answered = false;
        if (_connection.Receive(_answer.AsSpan(_received), out int count) is { } error)
        {
            return error;
        }

        _received += count;
        if (_received < answerBytes || count == 0)
        {
            return null;
        }

        if (_received > answerBytes || !IsBusy || !_answer.AsSpan().StartsWith(Status))
        {
            return $"an answer of {_received} bytes instead of {answerBytes}, or no 200";
        }

        IsBusy = false;
        answered = true;
        return null;
    }

    public void Dispose() => _connection.Dispose();
}
