using System.Text;

namespace FlexSc.Examples.HttpServer.Protocol;

/// <summary>The fields that make an answer depend on the file (RFC 9110, 13 and 14), as spans into the head.</summary>
internal ref struct ConditionalFields
{
    private SingleField _range;
    private SingleField _ifRange;
    private SingleField _ifModifiedSince;
    private SingleField _ifUnmodifiedSince;
    private FieldList _ifMatch;
    private FieldList _ifNoneMatch;

    // Null where the field is missing or to be ignored: a repeated range is not one range, with a repeated If-Range no range is safe
    // (the whole file is always right), and several dates are no date (RFC 9110, 13.1.3 and 13.1.4).
    public readonly string? Range => _ifRange.IsRepeated ? null : TextOf(_range);

    public readonly string? IfRange => TextOf(_ifRange);

    public readonly string? IfModifiedSince => TextOf(_ifModifiedSince);

    public readonly string? IfUnmodifiedSince => TextOf(_ifUnmodifiedSince);

    /// <summary>All lines as one list; empty, unlike null, matches nothing.</summary>
    public readonly string? IfMatch => TextOf(_ifMatch);

    /// <inheritdoc cref="IfMatch"/>
    public readonly string? IfNoneMatch => TextOf(_ifNoneMatch);

    public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        switch (name.Length)
        {
            case 5 when Ascii.EqualsIgnoreCase(name, "range"u8):
                _range.Add(value);
                break;
            case 8 when Ascii.EqualsIgnoreCase(name, "if-range"u8):
                _ifRange.Add(value);
                break;
            case 8 when Ascii.EqualsIgnoreCase(name, "if-match"u8):
                _ifMatch.Add(value);
                break;
            case 13 when Ascii.EqualsIgnoreCase(name, "if-none-match"u8):
                _ifNoneMatch.Add(value);
                break;
            case 17 when Ascii.EqualsIgnoreCase(name, "if-modified-since"u8):
                _ifModifiedSince.Add(value);
                break;
            case 19 when Ascii.EqualsIgnoreCase(name, "if-unmodified-since"u8):
                _ifUnmodifiedSince.Add(value);
                break;
            default:
                break;
        }
    }

    private static string? TextOf(SingleField field) => field.IsUnique ? Encoding.Latin1.GetString(field.Value) : null;

    private static string? TextOf(FieldList field) => field.Lines > 0 ? Encoding.Latin1.GetString(field.Value) : null;
}
