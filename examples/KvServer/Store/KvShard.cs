using System.Numerics;
using System.Runtime.InteropServices;

namespace FlexSc.Examples.KvServer.Store;

/// <summary>
/// One part of the store: a table, a recency list and a memory limit of its own. Every member but <see cref="Gate"/>
/// is called with the gate held, and item pointers found in the shard are followed only while it is.
/// </summary>
internal sealed unsafe partial class KvShard : IDisposable
{
    // What malloc keeps beside a block; accounted so that the limit is close to what the process really uses.
    private const int AllocatorOverheadBytes = 16;
    private const int SmallBlockBytes = 1024;
    private const int SmallBlockStepBytes = 32;

    // Above the small blocks, eight size classes per doubling: at most an eighth of a block is wasted.
    private const int ClassesPerDoublingLog2 = 3;

    private readonly KvTable _table = new();
    private readonly RecencyList _recency = new();
    private readonly long _limitBytes;
    private readonly long _arrivingLimitBytes;
    private readonly int _maxItemBytes;
    private readonly int _index;
    private readonly int _shardCount;
    private ulong _casSequence;
    private ulong _flushedCas;
    private uint _flushAt;
    private int _sweepCursor;

    /// <param name="index">Which of the shards.</param>
    /// <param name="shardCount">How many there are.</param>
    /// <param name="limitBytes">Memory of the shard's items.</param>
    /// <param name="arrivingLimitBytes">How much of it values that are still arriving may take.</param>
    /// <param name="maxItemBytes">Largest key plus value.</param>
    public KvShard(int index, int shardCount, long limitBytes, long arrivingLimitBytes, int maxItemBytes)
    {
        _index = index;
        _shardCount = shardCount;
        _limitBytes = limitBytes;
        _arrivingLimitBytes = arrivingLimitBytes;
        _maxItemBytes = maxItemBytes;
    }

    public Lock Gate { get; } = new();

    public ShardCounters Counters;

    /// <summary>Bytes of all blocks, of items in the table and of items still being received.</summary>
    public long UsedBytes { get; private set; }

    public int ItemCount => _table.Count;

    /// <summary>Finds a live item; one that turns out dead is removed and its memory freed.</summary>
    public KvItem* Find(ReadOnlySpan<byte> key, uint hash, uint now)
    {
        ApplyDueFlush(now);
        KvItem* item = _table.Find(key, hash);
        if (item == null || !IsDead(item, now))
        {
            return item;
        }

        if (IsFlushed(item))
        {
            Counters.GetFlushed++;
        }
        else
        {
            Counters.GetExpired++;
        }

        Reclaim(item);
        return null;
    }

    /// <summary>Finds an item for a get, counts the hit or miss and makes it the newest in use.</summary>
    public KvItem* Get(ReadOnlySpan<byte> key, uint hash, uint now)
    {
        KvItem* item = Find(key, hash, now);
        Counters.Gets++;
        if (item != null)
        {
            Counters.GetHits++;
            _recency.MoveToNewest(item);
        }

        return item;
    }

    /// <summary>As <see cref="Get"/>, and the item gets a new expiry time.</summary>
    public KvItem* GetAndTouch(ReadOnlySpan<byte> key, uint hash, uint expiresAt, uint now)
    {
        KvItem* item = Get(key, hash, now);
        Counters.Touches++;
        if (item != null)
        {
            Counters.TouchHits++;
            item->ExpiresAt = expiresAt;
        }

        return item;
    }

    public bool Touch(ReadOnlySpan<byte> key, uint hash, uint expiresAt, uint now)
    {
        KvItem* item = Find(key, hash, now);
        Counters.Touches++;
        if (item == null)
        {
            return false;
        }

        Counters.TouchHits++;
        item->ExpiresAt = expiresAt;
        _recency.MoveToNewest(item);
        return true;
    }

    public bool Delete(ReadOnlySpan<byte> key, uint hash, uint now)
    {
        KvItem* item = Find(key, hash, now);
        if (item == null)
        {
            Counters.DeleteMisses++;
            return false;
        }

        Counters.DeleteHits++;
        Remove(item);
        return true;
    }

    /// <summary>Removes an item because a set of its key failed: a stale value must not outlive the attempt to replace it.</summary>
    public void RemoveStale(ReadOnlySpan<byte> key, uint hash, uint now)
    {
        KvItem* item = Find(key, hash, now);
        if (item != null)
        {
            Remove(item);
        }
    }

