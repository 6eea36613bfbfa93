using FlexSc.Interop.Linux;

namespace FlexSc.Akka.IO;

/// <summary>Blocks of one size. Slabs that are in use already give first, so that others become unused and can go. On the loop's thread.</summary>
internal sealed class SlabPool(int blockBytes, int blocksPerSlab)
{
    // Slabs with a free block; those in use in part come before the unused ones.
    private readonly LinkedList<SendSlab> _open = new();

    /// <summary>Bytes of free blocks.</summary>
    public long FreeBytes { get; private set; }

    /// <exception cref="LinuxException">The system has no memory left.</exception>
    public SendBlock Rent()
    {
        if (_open.First is not { } place)
        {
            place = new SendSlab(blockBytes, blocksPerSlab).Place;
            FreeBytes += place.Value.MappedBytes;
            _open.AddFirst(place);
        }

        SendBlock block = place.Value.Take();
        FreeBytes -= blockBytes;
        if (place.Value.FreeBlocks == 0)
        {
            _open.Remove(place);
        }

        return block;
    }

    public void Return(SendBlock block)
    {
        SendSlab slab = block.Slab;
        slab.Return(block);
        FreeBytes += blockBytes;
        LinkedListNode<SendSlab> place = slab.Place;
        if (place.List is not null && !slab.IsUnused)
        {
            return;
        }

        if (place.List is not null)
        {
            _open.Remove(place);
        }

        if (slab.IsUnused && blocksPerSlab > 1)
        {
            _open.AddLast(place);
        }
        else
        {
            // Last in, first out: it is the one the caches know.
            _open.AddFirst(place);
        }
    }

    /// <summary>Gives an unused slab back to the system.</summary>
    /// <returns>False when there is none.</returns>
    public bool TryTrim()
    {
        if (_open.Last is not { } place || !place.Value.IsUnused)
        {
            return false;
        }

        _open.Remove(place);
        FreeBytes -= place.Value.MappedBytes;
        place.Value.Unmap();
        return true;
    }
}
