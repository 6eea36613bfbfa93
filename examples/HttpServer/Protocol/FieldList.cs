namespace FlexSc.Examples.HttpServer.Protocol;

/// <summary>
/// The value of a list field that may come in several lines (RFC 9110, 5.3): together they are one list, in the order of the lines.
/// A span into the head as long as there is one line.
/// </summary>
internal ref struct FieldList
{
    /// <summary>How many lines there were.</summary>
    public int Lines { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    public void Add(ReadOnlySpan<byte> line)
    {
        // The limits of the head bound what is copied.
        Value = Lines++ == 0 ? line : (byte[])[.. Value, .. ", "u8, .. line];
    }
}

/// <summary>The value of a field that may come once. Of several lines none is more right than the other.</summary>
internal ref struct SingleField
{
    private int _lines;

    /// <summary>Whether there was just one line.</summary>
    public readonly bool IsUnique => _lines == 1;

    /// <summary>Whether there were several.</summary>
    public readonly bool IsRepeated => _lines > 1;

    /// <summary>Of the one line; empty where there are none or several.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    public void Add(ReadOnlySpan<byte> line) => Value = ++_lines == 1 ? line : [];
}
