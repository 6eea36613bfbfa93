using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using FlexSc.Measuring;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Peers;

/// <summary>nginx's counters by its module stub_status, over one connection that stays open and that it does not count.</summary>
internal sealed partial class StubStatusCounters(IPEndPoint server) : IServerCounters
{
    public const string Path = "/stub-status";

    private const int AnswerLimitMs = 10_000;
    private const int MaxAnswerBytes = 4096;
    private static readonly byte[] Request = Encoding.ASCII.GetBytes($"GET {Path} HTTP/1.1\r\nHost: localhost\r\n\r\n");

    private readonly byte[] _answer = new byte[MaxAnswerBytes];
    private Socket? _socket;
    private long _asked;

    public ServerStats Read()
    {
        try
        {
            _socket ??= Connect();
            _socket.Send(Request);
            _asked++;
            (long active, long requests) = Parse(Receive(_socket));
            return new ServerStats(requests - _asked, null, null, active - 1, null);
        }
        catch (SocketException failure)
        {
            throw new MeasurementException($"nginx did not answer {Path}: {failure.Message}");
        }
    }

    public void Dispose() => _socket?.Dispose();

    /// <exception cref="MeasurementException">It is not the page of stub_status.</exception>
    public static (long Active, long Requests) Parse(string page)
    {
        Match match = PagePattern().Match(page);
        return match.Success
            ? (long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), long.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture))
            : throw new MeasurementException($"the page of stub_status is not understood: {page}");
    }

    private Socket Connect()
    {
        Socket socket = new(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            SendTimeout = AnswerLimitMs,
            ReceiveTimeout = AnswerLimitMs,
        };
        socket.Connect(server);
        return socket;
    }

    // The page ends with the line of the waiting connections.
    private string Receive(Socket socket)
    {
        int length = 0;
        while (true)
        {
            int received = length == _answer.Length ? 0 : socket.Receive(_answer.AsSpan(length));
            if (received == 0)
            {
                throw new MeasurementException($"nginx's answer to {Path} ended after {length} bytes");
            }

            length += received;
            string text = Encoding.ASCII.GetString(_answer, 0, length);
            if (text.IndexOf("Waiting:", StringComparison.Ordinal) is >= 0 and int last && text.IndexOf('\n', last) >= 0)
            {
                return text;
            }
        }
    }

    [GeneratedRegex(@"Active connections: (\d+)\s+server accepts handled requests\s+\d+ \d+ (\d+)")]
    private static partial Regex PagePattern();
}
