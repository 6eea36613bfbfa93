using System.Text;

namespace FlexSc.Examples.HttpServer.Protocol;

/// <summary>The fields that make an answer depend on the file (RFC 9110, 13 and 14), as spans into the head.</summary>
internal ref struct ConditionalFields
{
    private int _rangeCount;

    public ReadOnlySpan<byte> Range { get; private set; }

    public ReadOnlySpan<byte> IfRange { get; private set; }

    public ReadOnlySpan<byte> IfMatch { get; private set; }

    public ReadOnlySpan<byte> IfNoneMatch { get; private set; }

    public ReadOnlySpan<byte> IfModifiedSince { get; private set; }

    public ReadOnlySpan<byte> IfUnmodifiedSince { get; private set; }

    public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        switch (name.Length)
        {
            case 5 when Ascii.EqualsIgnoreCase(name, "range"u8):
                // A repeated Range is not one range: it is ignored, which always answers the whole file.
                Range = ++_rangeCount == 1 ? value : [];
                break;
            case 8 when Ascii.EqualsIgnoreCase(name, "if-range"u8):
                IfRange = value;
                break;
            case 8 when Ascii.EqualsIgnoreCase(name, "if-match"u8):
                IfMatch = value;
                break;
            case 13 when Ascii.EqualsIgnoreCase(name, "if-none-match"u8):
                IfNoneMatch = value;
                break;
            case 17 when Ascii.EqualsIgnoreCase(name, "if-modified-since"u8):
                IfModifiedSince = value;
                break;
            case 19 when Ascii.EqualsIgnoreCase(name, "if-unmodified-since"u8):
                IfUnmodifiedSince = value;
                break;
            default:
                break;
        }
    }
}
