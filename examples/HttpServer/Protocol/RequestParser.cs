using System.Buffers;
using System.Buffers.Binary;

namespace FlexSc.Examples.HttpServer.Protocol;

internal enum HttpVersion
{
    Http10,
    Http11,
}

internal enum ParseOutcome
{
    Incomplete,
    Complete,
    Invalid,
}

/// <param name="Outcome">How far the parser came.</param>
/// <param name="Consumed">Bytes of the head with its empty line, when complete.</param>
/// <param name="Status">The status code to answer, when invalid.</param>
internal readonly record struct HttpParseResult(ParseOutcome Outcome, int Consumed, int Status)
{
    public static readonly HttpParseResult Incomplete = new(ParseOutcome.Incomplete, 0, 0);

    public static HttpParseResult Complete(int consumed) => new(ParseOutcome.Complete, consumed, 0);

    public static HttpParseResult Invalid(int status) => new(ParseOutcome.Invalid, 0, status);
}

/// <summary>Receives the parts of a head as spans into the parser's input.</summary>
internal interface IRequestSink
{
    void OnRequestLine(ReadOnlySpan<byte> method, ReadOnlySpan<byte> target, HttpVersion version);

    void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value);
}

/// <summary>Parses one request head (RFC 9112 sections 2 to 5). Stricter than the RFC must be: see docs/decisions/0005.</summary>
internal static class RequestParser
{
    private static readonly SearchValues<byte> TokenBytes = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private static readonly SearchValues<byte> ForbiddenValueBytes = SearchValues.Create(CreateForbiddenValueBytes());

    private static readonly ulong Http11Bytes = BinaryPrimitives.ReadUInt64LittleEndian("HTTP/1.1"u8);
    private static readonly ulong Http10Bytes = BinaryPrimitives.ReadUInt64LittleEndian("HTTP/1.0"u8);

    public static bool IsToken(ReadOnlySpan<byte> bytes) =>
        !bytes.IsEmpty && bytes.IndexOfAnyExcept(TokenBytes) < 0;

    public static HttpParseResult Parse<TSink>(ReadOnlySpan<byte> input, HttpLimits limits, ref TSink sink)
        where TSink : IRequestSink, allows ref struct
    {
        // One head is looked at, so that a long pipeline behind it costs nothing.
        ReadOnlySpan<byte> window = input.Length > limits.HeadBytes ? input[..limits.HeadBytes] : input;
        int position = SkipEmptyLines(window);
        int lineFeed = window[position..].IndexOf((byte)'\n');
        if (lineFeed < 0)
        {
            return JudgeUnfinishedRequestLine(window[position..], input.Length, limits);
        }

        if (lineFeed - 1 > limits.RequestLineBytes)
        {
            return HttpParseResult.Invalid(414);
        }

        if (lineFeed == 0 || window[position + lineFeed - 1] != '\r')
        {
            return HttpParseResult.Invalid(400);
        }

        int status = ParseRequestLine(window.Slice(position, lineFeed - 1), ref sink);
        return status != 0
            ? HttpParseResult.Invalid(status)
            : ParseHeaders(window, position + lineFeed + 1, input.Length, limits, ref sink);
    }

    /// <summary>Whether all there is may become an empty line, and no request by itself.</summary>
    public static bool IsPartOfEmptyLine(ReadOnlySpan<byte> input) => input is [(byte)'\r'];

    /// <summary>
    /// Robustness asked for by RFC 9112, 2.2: empty lines before a request line are skipped. The caller bounds how many.
    /// </summary>
    /// <returns>Bytes of the empty lines at the start.</returns>
    public static int SkipEmptyLines(ReadOnlySpan<byte> window)
    {
        int position = 0;
        while (position + 1 < window.Length && window[position] == '\r' && window[position + 1] == '\n')
        {
            position += 2;
        }

        return position;
    }

    private static HttpParseResult JudgeUnfinishedRequestLine(ReadOnlySpan<byte> line, int inputBytes, HttpLimits limits)
    {
        if (line.Length > limits.RequestLineBytes)
        {
            return HttpParseResult.Invalid(414);
        }

        if (inputBytes >= limits.HeadBytes)
        {
            return HttpParseResult.Invalid(431);
        }

        // What cannot become a request (a TLS hello, say) is refused now, not after the head timeout.
        int end = line.IndexOf((byte)' ');
        ReadOnlySpan<byte> method = end < 0 ? line : line[..end];
        bool plausible = end < 0
            ? method.IndexOfAnyExcept(TokenBytes) < 0 || line.SequenceEqual("\r"u8)
            : IsToken(method);
        return plausible ? HttpParseResult.Incomplete : HttpParseResult.Invalid(400);
    }

