using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using FlexSc.Examples.HttpServer.Protocol;
using Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Http;
using HttpVersion = FlexSc.Examples.HttpServer.Protocol.HttpVersion;

namespace FlexSc.MicroBenchmarks;

/// <summary>One request head through the HTTP example's parser and through Kestrel's, with handlers that take nothing.</summary>
public class HttpParsers
{
    private static readonly HttpParser<KestrelHandler> Kestrel = new();
    private byte[] _head = null!;

    /// <summary>What comes in: the load generator's few fields, or a browser's many.</summary>
    [Params("short", "browser")]
    public string Head { get; set; } = "";

    /// <summary>Writes the head.</summary>
    [GlobalSetup]
    public void Setup() => _head = Encoding.ASCII.GetBytes(Head == "short"
        ? "GET /plaintext HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n"
        : "GET /articles/2024/index.html?lang=en HTTP/1.1\r\nHost: www.example.com\r\nConnection: keep-alive\r\n"
            + "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Safari/537.36\r\n"
            + "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8\r\nAccept-Encoding: gzip, deflate, br\r\n"
            + "Accept-Language: en-US,en;q=0.9,de;q=0.8\r\nCache-Control: max-age=0\r\nCookie: session=0123456789abcdef; theme=dark\r\n\r\n");

    /// <summary>The example's.</summary>
    [Benchmark]
    public int FlexScExample()
    {
        Sink sink = default;
        HttpParseResult result = RequestParser.Parse(_head, HttpLimits.Default, ref sink);
        return result.Outcome == ParseOutcome.Complete ? sink.Fields : throw new InvalidOperationException("the head was not taken");
    }

    /// <summary>Kestrel's.</summary>
    [Benchmark(Baseline = true)]
    public int KestrelParser()
    {
        KestrelHandler handler = default;
        SequenceReader<byte> reader = new(new ReadOnlySequence<byte>(_head));
        return Kestrel.ParseRequestLine(handler, ref reader) && Kestrel.ParseHeaders(handler, ref reader)
            ? (int)reader.Consumed
            : throw new InvalidOperationException("the head was not taken");
    }

    private struct Sink : IRequestSink
    {
        public int Fields { get; private set; }

        public readonly void OnRequestLine(ReadOnlySpan<byte> method, ReadOnlySpan<byte> target, HttpVersion version)
        {
        }

        public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => Fields++;
    }

    private readonly struct KestrelHandler : IHttpRequestLineHandler, IHttpHeadersHandler
    {
        public void OnStartLine(HttpVersionAndMethod versionAndMethod, TargetOffsetPathLength targetPath, Span<byte> startLine)
        {
        }

        public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
        {
        }

        public void OnHeadersComplete(bool endStream)
        {
        }

        public void OnStaticIndexedHeader(int index)
        {
        }

        public void OnStaticIndexedHeader(int index, ReadOnlySpan<byte> value)
        {
        }
    }
}
