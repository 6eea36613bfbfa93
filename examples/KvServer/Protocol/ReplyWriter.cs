using System.Buffers;
using System.Buffers.Text;

namespace FlexSc.Examples.KvServer.Protocol;

/// <summary>Writes replies through one span of the connection's output at a time: pipelined replies cost no call each.</summary>
internal ref struct ReplyWriter
{
    // More than the longest short reply or the longest VALUE line (key of 250, three numbers).
    private const int ChunkBytes = 512;

    // What FlexSC hands to the kernel in one send, flexsc.loops.send-block-bytes.
    private const int LongChunkBytes = 64 * 1024;

    private readonly IBufferWriter<byte> _output;
    private Span<byte> _span;
    private int _used;
    private long _committed;

    public ReplyWriter(IBufferWriter<byte> output) => _output = output;

    public readonly long WrittenBytes => _committed + _used;

    /// <summary>Writes at most a chunk's worth.</summary>
    public void WriteShort(ReadOnlySpan<byte> text)
    {
        Reserve(text.Length);
        text.CopyTo(_span[_used..]);
        _used += text.Length;
    }

    /// <summary>Writes any length, across as many spans as the output hands out.</summary>
    public void WriteLong(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            if (_used == _span.Length)
            {
                // As much at once as the output likes to give: each span of its own may become a call of its own.
                Commit();
                _span = _output.GetSpan(Math.Clamp(data.Length, ChunkBytes, LongChunkBytes));
            }

            int part = Math.Min(data.Length, _span.Length - _used);
            data[..part].CopyTo(_span[_used..]);
            _used += part;
            data = data[part..];
        }
    }

    public void WriteNumber(ulong number)
    {
        Reserve(20);
        Utf8Formatter.TryFormat(number, _span[_used..], out int length);
        _used += length;
    }

    public void WriteValueLine(ReadOnlySpan<byte> key, uint flags, int valueLength, ulong? cas)
    {
        Reserve(ChunkBytes);
        WriteShort("VALUE "u8);
        WriteShort(key);
        WriteShort(" "u8);
        WriteNumber(flags);
        WriteShort(" "u8);
        WriteNumber((ulong)valueLength);
        if (cas is { } unique)
        {
            WriteShort(" "u8);
            WriteNumber(unique);
        }

        WriteShort("\r\n"u8);
    }

    /// <summary>Writes a flag of a meta reply: its letter alone, or with a number behind it.</summary>
    public void WriteFlag(byte letter)
    {
        Reserve(2);
        _span[_used++] = (byte)' ';
        _span[_used++] = letter;
    }

    /// <inheritdoc cref="WriteFlag(byte)"/>
    public void WriteFlag(byte letter, ulong number)
    {
        WriteFlag(letter);
        WriteNumber(number);
    }

    /// <summary>Writes a key: as it is, or in base64.</summary>
    public void WriteKey(ReadOnlySpan<byte> key, bool inBase64)
    {
        if (!inBase64)
        {
            WriteShort(key);
            return;
        }

        Reserve(Base64.GetMaxEncodedToUtf8Length(key.Length));
        Base64.EncodeToUtf8(key, _span[_used..], out _, out int length);
        _used += length;
    }

    /// <summary>Hands the written bytes to the output; the writer is used no more until it reserves anew.</summary>
    public void Commit()
    {
        if (_used > 0)
        {
            _output.Advance(_used);
            _committed += _used;
        }

        _used = 0;
        _span = default;
    }

    private void Reserve(int bytes)
    {
        if (_span.Length - _used < bytes)
        {
            Commit();
            _span = _output.GetSpan(Math.Max(bytes, ChunkBytes));
        }
    }
}
