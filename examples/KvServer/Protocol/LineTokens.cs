namespace FlexSc.Examples.KvServer.Protocol;

/// <summary>The words of a command line. No command but a get takes more than <see cref="MaxTokens"/>.</summary>
internal ref struct LineTokens
{
    /// <summary>cas with key, flags, expiry, length, unique and noreply.</summary>
    public const int MaxTokens = 7;

    private readonly ReadOnlySpan<byte> _line;
    private Ranges _ranges;

    public LineTokens(ReadOnlySpan<byte> line)
    {
        _line = line;
        int position = 0;
        while (NextToken(line, ref position, out int start))
        {
            if (Count == MaxTokens)
            {
                Count = MaxTokens + 1;
                return;
            }

            _ranges[Count++] = (start, position - start);
        }
    }

    /// <summary>Number of words, or <see cref="MaxTokens"/> + 1 for any number above.</summary>
    public int Count { get; }

    public readonly ReadOnlySpan<byte> this[int index] => _line.Slice(_ranges[index].Start, _ranges[index].Length);

    public readonly ReadOnlySpan<byte> Last => this[Count - 1];

    /// <summary>Finds the next word at or after a position, which is moved behind it.</summary>
    public static bool NextToken(ReadOnlySpan<byte> line, ref int position, out int start)
    {
        while (position < line.Length && line[position] == ' ')
        {
            position++;
        }

        start = position;
        int length = line[position..].IndexOf((byte)' ');
        position = length < 0 ? line.Length : position + length;
        return position > start;
    }

    [System.Runtime.CompilerServices.InlineArray(MaxTokens)]
    private struct Ranges
    {
        private (int Start, int Length) _first;
    }
}
