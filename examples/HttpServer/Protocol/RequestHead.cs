using System.Buffers.Text;
using System.Text;

namespace FlexSc.Examples.HttpServer.Protocol;

internal enum HttpMethod
{
    Get,
    Head,
    Options,

    /// <summary>Known to HTTP, offered by no resource here.</summary>
    Other,
    Unknown,
}

/// <summary>What a Connection field asks for.</summary>
[Flags]
internal enum ConnectionOptions
{
    None = 0,
    Close = 1,
    KeepAlive = 2,
}

/// <summary>Gathers what the engine needs of a head; the spans point into the parser's input.</summary>
internal ref struct RequestHead : IRequestSink
{
    private int _hostCount;
    private int _contentLengthCount;
    private bool _contentLengthInvalid;
    private ConnectionOptions _connection;
    private bool _expectUnknown;
    private FieldList _transferEncoding;

    public HttpMethod Method { get; private set; }

    public HttpVersion Version { get; private set; }

    public ReadOnlySpan<byte> Target { get; private set; }

    public ReadOnlySpan<byte> Host { get; private set; }

    /// <summary>Empty where there is none; of several the last.</summary>
    public ReadOnlySpan<byte> Authorization { get; private set; }

    /// <summary>Empty where there is none; a client sends all cookies in one field (RFC 6265, 5.4).</summary>
    public ReadOnlySpan<byte> Cookie { get; private set; }

    public long ContentLength { get; private set; }

    public bool ExpectContinue { get; private set; }

    public ConditionalFields Conditional;

    public readonly bool IsChunked => _transferEncoding.Lines > 0;

    public readonly bool HasBody => IsChunked || ContentLength > 0;

    public readonly ConnectionMode ConnectionMode
    {
        get
        {
            if ((_connection & ConnectionOptions.Close) != 0)
            {
                return ConnectionMode.Close;
            }

            return Version == HttpVersion.Http11 ? ConnectionMode.KeepAlive
                : (_connection & ConnectionOptions.KeepAlive) != 0 ? ConnectionMode.KeepAliveHttp10
                : ConnectionMode.Close;
        }
    }

    public void OnRequestLine(ReadOnlySpan<byte> method, ReadOnlySpan<byte> target, HttpVersion version)
    {
        Method = ClassifyMethod(method);
        Target = target;
        Version = version;
    }

    public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        switch (name.Length)
        {
            case 4 when Ascii.EqualsIgnoreCase(name, "host"u8):
                _hostCount++;
                Host = value;
                break;
            case 6 when Ascii.EqualsIgnoreCase(name, "expect"u8):
                ReadExpect(value);
                break;
            case 6 when Ascii.EqualsIgnoreCase(name, "cookie"u8):
                Cookie = value;
                break;
            case 13 when Ascii.EqualsIgnoreCase(name, "authorization"u8):
                Authorization = value;
                break;
            case 10 when Ascii.EqualsIgnoreCase(name, "connection"u8):
                ReadConnection(value);
                break;
            case 14 when Ascii.EqualsIgnoreCase(name, "content-length"u8):
                ReadContentLength(value);
                break;
            case 17 when Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8):
                _transferEncoding.Add(value);
                break;
            case 5 or 8 or 13 or 17 or 19:
                Conditional.OnHeader(name, value);
                break;
            default:
                break;
        }
    }

    /// <returns>0, or the status code that refuses the request because its framing or its required fields are wrong.</returns>
    public readonly int Judge(HttpLimits limits)
    {
        if (_contentLengthInvalid || _contentLengthCount > 1 || (IsChunked && _contentLengthCount > 0))
        {
            return 400;
        }

        if (IsChunked)
        {
            if (Version == HttpVersion.Http10)
            {
                return 400;
            }

            // One line with one coding: what is spread over lines, or holds empty members, others may read differently.
            if (!Ascii.EqualsIgnoreCase(_transferEncoding.Value, "chunked"u8))
            {
                return EndsInOneChunked(_transferEncoding.Value) ? 501 : 400;
            }
        }

        if (_hostCount > 1 || (_hostCount == 0 && Version == HttpVersion.Http11) || !RequestTarget.IsHost(Host))
        {
            return 400;
        }

        return ContentLength > limits.BodyBytes ? 413
            : _expectUnknown ? 417
            : Method == HttpMethod.Unknown ? 501
            : 0;
    }

    private static HttpMethod ClassifyMethod(ReadOnlySpan<byte> method)
    {
        return method switch
        {
            [(byte)'G', (byte)'E', (byte)'T'] => HttpMethod.Get,
            _ when method.SequenceEqual("HEAD"u8) => HttpMethod.Head,
            _ when method.SequenceEqual("OPTIONS"u8) => HttpMethod.Options,
            _ when method.SequenceEqual("POST"u8) || method.SequenceEqual("PUT"u8) || method.SequenceEqual("DELETE"u8)
                || method.SequenceEqual("PATCH"u8) || method.SequenceEqual("TRACE"u8)
                || method.SequenceEqual("CONNECT"u8) => HttpMethod.Other,
            _ => HttpMethod.Unknown,
        };
    }

    // Chunked twice is malformed (RFC 9112, 6.1), other codings before it are merely not known here.
    private static bool EndsInOneChunked(ReadOnlySpan<byte> codings)
    {
        int count = 0;
        bool last = false;
        foreach (Range part in codings.Split((byte)','))
        {
            last = Ascii.EqualsIgnoreCase(RequestParser.TrimBlanks(codings[part]), "chunked"u8);
            count += last ? 1 : 0;
        }

        return last && count == 1;
    }

    private void ReadExpect(ReadOnlySpan<byte> value)
    {
        foreach (Range part in value.Split((byte)','))
        {
            ReadOnlySpan<byte> expectation = RequestParser.TrimBlanks(value[part]);
            bool isContinue = Ascii.EqualsIgnoreCase(expectation, "100-continue"u8);
            ExpectContinue |= isContinue;
            _expectUnknown |= !isContinue && !expectation.IsEmpty;
        }
    }

    private void ReadConnection(ReadOnlySpan<byte> value)
    {
        foreach (Range part in value.Split((byte)','))
        {
            ReadOnlySpan<byte> option = RequestParser.TrimBlanks(value[part]);
            _connection |= Ascii.EqualsIgnoreCase(option, "close"u8) ? ConnectionOptions.Close
                : Ascii.EqualsIgnoreCase(option, "keep-alive"u8) ? ConnectionOptions.KeepAlive
                : ConnectionOptions.None;
        }
    }

    // Digits alone: a sign, a list or a blank inside would be read differently by another server on the way.
    private void ReadContentLength(ReadOnlySpan<byte> value)
    {
        _contentLengthCount++;
        bool digits = !value.IsEmpty && value.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;
        if (!digits)
        {
            _contentLengthInvalid = true;
        }
        else
        {
            // More than 63 bits is longer than any limit.
            ContentLength = Utf8Parser.TryParse(value, out long length, out int used) && used == value.Length
                ? length
                : long.MaxValue;
        }
    }
}
