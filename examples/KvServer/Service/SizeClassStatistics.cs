using FlexSc.Examples.KvServer.Protocol;
using FlexSc.Examples.KvServer.Store;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>
/// <c>stats items</c> and <c>stats slabs</c>: the classes of sizes that blocks are rounded up to are what memcached calls slab classes.
/// There are no pages of them, no free chunks, and one list of all items by their last use: what memcached tells of those is left out.
/// </summary>
internal static class SizeClassStatistics
{
    public static void WriteItems(KvStore store, ref ReplyWriter writer)
    {
        SizeClassCounters[] figures = store.SizeClassFigures();
        for (int number = 0; number < figures.Length; number++)
        {
            ref readonly SizeClassCounters counters = ref figures[number];
            if (counters.Items == 0)
            {
                continue;
            }

            string prefix = $"items:{number}:";
            StatisticsText.Write(ref writer, prefix + "number", counters.Items);
            StatisticsText.Write(ref writer, prefix + "mem_requested", counters.UsedBytes);
            StatisticsText.Write(ref writer, prefix + "evicted", counters.Evictions);
            StatisticsText.Write(ref writer, prefix + "evicted_nonzero", counters.EvictionsWithExpiry);
            StatisticsText.Write(ref writer, prefix + "evicted_time", counters.LastEvictedIdleSeconds);
            StatisticsText.Write(ref writer, prefix + "outofmemory", counters.OutOfMemory);
            StatisticsText.Write(ref writer, prefix + "reclaimed", counters.Reclaimed);
            StatisticsText.Write(ref writer, prefix + "expired_unfetched", counters.ReclaimedUnfetched);
            StatisticsText.Write(ref writer, prefix + "evicted_unfetched", counters.EvictionsUnfetched);
        }
    }

    public static void WriteSlabs(KvStore store, ref ReplyWriter writer)
    {
        SizeClassCounters[] figures = store.SizeClassFigures();
        int active = 0;
        for (int number = 0; number < figures.Length; number++)
        {
            ref readonly SizeClassCounters counters = ref figures[number];
            if (counters.Items == 0)
            {
                continue;
            }

            active++;
            string prefix = $"{number}:";
            StatisticsText.Write(ref writer, prefix + "chunk_size", SizeClasses.BlockBytes(number));
            StatisticsText.Write(ref writer, prefix + "used_chunks", counters.Items);
            StatisticsText.Write(ref writer, prefix + "get_hits", counters.GetHits);
            StatisticsText.Write(ref writer, prefix + "cmd_set", counters.Stores);
            StatisticsText.Write(ref writer, prefix + "delete_hits", counters.DeleteHits);
            StatisticsText.Write(ref writer, prefix + "incr_hits", counters.IncrementHits);
            StatisticsText.Write(ref writer, prefix + "decr_hits", counters.DecrementHits);
            StatisticsText.Write(ref writer, prefix + "cas_hits", counters.CasHits);
            StatisticsText.Write(ref writer, prefix + "cas_badval", counters.CasMismatches);
            StatisticsText.Write(ref writer, prefix + "touch_hits", counters.TouchHits);
        }

        StatisticsText.Write(ref writer, "active_slabs", active);
        StatisticsText.Write(ref writer, "total_malloced", store.Figures().UsedBytes);
    }
}
