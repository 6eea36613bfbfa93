namespace FlexSc.Examples.KvServer.Store;

/// <summary>What a shard has done since the start or the last <c>stats reset</c>. Guarded by the shard's gate.</summary>
internal struct ShardCounters
{
    public long Gets;
    public long GetHits;
    public long GetExpired;
    public long GetFlushed;
    public long Sets;
    public long Touches;
    public long TouchHits;
    public long DeleteHits;
    public long DeleteMisses;
    public long IncrementHits;
    public long IncrementMisses;
    public long DecrementHits;
    public long DecrementMisses;
    public long CasHits;
    public long CasMisses;
    public long CasMismatches;
    public long Flushes;
    public long TotalItems;
    public long Evictions;
    public long Reclaimed;
    public long OutOfMemory;

    public void Add(in ShardCounters other)
    {
        Gets += other.Gets;
        GetHits += other.GetHits;
        GetExpired += other.GetExpired;
        GetFlushed += other.GetFlushed;
        Sets += other.Sets;
        Touches += other.Touches;
        TouchHits += other.TouchHits;
        DeleteHits += other.DeleteHits;
        DeleteMisses += other.DeleteMisses;
        IncrementHits += other.IncrementHits;
        IncrementMisses += other.IncrementMisses;
        DecrementHits += other.DecrementHits;
        DecrementMisses += other.DecrementMisses;
        CasHits += other.CasHits;
        CasMisses += other.CasMisses;
        CasMismatches += other.CasMismatches;
        Flushes += other.Flushes;
        TotalItems += other.TotalItems;
        Evictions += other.Evictions;
        Reclaimed += other.Reclaimed;
        OutOfMemory += other.OutOfMemory;
    }
}
