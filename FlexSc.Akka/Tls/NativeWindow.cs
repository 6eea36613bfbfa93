using System.Buffers;
using System.Diagnostics;

namespace FlexSc.Akka.IO;

/// <summary>
/// A <see cref="Memory{T}"/> over native memory that can be moved: whoever holds it sees the memory it lies over when it looks, so one
/// object serves call after call. One thread at a time.
/// </summary>
internal sealed unsafe class NativeWindow : MemoryManager<byte>
{
    private byte* _memory;
    private int _lengthBytes;

    /// <summary>Lies over other memory from now on.</summary>
    public Memory<byte> Over(byte* memory, int lengthBytes)
    {
        _memory = memory;
        _lengthBytes = lengthBytes;
        return CreateMemory(lengthBytes);
    }

    public override Span<byte> GetSpan() => new(_memory, _lengthBytes);

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        Debug.Assert(elementIndex >= 0 && elementIndex <= _lengthBytes, "outside the memory");

        // Native memory stays where it is.
        return new MemoryHandle(_memory + elementIndex);
    }

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }
}
