using System.Buffers;
using Akka.IO;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>Collects the replies of one turn for a <c>Tcp.Write</c>: scratch memory is pooled, what leaves is an exact copy,
/// because Akka.IO keeps a payload until it is sent and tells nobody when that was.</summary>
internal sealed class ByteStringOutput : IBufferWriter<byte>
{
    private const int FirstScratchBytes = 4096;

    private byte[] _scratch = [];

    public int Length { get; private set; }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_scratch.Length - Length), nameof(count));
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _scratch.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _scratch.AsSpan(Length);
    }

    /// <summary>Takes what was written; the output is empty again.</summary>
    public ByteString Take()
    {
        ByteString bytes = ByteString.FromBytes(_scratch.AsSpan(0, Length).ToArray());
        ReturnScratch();
        return bytes;
    }

    private void Reserve(int sizeHint)
    {
        int needed = Length + Math.Max(sizeHint, 1);
        if (needed <= _scratch.Length)
        {
            return;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, Math.Max(FirstScratchBytes, _scratch.Length * 2)));
        _scratch.AsSpan(0, Length).CopyTo(larger);
        int length = Length;
        ReturnScratch();
        _scratch = larger;
        Length = length;
    }

    private void ReturnScratch()
    {
        if (_scratch.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_scratch);
        }

        _scratch = [];
        Length = 0;
    }
}