    /// <summary>Declares every item stored until now dead; their memory returns as they are met or swept.</summary>
    public void Flush()
    {
        _flushedCas = _casSequence;
        _flushAt = 0;
        Counters.Flushes++;
    }

    /// <summary>As <see cref="Flush"/>, for what is stored when the clock reaches <paramref name="at"/>. A later flush replaces it.</summary>
    public void FlushAt(uint at)
    {
        _flushAt = at;
        Counters.Flushes++;
    }

    /// <summary>Frees dead items of the next <paramref name="bucketLimit"/> buckets.</summary>
    public void Sweep(uint now, int bucketLimit)
    {
        ApplyDueFlush(now);
        int visits = Math.Min(bucketLimit, _table.BucketCount);
        for (int visit = 0; visit < visits; visit++)
        {
            _sweepCursor = (_sweepCursor + 1) & (_table.BucketCount - 1);
            KvItem* item = _table.BucketHead(_sweepCursor);
            while (item != null)
            {
                KvItem* next = item->NextInBucket;
                if (IsDead(item, now))
                {
                    Reclaim(item);
                }

                item = next;
            }
        }
    }

    public void Dispose()
    {
        lock (Gate)
        {
            while (_recency.Oldest != null)
            {
                Remove(_recency.Oldest);
            }
        }
    }

    private void ApplyDueFlush(uint now)
    {
        if (_flushAt != 0 && now >= _flushAt)
        {
            _flushedCas = _casSequence;
            _flushAt = 0;
        }
    }

    private bool IsFlushed(KvItem* item) => item->Cas <= CasOf(_flushedCas);

    private bool IsDead(KvItem* item, uint now) =>
        (item->ExpiresAt != 0 && item->ExpiresAt <= now) || (_flushedCas != 0 && IsFlushed(item));

    // Shards hand out disjoint uniques, so that a unique names one version of one item in the whole store.
    private ulong NextCas() => CasOf(++_casSequence);

    private ulong CasOf(ulong sequence) => sequence == 0 ? 0 : ((sequence - 1) * (ulong)_shardCount) + (ulong)_index + 1;

    /// <summary>Makes an item for a whole value; others are evicted for it, but not <paramref name="keep"/>.</summary>
    private KvItem* Allocate(ReadOnlySpan<byte> key, uint hash, int valueLength, KvItem* keep)
    {
        KvItem* item = AllocateBlock(key, hash, BlockBytesFor(KvItem.TotalBytes(key.Length, valueLength)), keep);
        if (item != null)
        {
            item->ValueLength = valueLength;
        }

        return item;
    }

    private KvItem* AllocateBlock(ReadOnlySpan<byte> key, uint hash, int blockBytes, KvItem* keep)
    {
        int charge = blockBytes + AllocatorOverheadBytes;
        if (!TryMakeRoom(charge, keep))
        {
            return null;
        }

        KvItem* item = (KvItem*)NativeMemory.Alloc((nuint)blockBytes);
        UsedBytes += charge;
        *item = default;
        item->BlockBytes = blockBytes;
        item->Hash = hash;
        item->KeyLength = (byte)key.Length;
        key.CopyTo(new Span<byte>(item + 1, key.Length));
        return item;
    }

    private bool TryMakeRoom(int bytes, KvItem* keep)
    {
        if (keep != null)
        {
            // In use right now: all others go before it.
            _recency.MoveToNewest(keep);
        }

        while (UsedBytes + bytes > _limitBytes)
        {
            KvItem* victim = _recency.Oldest;
            if (victim == null || victim == keep)
            {
                Counters.OutOfMemory++;
                return false;
            }

            Counters.Evictions++;
            Remove(victim);
        }

        return true;
    }

    private void Link(KvItem* item)
    {
        item->Cas = NextCas();
        _table.Insert(item);
        _recency.AddNewest(item);
        Counters.TotalItems++;
    }

    private void Remove(KvItem* item)
    {
        _table.Remove(item);
        _recency.Remove(item);
        Free(item);
    }

    private void Reclaim(KvItem* item)
    {
        Counters.Reclaimed++;
        Remove(item);
    }

    private void Free(KvItem* item)
    {
        UsedBytes -= Charge(item);
        NativeMemory.Free(item);
    }

    private static int Charge(KvItem* item) => item->BlockBytes + AllocatorOverheadBytes;

    private static int BlockBytesFor(long totalBytes)
    {
        uint total = (uint)totalBytes;
        uint step = total <= SmallBlockBytes ? SmallBlockStepBytes : 1u << (BitOperations.Log2(total) - ClassesPerDoublingLog2);
        return (int)((total + step - 1) & ~(step - 1));
    }
}
