namespace FlexSc.Examples.KvServer.Store;

/// <summary>What became of the items of one class of sizes. Guarded by the shard's gate.</summary>
internal struct SizeClassCounters
{
    /// <summary>Items that are there; a reset leaves it.</summary>
    public long Items;

    /// <summary>Bytes of their blocks that are in use; a reset leaves it.</summary>
    public long UsedBytes;

    public long GetHits;
    public long Stores;
    public long TouchHits;
    public long DeleteHits;
    public long IncrementHits;
    public long DecrementHits;
    public long CasHits;
    public long CasMismatches;
    public long Evictions;
    public long EvictionsWithExpiry;
    public long EvictionsUnfetched;
    public long Reclaimed;
    public long ReclaimedUnfetched;
    public long OutOfMemory;

    /// <summary>Seconds that the item evicted last had not been used; of several shards, the shortest.</summary>
    public long LastEvictedIdleSeconds;

    public void Add(in SizeClassCounters other)
    {
        LastEvictedIdleSeconds = Evictions == 0 ? other.LastEvictedIdleSeconds
            : other.Evictions == 0 ? LastEvictedIdleSeconds
            : Math.Min(LastEvictedIdleSeconds, other.LastEvictedIdleSeconds);
        Items += other.Items;
        UsedBytes += other.UsedBytes;
        GetHits += other.GetHits;
        Stores += other.Stores;
        TouchHits += other.TouchHits;
        DeleteHits += other.DeleteHits;
        IncrementHits += other.IncrementHits;
        DecrementHits += other.DecrementHits;
        CasHits += other.CasHits;
        CasMismatches += other.CasMismatches;
        Evictions += other.Evictions;
        EvictionsWithExpiry += other.EvictionsWithExpiry;
        EvictionsUnfetched += other.EvictionsUnfetched;
        Reclaimed += other.Reclaimed;
        ReclaimedUnfetched += other.ReclaimedUnfetched;
        OutOfMemory += other.OutOfMemory;
    }

    /// <summary>Forgets what has happened, and keeps what is there.</summary>
    public void Reset() => this = new SizeClassCounters { Items = Items, UsedBytes = UsedBytes };
}
