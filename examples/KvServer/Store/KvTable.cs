namespace FlexSc.Examples.KvServer.Store;

/// <summary>Chained hash table over native items. It grows a few buckets per insertion, so that no request pays for a whole rehash.</summary>
internal sealed unsafe class KvTable
{
    private const int InitialBuckets = 1 << 10;

    // Doubling at a load of 1.5 leaves half as many insertions as old buckets before the next doubling; two moved
    // buckets per insertion would just suffice, eight leave room.
    private const int BucketsMovedPerInsertion = 8;

    private nint[] _buckets = new nint[InitialBuckets];
    private nint[]? _oldBuckets;
    private int _movedBuckets;

    public int Count { get; private set; }

    public KvItem* Find(ReadOnlySpan<byte> key, uint hash)
    {
        for (KvItem* item = (KvItem*)BucketOf(hash); item != null; item = item->NextInBucket)
        {
            if (item->Hash == hash && KvItem.Key(item).SequenceEqual(key))
            {
                return item;
            }
        }

        return null;
    }

    public void Insert(KvItem* item)
    {
        MoveSomeBuckets();
        ref nint bucket = ref BucketOf(item->Hash);
        item->NextInBucket = (KvItem*)bucket;
        bucket = (nint)item;
        Count++;
        if (_oldBuckets is null && Count > _buckets.Length + (_buckets.Length >> 1) && _buckets.Length < Array.MaxLength / 2)
        {
            _oldBuckets = _buckets;
            _buckets = new nint[_oldBuckets.Length * 2];
            _movedBuckets = 0;
        }
    }

    public void Remove(KvItem* item)
    {
        ref nint bucket = ref BucketOf(item->Hash);
        KvItem* previous = null;
        for (KvItem* current = (KvItem*)bucket; current != item; current = current->NextInBucket)
        {
            previous = current;
        }

        if (previous == null)
        {
            bucket = (nint)item->NextInBucket;
        }
        else
        {
            previous->NextInBucket = item->NextInBucket;
        }

        Count--;
    }

    /// <summary>Number of buckets <see cref="BucketHead"/> may be asked for; grows with the table.</summary>
    public int BucketCount => _buckets.Length;

    /// <summary>Whether items of the table it was before are still to be moved.</summary>
    public bool IsGrowing => _oldBuckets is not null;

    /// <summary>First item of a bucket, for walks that may miss what an unfinished growth has not moved yet.</summary>
    public KvItem* BucketHead(int index) => (KvItem*)_buckets[index];

    private ref nint BucketOf(uint hash)
    {
        if (_oldBuckets is { } old)
        {
            int oldIndex = (int)(hash & (uint)(old.Length - 1));
            if (oldIndex >= _movedBuckets)
            {
                return ref old[oldIndex];
            }
        }

        return ref _buckets[(int)(hash & (uint)(_buckets.Length - 1))];
    }

    private void MoveSomeBuckets()
    {
        if (_oldBuckets is not { } old)
        {
            return;
        }

        int end = Math.Min(_movedBuckets + BucketsMovedPerInsertion, old.Length);
        for (int index = _movedBuckets; index < end; index++)
        {
            KvItem* item = (KvItem*)old[index];
            while (item != null)
            {
                KvItem* next = item->NextInBucket;
                ref nint bucket = ref _buckets[(int)(item->Hash & (uint)(_buckets.Length - 1))];
                item->NextInBucket = (KvItem*)bucket;
                bucket = (nint)item;
                item = next;
            }
        }

        _movedBuckets = end;
        if (end == old.Length)
        {
            _oldBuckets = null;
        }
    }
}
