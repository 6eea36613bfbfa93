using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace FlexSc.Examples.HttpServer.Protocol;

/// <summary>Writes responses. Every method returns the bytes it wrote.</summary>
internal static class ResponseWriter
{
    private const int MaxInt64Digits = 19;

    // One scratch per thread: a connection is served by one thread at a time, and nothing stays in it between calls.
    [ThreadStatic]
    private static JsonScratch? _jsonScratch;

    public static int WritePlaintext(IBufferWriter<byte> output, PrebuiltResponses prebuilt, ConnectionMode mode, bool headOnly)
    {
        PrebuiltResponse response = prebuilt.Plaintext(mode, headOnly);
        if (output is not IPrebuiltOutput prebuiltOutput)
        {
            return Copy(output, response.Span);
        }

        prebuiltOutput.Write(response);
        return response.Span.Length;
    }

    public static int WriteJson(IBufferWriter<byte> output, PrebuiltResponses prebuilt, ConnectionMode mode, bool headOnly)
    {
        ReadOnlySpan<byte> body = (_jsonScratch ??= new JsonScratch()).SerializeMessage();
        ReadOnlySpan<byte> head = prebuilt.JsonHead(mode);
        Span<byte> span = output.GetSpan(head.Length + MaxInt64Digits + 4 + body.Length);
        HeadBuilder builder = new(span);
        builder.Add(head);
        builder.Add(body.Length);
        builder.Add("\r\n\r\n"u8);
        if (!headOnly)
        {
            builder.Add(body);
        }

        output.Advance(builder.Length);
        return builder.Length;
    }

    public static int WriteContinue(IBufferWriter<byte> output) => Copy(output, "HTTP/1.1 100 Continue\r\n\r\n"u8);

    /// <summary>An answer without content of a resource: the status as text, or no body at all for 204.</summary>
    public static int WriteStatus(IBufferWriter<byte> output, int status, ConnectionMode mode, bool headOnly)
    {
        ReadOnlySpan<byte> text = StatusLine.Text(status);
        HeadBuilder builder = new(output.GetSpan(HeadBuilder.MaxBytes));
        builder.Start(status, mode);
        if (status is 204 or 405)
        {
            builder.Add("Allow: GET, HEAD, OPTIONS\r\n"u8);
        }
        else if (status == 503)
        {
            builder.Add("Retry-After: 1\r\n"u8);
        }

        if (status == 204)
        {
            builder.Add("\r\n"u8);
        }
        else
        {
            builder.Add("Content-Type: text/plain\r\nContent-Length: "u8);
            builder.Add(text.Length + 1);
            builder.Add("\r\n\r\n"u8);
            if (!headOnly)
            {
                builder.Add(text);
                builder.Add("\n"u8);
            }
        }

        output.Advance(builder.Length);
        return builder.Length;
    }

    public static int Copy(IBufferWriter<byte> output, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(output.GetSpan(bytes.Length));
        output.Advance(bytes.Length);
        return bytes.Length;
    }

    private sealed class JsonScratch : IDisposable
    {
        private readonly ArrayBufferWriter<byte> _buffer = new();
        private readonly Utf8JsonWriter _writer;

        public JsonScratch() => _writer = new Utf8JsonWriter(_buffer);

        public void Dispose() => _writer.Dispose();

        public ReadOnlySpan<byte> SerializeMessage()
        {
            _buffer.ResetWrittenCount();
            _writer.Reset();
            _writer.WriteStartObject();
            _writer.WriteString("message"u8, "Hello, World!"u8);
            _writer.WriteEndObject();
            _writer.Flush();
            return _buffer.WrittenSpan;
        }
    }
}

/// <summary>Appends to a response head that lies in one span.</summary>
internal ref struct HeadBuilder(Span<byte> span)
{
    /// <summary>Room for any head without a Location; <see cref="Start"/> and its callers stay well below.</summary>
    public const int MaxBytes = 1024;

    private readonly Span<byte> _span = span;

    public int Length { get; private set; }

    public void Start(int status, ConnectionMode mode)
    {
        Add("HTTP/1.1 "u8);
        Add(StatusLine.Text(status));
        Add(PrebuiltResponses.Current.CommonHead);
        Add(PrebuiltResponses.ConnectionField(mode));
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_span[Length..]);
        Length += bytes.Length;
    }

    public void Add(long number)
    {
        if (!Utf8Formatter.TryFormat(number, _span[Length..], out int written))
        {
            throw new InvalidOperationException($"a response head outgrew its {_span.Length} bytes");
        }

        Length += written;
    }

    public void Add(DateTime utc)
    {
        HttpDate.Write(utc, _span.Slice(Length, HttpDate.Length));
        Length += HttpDate.Length;
    }
}
