using System.Buffers;

namespace FlexSc.Akka.IO;

/// <summary>
/// The memory of one use of a send block, for writers that want a <see cref="Memory{T}"/>. After that use, when the block may serve
/// another connection, it refuses.
/// </summary>
internal sealed unsafe class SendBlockMemory(byte* memory, int lengthBytes) : MemoryManager<byte>
{
    private byte* _memory = memory;

    public void End() => _memory = null;

    public override Span<byte> GetSpan()
    {
        RequireUse();
        return new Span<byte>(_memory, lengthBytes);
    }

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(elementIndex);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(elementIndex, lengthBytes);
        RequireUse();

        // Native memory stays where it is.
        return new MemoryHandle(_memory + elementIndex);
    }

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing) => End();

    private void RequireUse()
    {
        if (_memory == null)
        {
            throw new ObjectDisposedException(null, "the memory was for one use of the output, which is over: ask the output for memory again");
        }
    }
}
