using System.Buffers;
using System.Text;
using FlexSc.Examples.HttpServer.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Http;
using KestrelVersion = Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Http.HttpVersion;
using OurVersion = FlexSc.Examples.HttpServer.Protocol.HttpVersion;

namespace FlexSc.Examples.Tests.Http;

/// <summary>Kestrel's parser behind our way of telling results.</summary>
internal static class KestrelOracle
{
    private static readonly HttpParser<Handler> Parser = new();

    public static (ParseOutcome Outcome, int Consumed, ParsedRequest Request) Parse(byte[] input)
    {
        Handler handler = new();
        SequenceReader<byte> reader = new(new ReadOnlySequence<byte>(input));
        try
        {
            bool complete = Parser.ParseRequestLine(handler, ref reader) && Parser.ParseHeaders(handler, ref reader);
            return complete
                ? (ParseOutcome.Complete, (int)reader.Consumed, handler.Request)
                : (ParseOutcome.Incomplete, 0, handler.Request);
        }
        catch (BadHttpRequestException)
        {
            return (ParseOutcome.Invalid, 0, handler.Request);
        }
    }

    private sealed class Handler : IHttpRequestLineHandler, IHttpHeadersHandler
    {
        public ParsedRequest Request { get; } = new();

        public void OnStartLine(HttpVersionAndMethod versionAndMethod, TargetOffsetPathLength targetPath, Span<byte> startLine)
        {
            Request.Method = Encoding.Latin1.GetString(startLine[..versionAndMethod.MethodEnd]);
            Request.Target = Encoding.Latin1.GetString(startLine[targetPath.Offset..]);
            Request.Version = versionAndMethod.Version == KestrelVersion.Http11 ? OurVersion.Http11 : OurVersion.Http10;
        }

        public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => Request.AddHeader(name, value);

        public void OnHeadersComplete(bool endStream)
        {
        }

        public void OnStaticIndexedHeader(int index) => throw new NotSupportedException("HTTP/1 has no static headers");

        public void OnStaticIndexedHeader(int index, ReadOnlySpan<byte> value) =>
            throw new NotSupportedException("HTTP/1 has no static headers");
    }
}
