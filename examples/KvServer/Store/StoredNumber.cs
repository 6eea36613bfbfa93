namespace FlexSc.Examples.KvServer.Store;

/// <summary>Decimal numbers as memcached reads them: blanks before, a plus sign, and anything after a blank that ends the digits.</summary>
internal static class StoredNumber
{
    public static bool TryParse(ReadOnlySpan<byte> text, out ulong value)
    {
        text = text.TrimStart(" \t\n\v\f\r"u8);
        if (!text.IsEmpty && text[0] == '+')
        {
            text = text[1..];
        }

        return TryParseDigits(text, out value);
    }

    public static bool TryParseSigned(ReadOnlySpan<byte> text, out long value)
    {
        text = text.TrimStart(" \t\n\v\f\r"u8);
        bool negative = !text.IsEmpty && text[0] == '-';
        if (!text.IsEmpty && text[0] is (byte)'-' or (byte)'+')
        {
            text = text[1..];
        }

        bool parsed = TryParseDigits(text, out ulong magnitude) && magnitude <= long.MaxValue;
        value = parsed ? (negative ? -(long)magnitude : (long)magnitude) : 0;
        return parsed;
    }

    private static bool TryParseDigits(ReadOnlySpan<byte> text, out ulong value)
    {
        value = 0;
        int index = 0;
        for (; index < text.Length && char.IsAsciiDigit((char)text[index]); index++)
        {
            uint digit = (uint)(text[index] - '0');
            if (value > (ulong.MaxValue - digit) / 10)
            {
                return false;
            }

            value = (value * 10) + digit;
        }

        return index > 0 && (index == text.Length || EndsNumber(text[index]));
    }

    // NUL too: memcached reads its values as C strings.
    private static bool EndsNumber(byte character) => character is 0 or (byte)' ' or (>= (byte)'\t' and <= (byte)'\r');
}
