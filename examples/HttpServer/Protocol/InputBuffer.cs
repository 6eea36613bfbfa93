using System.Buffers;

namespace FlexSc.Examples.HttpServer.Protocol;

/// <summary>Input kept between receptions; it holds no memory while it is empty.</summary>
internal sealed class InputBuffer
{
    private byte[] _bytes = [];
    private int _start;

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(_start, Length);

    public void Append(ReadOnlySpan<byte> input)
    {
        if ((long)_start + Length + input.Length > _bytes.Length)
        {
            MakeRoom(input.Length);
        }

        input.CopyTo(_bytes.AsSpan(_start + Length));
        Length += input.Length;
    }

    public void Consume(int bytes)
    {
        _start += bytes;
        Length -= bytes;
        if (Length == 0)
        {
            Release();
        }
    }

    public void Release()
    {
        byte[] bytes = _bytes;
        _bytes = [];
        _start = 0;
        Length = 0;
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private void MakeRoom(int bytes)
    {
        byte[] old = _bytes;
        byte[] grown = ArrayPool<byte>.Shared.Rent((int)Math.Min((Length + (long)bytes) * 2, Array.MaxLength));
        Span.CopyTo(grown);
        _bytes = grown;
        _start = 0;
        if (old.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(old);
        }
    }
}
