using System.Globalization;
using System.Text;
using FlexSc.Examples.KvServer.Protocol;
using FlexSc.Examples.KvServer.Store;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>Answers <c>stats</c>, with memcached's names where it has one.</summary>
internal sealed class KvStatistics(KvServerOptions options, KvStore store, KvCounters counters) : IStatisticsSource
{
    private const int PointerBits = 64;
    private const long MicrosecondsPerSecond = 1_000_000;

    // Clients decide by this number what to expect, so it begins with the memcached whose behaviour this server has.
    private const string ConformsTo = "1.6.18";

    private static readonly byte[] VersionText = Encoding.ASCII.GetBytes(
        $"{ConformsTo}-flexsc-{typeof(KvStatistics).Assembly.GetName().Version?.ToString(3)}");

    public ReadOnlySpan<byte> Version => VersionText;

    public void WriteGeneral(ref ReplyWriter writer)
    {
        WriteProcess(ref writer);
        WriteConnections(ref writer);
        WriteStore(ref writer, store.Figures());
        writer.WriteShort(Replies.End);
    }

    public void WriteSettings(ref ReplyWriter writer)
    {
        Write(ref writer, "maxbytes", options.MemoryLimitBytes);
        Write(ref writer, "max_arriving_percent", options.MaxArrivingPercent);
        Write(ref writer, "maxconns", options.MaxConnections);
        Write(ref writer, "tcpport", options.Port);
        Write(ref writer, "udpport", 0);
        Write(ref writer, "inter", options.Host);
        Write(ref writer, "evictions", "on");
        Write(ref writer, "num_threads", options.Loops);
        Write(ref writer, "item_size_max", options.MaxItemBytes);
        Write(ref writer, "tcp_backlog", options.Backlog);
        Write(ref writer, "cas_enabled", "yes");
        Write(ref writer, "flush_enabled", "yes");
        Write(ref writer, "binding_protocol", "ascii");
        Write(ref writer, "hash_algorithm", "xxh3");
        Write(ref writer, "max_line_bytes", options.SessionLimits.MaxLineBytes);
        Write(ref writer, "max_get_line_bytes", options.SessionLimits.MaxGetLineBytes);
        Write(ref writer, "max_pending_input_bytes", options.SessionLimits.MaxPendingInputBytes);
        Write(ref writer, "max_unsent_bytes", options.MaxUnsentBytes);
        Write(ref writer, "idle_timeout", options.IdleTimeoutSeconds);
        Write(ref writer, "close_timeout", options.CloseTimeoutSeconds);
        writer.WriteShort(Replies.End);
    }

    public void Reset()
    {
        store.ResetCounters();
        counters.Reset();
    }

    private void WriteProcess(ref ReplyWriter writer)
    {
        Environment.ProcessCpuUsage cpu = Environment.CpuUsage;
        Write(ref writer, "pid", Environment.ProcessId);
        Write(ref writer, "uptime", store.Clock.UptimeSeconds);
        Write(ref writer, "time", store.Clock.UnixSeconds);
        Write(ref writer, "version", Encoding.ASCII.GetString(VersionText));
        Write(ref writer, "pointer_size", PointerBits);
        Write(ref writer, "rusage_user", Seconds(cpu.UserTime));
        Write(ref writer, "rusage_system", Seconds(cpu.PrivilegedTime));
        Write(ref writer, "threads", options.Loops);
    }

    private void WriteConnections(ref ReplyWriter writer)
    {
        Write(ref writer, "max_connections", options.MaxConnections);
        Write(ref writer, "curr_connections", counters.CurrentConnections);
        Write(ref writer, "total_connections", counters.TotalConnections);
        Write(ref writer, "rejected_connections", counters.RejectedConnections);
        Write(ref writer, "bytes_read", counters.BytesRead);
        Write(ref writer, "bytes_written", counters.BytesWritten);
    }

    private void WriteStore(ref ReplyWriter writer, in StoreFigures figures)
    {
        ShardCounters counts = figures.Counters;
        Write(ref writer, "cmd_get", counts.Gets);
        Write(ref writer, "cmd_set", counts.Sets);
        Write(ref writer, "cmd_flush", counts.Flushes / store.Shards.Length);
        Write(ref writer, "cmd_touch", counts.Touches);
        Write(ref writer, "get_hits", counts.GetHits);
        Write(ref writer, "get_misses", counts.Gets - counts.GetHits);
        Write(ref writer, "get_expired", counts.GetExpired);
        Write(ref writer, "get_flushed", counts.GetFlushed);
        Write(ref writer, "delete_misses", counts.DeleteMisses);
        Write(ref writer, "delete_hits", counts.DeleteHits);
        Write(ref writer, "incr_misses", counts.IncrementMisses);
        Write(ref writer, "incr_hits", counts.IncrementHits);
        Write(ref writer, "decr_misses", counts.DecrementMisses);
        Write(ref writer, "decr_hits", counts.DecrementHits);
        Write(ref writer, "cas_misses", counts.CasMisses);
        Write(ref writer, "cas_hits", counts.CasHits);
        Write(ref writer, "cas_badval", counts.CasMismatches);
        Write(ref writer, "touch_hits", counts.TouchHits);
        Write(ref writer, "touch_misses", counts.Touches - counts.TouchHits);
        Write(ref writer, "store_no_memory", counts.OutOfMemory);
        Write(ref writer, "limit_maxbytes", store.LimitBytes);
        Write(ref writer, "bytes", figures.UsedBytes);
        Write(ref writer, "arriving_bytes", figures.ArrivingBytes);
        Write(ref writer, "curr_items", figures.Items);
        Write(ref writer, "total_items", counts.TotalItems);
        Write(ref writer, "evictions", counts.Evictions);
        Write(ref writer, "reclaimed", counts.Reclaimed);
    }

    private static string Seconds(TimeSpan time)
    {
        long microseconds = time.Ticks / TimeSpan.TicksPerMicrosecond;
        return string.Create(
            CultureInfo.InvariantCulture, $"{microseconds / MicrosecondsPerSecond}.{microseconds % MicrosecondsPerSecond:D6}");
    }

    private static void Write(ref ReplyWriter writer, string name, long value) =>
        Write(ref writer, name, value.ToString(CultureInfo.InvariantCulture));

    private static void Write(ref ReplyWriter writer, string name, string value) =>
        writer.WriteLong(Encoding.UTF8.GetBytes($"STAT {name} {value}\r\n"));
}