    private static int ParseRequestLine<TSink>(ReadOnlySpan<byte> line, ref TSink sink)
        where TSink : IRequestSink, allows ref struct
    {
        int methodEnd = line.IndexOf((byte)' ');
        if (methodEnd <= 0)
        {
            return 400;
        }

        ReadOnlySpan<byte> method = line[..methodEnd];
        if (!method.SequenceEqual("GET"u8) && !IsToken(method))
        {
            return 400;
        }

        ReadOnlySpan<byte> rest = line[(methodEnd + 1)..];
        int targetEnd = rest.IndexOf((byte)' ');
        if (targetEnd <= 0)
        {
            return 400;
        }

        ReadOnlySpan<byte> target = rest[..targetEnd];
        if (target[0] is (byte)'?' or (byte)'%' || target.IndexOfAnyExceptInRange((byte)0x21, (byte)0x7E) >= 0)
        {
            return 400;
        }

        ReadOnlySpan<byte> version = rest[(targetEnd + 1)..];
        if (version.Length != 8)
        {
            return 400;
        }

        ulong versionBytes = BinaryPrimitives.ReadUInt64LittleEndian(version);
        if (versionBytes == Http11Bytes)
        {
            sink.OnRequestLine(method, target, HttpVersion.Http11);
            return 0;
        }

        if (versionBytes == Http10Bytes)
        {
            sink.OnRequestLine(method, target, HttpVersion.Http10);
            return 0;
        }

        return IsWellFormedVersion(version) ? 505 : 400;
    }

    private static bool IsWellFormedVersion(ReadOnlySpan<byte> version) =>
        version.StartsWith("HTTP/"u8) && char.IsAsciiDigit((char)version[5]) && version[6] == '.'
        && char.IsAsciiDigit((char)version[7]);

    private static HttpParseResult ParseHeaders<TSink>(
        ReadOnlySpan<byte> window, int position, int inputBytes, HttpLimits limits, ref TSink sink)
        where TSink : IRequestSink, allows ref struct
    {
        int count = 0;
        while (true)
        {
            ReadOnlySpan<byte> rest = window[position..];
            int lineFeed = rest.IndexOf((byte)'\n');
            if (lineFeed < 0)
            {
                return inputBytes >= limits.HeadBytes ? HttpParseResult.Invalid(431) : HttpParseResult.Incomplete;
            }

            if (lineFeed == 0 || rest[lineFeed - 1] != '\r')
            {
                return HttpParseResult.Invalid(400);
            }

            position += lineFeed + 1;
            if (lineFeed == 1)
            {
                return HttpParseResult.Complete(position);
            }

            if (++count > limits.HeaderCount)
            {
                return HttpParseResult.Invalid(431);
            }

            if (!ParseHeader(rest[..(lineFeed - 1)], ref sink))
            {
                return HttpParseResult.Invalid(400);
            }
        }
    }

    // A name that is no token covers obs-fold, a blank before the colon and a missing name in one test.
    private static bool ParseHeader<TSink>(ReadOnlySpan<byte> line, ref TSink sink)
        where TSink : IRequestSink, allows ref struct
    {
        int colon = line.IndexOf((byte)':');
        if (colon <= 0)
        {
            return false;
        }

        ReadOnlySpan<byte> name = line[..colon];
        ReadOnlySpan<byte> value = TrimBlanks(line[(colon + 1)..]);
        if (name.IndexOfAnyExcept(TokenBytes) >= 0 || value.IndexOfAny(ForbiddenValueBytes) >= 0)
        {
            return false;
        }

        sink.OnHeader(name, value);
        return true;
    }

    public static ReadOnlySpan<byte> TrimBlanks(ReadOnlySpan<byte> value)
    {
        int start = 0;
        int end = value.Length;
        while (start < end && IsBlank(value[start]))
        {
            start++;
        }

        while (end > start && IsBlank(value[end - 1]))
        {
            end--;
        }

        return value[start..end];
    }

    private static bool IsBlank(byte value) => value is (byte)' ' or (byte)'\t';

    private static byte[] CreateForbiddenValueBytes()
    {
        List<byte> bytes = [0x7F];
        for (byte control = 0; control < 0x20; control++)
        {
            if (control != '\t')
            {
                bytes.Add(control);
            }
        }

        return [.. bytes];
    }
}
