using FlexSc.Akka.Loops;
using FlexSc.Interop.Linux;

namespace FlexSc.Akka.IO;

/// <summary>
/// The send blocks of a loop: two sizes, and one of its own for what is larger. What is free beyond a bound goes back to the system
/// when <see cref="Trim"/> is called. On the loop's thread.
/// </summary>
internal sealed class SendBlockPool(int largeBytes, long keptBytes)
{
    /// <summary>Bytes of a small block.</summary>
    public const int SmallBytes = LoopSettings.MinSendBlockBytes;

    private const int SmallBlocksPerSlab = 16;

    /// <summary>Most slabs given back in one go: each costs some microseconds, and the loop has other work.</summary>
    private const int SlabsPerTrim = 64;

    private readonly SlabPool _small = new(SmallBytes, SmallBlocksPerSlab);
    private readonly SlabPool _large = new(largeBytes, blocksPerSlab: 1);

    /// <summary>Blocks rented and not yet returned.</summary>
    public int Outstanding { get; private set; }

    public int LargeBytes => largeBytes;

    /// <summary>Bytes of free blocks.</summary>
    public long FreeBytes => _small.FreeBytes + _large.FreeBytes;

    /// <summary>More is free than is to be kept.</summary>
    public bool HasSurplus => FreeBytes > keptBytes;

    /// <summary>An empty block with room for at least so many bytes.</summary>
    /// <exception cref="LinuxException">The system has no memory left.</exception>
    public SendBlock Rent(int roomBytes)
    {
        SendBlock block = roomBytes <= SmallBytes ? _small.Rent()
            : roomBytes <= largeBytes ? _large.Rent()
            : new SendSlab(roomBytes, blocks: 1).Take();
        Outstanding++;
        return block;
    }

    public void Return(SendBlock block)
    {
        Outstanding--;
        block.Reset();
        if (block.CapacityBytes == SmallBytes)
        {
            _small.Return(block);
        }
        else if (block.CapacityBytes == largeBytes)
        {
            _large.Return(block);
        }
        else
        {
            block.Slab.Unmap();
        }
    }

    /// <summary>Gives free blocks beyond the bound back to the system, some at a time.</summary>
    /// <returns>True when more are to go.</returns>
    public bool Trim()
    {
        int left = SlabsPerTrim;
        while (HasSurplus && left > 0 && (_large.TryTrim() || _small.TryTrim()))
        {
            left--;
        }

        return left == 0 && HasSurplus;
    }

    /// <summary>Gives back everything that is free.</summary>
    public void Free()
    {
        while (_large.TryTrim() || _small.TryTrim())
        {
        }
    }
}
