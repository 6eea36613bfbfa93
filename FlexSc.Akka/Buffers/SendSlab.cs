using System.Runtime.InteropServices;
using FlexSc.Interop.Linux;
using Tmds.Linux;

namespace FlexSc.Akka.IO;

/// <summary>
/// A mapping that send blocks of one size are cut from; mmap(2). Mapped, because the allocator of the C library keeps freed blocks of
/// this size for itself.
/// </summary>
internal sealed unsafe class SendSlab
{
    private readonly byte* _memory;
    private SendBlock? _free;

    /// <exception cref="LinuxException">The system has no memory left.</exception>
    public SendSlab(int blockBytes, int blocks)
    {
        BlockBytes = blockBytes;
        Blocks = blocks;
        FreeBlocks = blocks;
        Place = new LinkedListNode<SendSlab>(this);
        _memory = (byte*)LibC.mmap(
            null, (size_t)(ulong)MappedBytes, LibC.PROT_READ | LibC.PROT_WRITE, LibC.MAP_PRIVATE | LibC.MAP_ANONYMOUS, -1, 0);
        if (_memory == LibC.MAP_FAILED)
        {
            throw new LinuxException(Marshal.GetLastPInvokeError(), "mmap", $"{MappedBytes} bytes for output that waits to be sent");
        }

        for (int i = blocks - 1; i >= 0; i--)
        {
            _free = new SendBlock(this, _memory + ((long)i * blockBytes), blockBytes) { Next = _free };
        }
    }

    public int BlockBytes { get; }

    public int Blocks { get; }

    public int FreeBlocks { get; private set; }

    /// <summary>Its place among the slabs that have a free block.</summary>
    public LinkedListNode<SendSlab> Place { get; }

    public long MappedBytes => (long)BlockBytes * Blocks;

    public bool IsUnused => FreeBlocks == Blocks;

    public SendBlock Take()
    {
        SendBlock block = _free!;
        _free = block.Next;
        block.Next = null;
        FreeBlocks--;
        return block;
    }

    public void Return(SendBlock block)
    {
        block.Next = _free;
        _free = block;
        FreeBlocks++;
    }

    /// <summary>Gives the memory back to the system. None of its blocks may be in use.</summary>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    public void Unmap()
    {
        if (LibC.munmap(_memory, (size_t)(ulong)MappedBytes) != 0)
        {
            throw new LinuxException(Marshal.GetLastPInvokeError(), "munmap", $"{MappedBytes} bytes of send blocks");
        }
    }
}
