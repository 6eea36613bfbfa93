namespace FlexSc.Examples.KvServer.Store;

/// <summary>
/// What a shard has done since the start or the last <c>stats reset</c>, beside what it counts for each class of sizes. Guarded by the
/// shard's gate.
/// </summary>
internal struct ShardCounters
{
    public long Gets;
    public long GetExpired;
    public long GetFlushed;
    public long Sets;
    public long Touches;
    public long DeleteMisses;
    public long IncrementMisses;
    public long DecrementMisses;
    public long CasMisses;
    public long Flushes;
    public long TooLarge;
    public long TotalItems;
    public long SweepChecked;
    public long SweepReclaimed;

    public void Add(in ShardCounters other)
    {
        Gets += other.Gets;
        GetExpired += other.GetExpired;
        GetFlushed += other.GetFlushed;
        Sets += other.Sets;
        Touches += other.Touches;
        DeleteMisses += other.DeleteMisses;
        IncrementMisses += other.IncrementMisses;
        DecrementMisses += other.DecrementMisses;
        CasMisses += other.CasMisses;
        Flushes += other.Flushes;
        TooLarge += other.TooLarge;
        TotalItems += other.TotalItems;
        SweepChecked += other.SweepChecked;
        SweepReclaimed += other.SweepReclaimed;
    }
}
