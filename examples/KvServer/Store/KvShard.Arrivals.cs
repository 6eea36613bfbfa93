using System.Runtime.InteropServices;

namespace FlexSc.Examples.KvServer.Store;

/// <content>Items whose values are still arriving: outside the table, but within the memory limit and within a share of it.</content>
internal sealed unsafe partial class KvShard
{
    /// <summary>Bytes of the blocks of values that are still arriving; part of <see cref="UsedBytes"/>.</summary>
    public long ArrivingBytes { get; private set; }

    /// <summary>
    /// Makes an item with room for the first bytes of a value. It belongs to the caller, until <see cref="StoreArrived"/> or
    /// <see cref="DropArriving"/>. Null when values that are arriving have their share of the memory already.
    /// </summary>
    public KvItem* BeginArrival(ReadOnlySpan<byte> key, uint hash, int firstBytes, uint now)
    {
        ApplyDueFlush(now);
        int blockBytes = SizeClasses.BlockBytesFor(KvItem.HeadBytes(key.Length) + firstBytes);
        if (!MayArrive(blockBytes + AllocatorOverheadBytes, SizeClasses.Of(blockBytes)))
        {
            return null;
        }

        KvItem* item = AllocateBlock(key, hash, blockBytes, keep: null, now);
        if (item != null)
        {
            ArrivingBytes += Charge(item);
        }

        return item;
    }

    /// <summary>Gives an arriving item room for more of its value; it may move. False, and the item as it was, without memory.</summary>
    public bool TryGrowArrival(ref KvItem* item, int bytes, uint now)
    {
        int blockBytes = SizeClasses.BlockBytesFor(KvItem.HeadBytes(item->KeyLength) + bytes);
        int addedBytes = blockBytes - item->BlockBytes;
        byte sizeClass = SizeClasses.Of(blockBytes);
        if (!MayArrive(addedBytes, sizeClass) || !TryMakeRoom(addedBytes, sizeClass, keep: null, now))
        {
            return false;
        }

        item = (KvItem*)NativeMemory.Realloc(item, (nuint)blockBytes);
        item->BlockBytes = blockBytes;
        item->SizeClass = sizeClass;
        UsedBytes += addedBytes;
        ArrivingBytes += addedBytes;
        return true;
    }

    /// <summary>Stores an item whose value is complete, or frees it: it is the caller's no more.</summary>
    public StoreResult StoreArrived(in StoreRequest request, KvItem* arrived, uint now)
    {
        if (request.Mode is StoreMode.Append or StoreMode.Prepend)
        {
            StoreResult extended = Store(request, KvItem.Key(arrived), arrived->Hash, KvItem.Value(arrived), now);
            DropArriving(arrived);
            return extended;
        }

        KvItem* existing = Find(KvItem.Key(arrived), arrived->Hash, now);
        Counters.Sets++;
        StoreOutcome outcome = Judge(request, existing, now);
        if (outcome != StoreOutcome.Stored)
        {
            DropArriving(arrived);
            return outcome;
        }

        ArrivingBytes -= Charge(arrived);
        Describe(arrived, request, existing);
        return PutInPlaceOf(existing, arrived, request.NewCas, now);
    }

    public void DropArriving(KvItem* item)
    {
        ArrivingBytes -= Charge(item);
        Free(item);
    }

    private bool MayArrive(int addedBytes, byte sizeClass)
    {
        if (ArrivingBytes + addedBytes <= _arrivingLimitBytes)
        {
            return true;
        }

        _sizeClasses[sizeClass].OutOfMemory++;
        return false;
    }
}
