using System.Buffers;

namespace FlexSc.Examples.Shared;

/// <summary>Bytes received but not consumed yet. Holds pooled memory only while there are any, so an idle connection holds none.</summary>
internal struct CarryBuffer
{
    private readonly int _limitBytes;
    private byte[] _array;
    private int _start;
    private int _end;

    public CarryBuffer(int limitBytes)
    {
        _limitBytes = limitBytes;
        _array = [];
    }

    public readonly int Length => _end - _start;

    public readonly ReadOnlySpan<byte> Span => _array.AsSpan(_start, Length);

    /// <summary>Adds bytes; false, and nothing added, when that would pass the limit.</summary>
    public bool TryAppend(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _limitBytes - Length)
        {
            return false;
        }

        if (bytes.Length > _array.Length - _end)
        {
            MakeRoom(bytes.Length);
        }

        bytes.CopyTo(_array.AsSpan(_end));
        _end += bytes.Length;
        return true;
    }

    public void Consume(int bytes)
    {
        _start += bytes;
        if (_start == _end)
        {
            Clear();
        }
    }

    public void Clear()
    {
        if (_array.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_array);
        }

        _array = [];
        _start = 0;
        _end = 0;
    }

    private void MakeRoom(int addedBytes)
    {
        int length = Length;
        byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Math.Max((long)length + addedBytes, length * 2L), Array.MaxLength));
        Span.CopyTo(larger);
        if (_array.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_array);
        }

        _array = larger;
        _start = 0;
        _end = length;
    }
}
