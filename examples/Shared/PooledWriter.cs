using System.Buffers;
using Akka.IO;

namespace FlexSc.Examples.Shared;

/// <summary>
/// Collects output for a <c>Tcp.Write</c>: what grows is pooled, what leaves is an exact copy, because Akka.IO keeps a payload until it
/// is sent and tells nobody when that was. Holds no memory while it is empty.
/// </summary>
internal sealed class PooledWriter : IBufferWriter<byte>
{
    private const int FirstBytes = 1024;

    private byte[] _bytes = [];

    public int Length { get; private set; }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_bytes.Length - Length), nameof(count));
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(Length);
    }

    /// <summary>Takes what was written; the writer is empty again.</summary>
    public ByteString Take()
    {
        ByteString taken = ByteString.FromBytes(_bytes.AsSpan(0, Length).ToArray());
        Length = 0;
        Replace([]);
        return taken;
    }

    private void Reserve(int sizeHint)
    {
        long needed = (long)Length + Math.Max(sizeHint, 1);
        if (needed > _bytes.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(Math.Max(needed, _bytes.Length * 2L), FirstBytes, Array.MaxLength));
            _bytes.AsSpan(0, Length).CopyTo(larger);
            Replace(larger);
        }
    }

    private void Replace(byte[] bytes)
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        _bytes = bytes;
    }
}
