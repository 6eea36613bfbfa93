using System.Text;
using Microsoft.Win32.SafeHandles;

namespace FlexSc.Interop.Capabilities;

/// <summary>
/// A small file that is read again and again: as long as it says the same, nothing but the handle of a reading is left to the collector. One
/// thread at a time.
/// </summary>
/// <param name="path">Its full path. The file may come, go and be replaced.</param>
/// <param name="parse">What its text means, or null where it is missing or may not be read; asked when that changes.</param>
/// <param name="linesOf">Beginning of the lines that count; empty for all of them.</param>
internal sealed class RepeatedFile<T>(string path, Func<string?, T> parse, string linesOf = "")
{
    private const int FirstBytes = 256;
    private const int Missing = -1;

    private readonly byte[] _linesOf = Encoding.UTF8.GetBytes(linesOf);
    private byte[] _text = new byte[FirstBytes];
    private byte[] _textBefore = [];
    private int _lengthBefore = Missing;
    private T _value = parse(null);

    /// <summary>What the file means now.</summary>
    public T Read()
    {
        int length = ReadText();
        if (length != _lengthBefore || (length > 0 && !_text.AsSpan(0, length).SequenceEqual(_textBefore.AsSpan(0, length))))
        {
            _value = parse(length == Missing ? null : Encoding.UTF8.GetString(_text, 0, length));
            _lengthBefore = length;
            (_text, _textBefore) = (_textBefore.Length < _text.Length ? new byte[_text.Length] : _textBefore, _text);
        }

        return _value;
    }

    /// <summary>Puts what counts of the file into the buffer, and says how many bytes that is.</summary>
    private int ReadText()
    {
        // The runtime tells what is missing by an exception, which costs more than to ask first.
        if (!File.Exists(path))
        {
            return Missing;
        }

        try
        {
            using SafeFileHandle handle = File.OpenHandle(path);
            int length = 0;
            for (int read; (read = RandomAccess.Read(handle, _text.AsSpan(length), length)) > 0;)
            {
                length += read;
                if (length == _text.Length)
                {
                    Array.Resize(ref _text, 2 * length);
                }
            }

            return _linesOf.Length == 0 ? length : KeepLines(length);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Missing;
        }
    }

    /// <summary>Moves the lines that count to the front, and says where they end.</summary>
    private int KeepLines(int length)
    {
        int kept = 0;
        for (int start = 0, end; start < length; start = end)
        {
            int line = _text.AsSpan(start, length - start).IndexOf((byte)'\n');
            end = line < 0 ? length : start + line + 1;
            if (_text.AsSpan(start, end - start).StartsWith(_linesOf))
            {
                _text.AsSpan(start, end - start).CopyTo(_text.AsSpan(kept));
                kept += end - start;
            }
        }

        return kept;
    }
}
