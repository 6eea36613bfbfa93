using System.Text;
using FlexSc.Examples.HttpServer.Protocol;

namespace FlexSc.Examples.Tests.Http;

/// <summary>A head as text, to compare parsers by.</summary>
internal sealed class ParsedRequest
{
    private readonly List<string> _headers = [];

    public string Method { get; set; } = "";

    public string Target { get; set; } = "";

    public HttpVersion Version { get; set; }

    public IReadOnlyList<string> Headers => _headers;

    public void AddHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        _headers.Add($"{Encoding.Latin1.GetString(name)}|{Encoding.Latin1.GetString(value)}");

    public override string ToString() => $"{Method} {Target} {Version} [{string.Join("; ", _headers)}]";

    public static (HttpParseResult Result, ParsedRequest Request) Parse(ReadOnlySpan<byte> input, HttpLimits? limits = null)
    {
        Sink sink = new() { Request = new ParsedRequest() };
        HttpParseResult result = RequestParser.Parse(input, limits ?? HttpLimits.Default, ref sink);
        return (result, sink.Request);
    }

    private struct Sink : IRequestSink
    {
        public ParsedRequest Request { get; init; }

        public readonly void OnRequestLine(ReadOnlySpan<byte> method, ReadOnlySpan<byte> target, HttpVersion version)
        {
            Request.Method = Encoding.Latin1.GetString(method);
            Request.Target = Encoding.Latin1.GetString(target);
            Request.Version = version;
        }

        public readonly void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => Request.AddHeader(name, value);
    }
}
