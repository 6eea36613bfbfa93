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

    private readonly KvTable _table = new();
    private readonly RecencyList _recency = new();
    private readonly SizeClassCounters[] _sizeClasses = new SizeClassCounters[SizeClasses.Count];
    private readonly long _limitBytes;
    private readonly long _arrivingLimitBytes;
    private readonly int _maxItemBytes;
    private readonly int _index;
    private readonly int _shardCount;
    private ulong _casSequence;
    private uint _flushes;
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

    /// <summary>What it counts for each class of sizes, by the class's number.</summary>
    public ReadOnlySpan<SizeClassCounters> SizeClassCounters => _sizeClasses;

    public int BucketCount => _table.BucketCount;

    public bool IsTableGrowing => _table.IsGrowing;

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
            _sizeClasses[item->SizeClass].GetHits++;
            MarkFetched(item, now);
        }

        return item;
    }

    /// <summary>The item was read: it is the newest in use.</summary>
    public void MarkFetched(KvItem* item, uint now)
    {
        item->State |= ItemState.Fetched;
        MarkUsed(item, now);
    }

    /// <summary>As <see cref="Get"/>, and the item gets a new expiry time.</summary>
    public KvItem* GetAndTouch(ReadOnlySpan<byte> key, uint hash, uint expiresAt, uint now)
    {
        KvItem* item = Get(key, hash, now);
        Counters.Touches++;
        if (item != null)
        {
            _sizeClasses[item->SizeClass].TouchHits++;
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

        _sizeClasses[item->SizeClass].TouchHits++;
        item->ExpiresAt = expiresAt;
        MarkFetched(item, now);
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

        _sizeClasses[item->SizeClass].DeleteHits++;
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
        _flushes++;
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
                Counters.SweepChecked++;
                if (IsDead(item, now))
                {
                    Counters.SweepReclaimed++;
                    Remove(item);
                }

                item = next;
            }
        }
    }

    /// <summary>Forgets what has happened, and keeps what is there.</summary>
    public void ResetCounters()
    {
        Counters = default;
        foreach (ref SizeClassCounters counters in _sizeClasses.AsSpan())
        {
            counters.Reset();
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
            _flushes++;
            _flushAt = 0;
        }
    }

    // Not by its unique, which a client may choose.
    private bool IsFlushed(KvItem* item) => item->Flushes != _flushes;

    private bool IsDead(KvItem* item, uint now) => (item->ExpiresAt != 0 && item->ExpiresAt <= now) || IsFlushed(item);

    private void MarkUsed(KvItem* item, uint now)
    {
        item->UsedAt = now;
        _recency.MoveToNewest(item);
    }

    // Shards hand out disjoint uniques, so that a unique names one version of one item in the whole store.
    private ulong NextCas() => CasOf(++_casSequence);

    private ulong CasOf(ulong sequence) => sequence == 0 ? 0 : ((sequence - 1) * (ulong)_shardCount) + (ulong)_index + 1;

    /// <summary>Makes an item for a whole value; others are evicted for it, but not <paramref name="keep"/>.</summary>
    private KvItem* Allocate(ReadOnlySpan<byte> key, uint hash, int valueLength, KvItem* keep, uint now)
    {
        KvItem* item = AllocateBlock(key, hash, SizeClasses.BlockBytesFor(KvItem.TotalBytes(key.Length, valueLength)), keep, now);
        if (item != null)
        {
            item->ValueLength = valueLength;
        }

        return item;
    }

    private KvItem* AllocateBlock(ReadOnlySpan<byte> key, uint hash, int blockBytes, KvItem* keep, uint now)
    {
        int charge = blockBytes + AllocatorOverheadBytes;
        byte sizeClass = SizeClasses.Of(blockBytes);
        if (!TryMakeRoom(charge, sizeClass, keep, now))
        {
            return null;
        }

        KvItem* item = (KvItem*)NativeMemory.Alloc((nuint)blockBytes);
        UsedBytes += charge;
        *item = default;
        item->BlockBytes = blockBytes;
        item->SizeClass = sizeClass;
        item->Hash = hash;
        item->KeyLength = (byte)key.Length;
        key.CopyTo(new Span<byte>(item + 1, key.Length));
        return item;
    }

    private bool TryMakeRoom(int bytes, byte sizeClass, KvItem* keep, uint now)
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
                _sizeClasses[sizeClass].OutOfMemory++;
                return false;
            }

            Evict(victim, now);
        }

        return true;
    }

    private void Evict(KvItem* item, uint now)
    {
        ref SizeClassCounters counters = ref _sizeClasses[item->SizeClass];
        counters.Evictions++;
        counters.EvictionsWithExpiry += item->ExpiresAt != 0 ? 1 : 0;
        counters.EvictionsUnfetched += IsUnfetched(item);
        counters.LastEvictedIdleSeconds = now - item->UsedAt;
        Remove(item);
    }

    /// <param name="item">What to take into the table.</param>
    /// <param name="cas">Its unique; 0 for the next of the store's own.</param>
    /// <param name="now">The second.</param>
    private void Link(KvItem* item, ulong cas, uint now)
    {
        item->Cas = cas != 0 ? cas : NextCas();
        item->UsedAt = now;
        item->Flushes = _flushes;
        _table.Insert(item);
        _recency.AddNewest(item);
        ref SizeClassCounters counters = ref _sizeClasses[item->SizeClass];
        counters.Items++;
        counters.UsedBytes += KvItem.UsedBytes(item);
        Counters.TotalItems++;
    }

    private void Remove(KvItem* item)
    {
        ref SizeClassCounters counters = ref _sizeClasses[item->SizeClass];
        counters.Items--;
        counters.UsedBytes -= KvItem.UsedBytes(item);
        _table.Remove(item);
        _recency.Remove(item);
        Free(item);
    }

    private void Reclaim(KvItem* item)
    {
        ref SizeClassCounters counters = ref _sizeClasses[item->SizeClass];
        counters.Reclaimed++;
        counters.ReclaimedUnfetched += IsUnfetched(item);
        Remove(item);
    }

    private static int IsUnfetched(KvItem* item) => (item->State & ItemState.Fetched) == 0 ? 1 : 0;

    private void Free(KvItem* item)
    {
        UsedBytes -= Charge(item);
        NativeMemory.Free(item);
    }

    private static int Charge(KvItem* item) => item->BlockBytes + AllocatorOverheadBytes;
}
