using System.Diagnostics;

namespace FlexSc.Interop.Backends.Simulated;

/// <summary>Bytes in their order, up to a bound. Its memory grows as it fills.</summary>
internal sealed class ByteRing(int limitBytes)
{
    private const int InitialBytes = 256;

    private byte[] _bytes = [];
    private int _head;

    public int Count { get; private set; }

    /// <summary>Bytes that it takes still.</summary>
    public int Room => limitBytes - Count;

    public void Add(ReadOnlySpan<byte> source)
    {
        Debug.Assert(source.Length <= Room, "more bytes than there is room for");
        Grow(Count + source.Length);
        for (int done = 0; done < source.Length;)
        {
            int at = (_head + Count) % _bytes.Length;
            int part = Math.Min(source.Length - done, _bytes.Length - at);
            source.Slice(done, part).CopyTo(_bytes.AsSpan(at));
            Count += part;
            done += part;
        }
    }

    /// <summary>Copies the first bytes, which stay; there are as many.</summary>
    public void Peek(Span<byte> destination)
    {
        Debug.Assert(destination.Length <= Count, "more bytes than there are");
        int first = Math.Min(destination.Length, _bytes.Length - _head);
        _bytes.AsSpan(_head, first).CopyTo(destination);
        _bytes.AsSpan(0, destination.Length - first).CopyTo(destination[first..]);
    }

    public void Drop(int bytes)
    {
        Debug.Assert(bytes <= Count, "more bytes than there are");
        Count -= bytes;
        _head = Count == 0 ? 0 : (_head + bytes) % _bytes.Length;
    }

    private void Grow(int neededBytes)
    {
        if (neededBytes <= _bytes.Length)
        {
            return;
        }

        byte[] larger = new byte[Math.Max(InitialBytes, Math.Max(neededBytes, Math.Min(_bytes.Length * 2, limitBytes)))];
        int count = Count;
        Peek(larger.AsSpan(0, count));
        _bytes = larger;
        _head = 0;
    }
}
