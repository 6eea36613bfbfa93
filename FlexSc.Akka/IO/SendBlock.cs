using System.Diagnostics;
using System.Runtime.InteropServices;

namespace FlexSc.Akka.IO;

/// <summary>Memory that bytes wait in until the kernel took them. Native, so that it stays where it is without pinning.</summary>
internal sealed unsafe class SendBlock
{
    private byte* _memory;

    public SendBlock(int capacityBytes)
    {
        CapacityBytes = capacityBytes;
        _memory = (byte*)NativeMemory.Alloc((nuint)capacityBytes);
    }

    public int CapacityBytes { get; }

    /// <summary>Bytes written so far.</summary>
    public int LengthBytes { get; set; }

    /// <summary>Bytes the kernel took so far.</summary>
    public int SentBytes { get; set; }

    public int RoomBytes => CapacityBytes - LengthBytes;

    public Span<byte> Room
    {
        get
        {
            Debug.Assert(_memory != null, "a send block was used after it was freed");
            return new Span<byte>(_memory + LengthBytes, RoomBytes);
        }
    }

    public byte* Unsent => _memory + SentBytes;

    public int UnsentBytes => LengthBytes - SentBytes;

    /// <summary>The block below in the pool's stack.</summary>
    public SendBlock? Next { get; set; }

    public void Free()
    {
        NativeMemory.Free(_memory);
        _memory = null;
    }
}

/// <summary>The send blocks a loop keeps for the next writes: two sizes, bounded in bytes. On the loop's thread.</summary>
internal sealed class SendBlockPool(int largeBytes, long limitBytes)
{
    /// <summary>Bytes of a small block: enough for a batch of short answers.</summary>
    public const int SmallBytes = 4096;

    private SendBlock? _small;
    private SendBlock? _large;
    private long _pooledBytes;

    /// <summary>Blocks rented and not yet returned.</summary>
    public int Outstanding { get; private set; }

    public int LargeBytes => largeBytes;

    /// <summary>An empty block with room for at least so many bytes.</summary>
    public SendBlock Rent(int roomBytes)
    {
        Outstanding++;
        if (roomBytes <= SmallBytes)
        {
            return Pop(ref _small) ?? new SendBlock(SmallBytes);
        }

        return roomBytes <= largeBytes ? Pop(ref _large) ?? new SendBlock(largeBytes) : new SendBlock(roomBytes);
    }

    public void Return(SendBlock block)
    {
        Outstanding--;
        bool pooled = block.CapacityBytes == SmallBytes || block.CapacityBytes == largeBytes;
        if (!pooled || _pooledBytes + block.CapacityBytes > limitBytes)
        {
            block.Free();
            return;
        }

        block.LengthBytes = 0;
        block.SentBytes = 0;
        _pooledBytes += block.CapacityBytes;
        if (block.CapacityBytes == SmallBytes)
        {
            block.Next = _small;
            _small = block;
        }
        else
        {
            block.Next = _large;
            _large = block;
        }
    }

    /// <summary>Frees what is pooled.</summary>
    public void Free()
    {
        while ((Pop(ref _small) ?? Pop(ref _large)) is { } block)
        {
            block.Free();
        }
    }

    private SendBlock? Pop(ref SendBlock? top)
    {
        SendBlock? block = top;
        if (block is not null)
        {
            top = block.Next;
            block.Next = null;
            _pooledBytes -= block.CapacityBytes;
        }

        return block;
    }
}
