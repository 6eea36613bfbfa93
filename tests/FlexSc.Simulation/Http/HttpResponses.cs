using System.Globalization;
using System.Text;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Http;

/// <summary>Reads the responses of a connection and compares each with what its request is to be answered.</summary>
internal sealed class HttpResponses(string who)
{
    private const string EndOfHead = "\r\n\r\n";

    private readonly StringBuilder _input = new();
    private readonly Queue<HttpExchange> _awaited = new();

    /// <summary>Requests whose response has not come.</summary>
    public int Count => _awaited.Count;

    /// <summary>The server has said that it closes.</summary>
    public bool HasEnded { get; private set; }

    public void Await(HttpExchange exchange) => _awaited.Enqueue(exchange);

    public void Take(byte[] bytes)
    {
        _input.Append(Encoding.Latin1.GetString(bytes));
        while (_awaited.TryPeek(out HttpExchange? exchange) && TryTake(exchange))
        {
            _awaited.Dequeue();
        }

        if (_awaited.Count == 0 && _input.Length > 0)
        {
            throw new SimulationFailure($"{who}: '{_input}' answers no request");
        }
    }

    private bool TryTake(HttpExchange exchange)
    {
        string input = _input.ToString();
        int headEnd = input.IndexOf(EndOfHead, StringComparison.Ordinal);
        if (headEnd < 0)
        {
            return false;
        }

        string[] lines = input[..headEnd].Split("\r\n");
        Require(lines[0].StartsWith(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {exchange.Status} "), StringComparison.Ordinal), exchange, lines[0]);
        Dictionary<string, string> fields = [];
        foreach (string line in lines.Skip(1))
        {
            string[] parts = line.Split(": ", 2);
            Require(parts.Length == 2 && fields.TryAdd(parts[0], parts[1]), exchange, line);
        }

        bool closes = fields.GetValueOrDefault("Connection") == "close";
        Require(closes == exchange.EndsConnection, exchange, closes ? "the end of the connection" : "no end of the connection");
        int length = exchange.HasBody ? int.Parse(fields.GetValueOrDefault("Content-Length", "-1"), CultureInfo.InvariantCulture) : 0;
        Require(length >= 0 && (exchange.Body is null || !exchange.HasBody || length == exchange.Body.Length), exchange, $"{length} bytes");
        int bodyStart = headEnd + EndOfHead.Length;
        if (input.Length < bodyStart + length)
        {
            return false;
        }

        string body = input.Substring(bodyStart, length);
        Require(exchange.Body is null || body == exchange.Body, exchange, body);
        _input.Remove(0, bodyStart + length);
        HasEnded |= closes;
        return true;
    }

    private void Require(bool isRight, HttpExchange exchange, string got)
    {
        if (!isRight)
        {
            throw new SimulationFailure($"{who}: '{exchange.Text.Split('\r')[0]}' is answered '{got}'");
        }
    }
}
