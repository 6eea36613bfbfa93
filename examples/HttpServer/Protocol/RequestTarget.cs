using System.Buffers;
using System.Text;

namespace FlexSc.Examples.HttpServer.Protocol;

/// <summary>Takes request targets apart (RFC 9112, 3.2) and turns paths into names below the root.</summary>
internal static class RequestTarget
{
    private static readonly SearchValues<byte> HostBytes = SearchValues.Create(
        "-._~%!$&'()*+,;=:[]0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static bool IsHost(ReadOnlySpan<byte> host) => host.IndexOfAnyExcept(HostBytes) < 0;

    /// <summary>The path and the query of an origin-form or absolute-form target, still encoded.</summary>
    /// <param name="target">As it stands in the request line.</param>
    /// <param name="path">The path, without the query.</param>
    /// <param name="query">The query with its question mark; empty where there is none.</param>
    /// <returns>False when the target is neither.</returns>
    public static bool TrySplit(ReadOnlySpan<byte> target, out ReadOnlySpan<byte> path, out ReadOnlySpan<byte> query)
    {
        path = target;
        query = [];
        if (target[0] != '/' && !TryStripAuthority(target, out path))
        {
            return false;
        }

        int end = path.IndexOfAny((byte)'?', (byte)'#');
        if (end >= 0 && path[end..].Contains((byte)'#'))
        {
            return false;
        }

        if (end >= 0)
        {
            query = path[end..];
            path = path[..end];
        }

        return true;
    }

    /// <summary>Decodes a path into the name of a file below the root.</summary>
    /// <param name="path">An encoded path that begins with a slash.</param>
    /// <param name="name">The name without leading slash; empty for the root itself.</param>
    /// <returns>0, 400 for a malformed path, 404 for one that names nothing below the root.</returns>
    public static int DecodeName(ReadOnlySpan<byte> path, out string name)
    {
        name = "";
        byte[] rented = ArrayPool<byte>.Shared.Rent(path.Length);
        try
        {
            int length = Decode(path[1..], rented);
            if (length < 0)
            {
                return 400;
            }

            ReadOnlySpan<byte> decoded = rented.AsSpan(0, length);
            if (!HasPlainSegments(decoded))
            {
                return 404;
            }

            name = StrictUtf8.GetString(decoded);
            return 0;
        }
        catch (DecoderFallbackException)
        {
            return 400;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static bool TryStripAuthority(ReadOnlySpan<byte> target, out ReadOnlySpan<byte> path)
    {
        path = default;
        int schemeLength = StartsWithIgnoreCase(target, "http://"u8) ? 7 : StartsWithIgnoreCase(target, "https://"u8) ? 8 : 0;
        if (schemeLength == 0)
        {
            return false;
        }

        ReadOnlySpan<byte> rest = target[schemeLength..];
        int end = rest.IndexOfAny((byte)'/', (byte)'?', (byte)'#');
        ReadOnlySpan<byte> authority = end < 0 ? rest : rest[..end];
        if (authority.IsEmpty || !IsHost(authority))
        {
            return false;
        }

        path = end >= 0 && rest[end] == '/' ? rest[end..] : "/"u8;
        return true;
    }

    private static bool StartsWithIgnoreCase(ReadOnlySpan<byte> value, ReadOnlySpan<byte> prefix) =>
        value.Length >= prefix.Length && Ascii.EqualsIgnoreCase(value[..prefix.Length], prefix);

    // An encoded slash would change the path's structure after it was judged; a NUL would end the name early.
    private static int Decode(ReadOnlySpan<byte> encoded, Span<byte> decoded)
    {
        int length = 0;
        for (int index = 0; index < encoded.Length; index++)
        {
            byte value = encoded[index];
            if (value == '%')
            {
                if (index + 2 >= encoded.Length || !TryHex(encoded[index + 1], out int high) || !TryHex(encoded[index + 2], out int low))
                {
                    return -1;
                }

                value = (byte)((high << 4) | low);
                index += 2;
                if (value is 0 or (byte)'/')
                {
                    return -1;
                }
            }

            decoded[length++] = value;
        }

        return length;
    }

    private static bool TryHex(byte digit, out int value)
    {
        value = char.IsAsciiHexDigit((char)digit) ? (digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10) : -1;
        return value >= 0;
    }

    // "." and ".." are refused after decoding rather than resolved; an empty segment is allowed at the end only.
    private static bool HasPlainSegments(ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> rest = name;
        while (true)
        {
            int slash = rest.IndexOf((byte)'/');
            ReadOnlySpan<byte> segment = slash < 0 ? rest : rest[..slash];
            if (segment.SequenceEqual("."u8) || segment.SequenceEqual(".."u8) || (segment.IsEmpty && slash >= 0))
            {
                return false;
            }

            if (slash < 0)
            {
                return true;
            }

            rest = rest[(slash + 1)..];
        }
    }
}
