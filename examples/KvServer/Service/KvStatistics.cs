using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text;
using FlexSc.Examples.KvServer.Protocol;
using FlexSc.Examples.KvServer.Store;
using FlexSc.Examples.Shared;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>Answers <c>stats</c>, with memcached's names where it has one.</summary>
internal sealed class KvStatistics(KvServerOptions options, KvStore store, KvCounters counters) : IStatisticsSource
{
    private const int PointerBytes = 8;
    private const int PointerBits = 8 * PointerBytes;
    private const long MicrosecondsPerSecond = 1_000_000;

    // Clients decide by this number what to expect, so it begins with the memcached whose behaviour this server has.
    private const string ConformsTo = "1.6.18";

    private static readonly byte[] VersionText = Encoding.ASCII.GetBytes(
        $"{ConformsTo}-flexsc-{typeof(KvStatistics).Assembly.GetName().Version?.ToString(3)}");

    public ReadOnlySpan<byte> Version => VersionText;

    public bool TryWrite(ReadOnlySpan<byte> group, KvSession asking, ref ReplyWriter writer)
    {
        switch (group)
        {
            case []:
                WriteProcess(ref writer);
                WriteConnections(ref writer);
                WriteStore(ref writer, store.Figures());
                break;
            case var _ when group.SequenceEqual("settings"u8):
                WriteSettings(ref writer);
                break;
            case var _ when group.SequenceEqual("items"u8):
                SizeClassStatistics.WriteItems(store, ref writer);
                break;
            case var _ when group.SequenceEqual("slabs"u8):
                SizeClassStatistics.WriteSlabs(store, ref writer);
                break;
            case var _ when group.SequenceEqual("sizes"u8):
                StatisticsText.Write(ref writer, "sizes_status", "disabled");
                break;

            // These two without END, as memcached.
            case var _ when group.SequenceEqual("sizes_disable"u8):
                StatisticsText.Write(ref writer, "sizes_status", "disabled");
                return true;
            case var _ when group.SequenceEqual("sizes_enable"u8):
                StatisticsText.Write(ref writer, "sizes_status", "error");
                StatisticsText.Write(ref writer, "sizes_error", "this server keeps no histogram of sizes");
                return true;
            case var _ when group.SequenceEqual("conns"u8):
                ConnectionStatistics.Write(counters, asking, store.Clock.Now, ref writer);
                break;
            default:
                return false;
        }

        writer.WriteShort(Replies.End);
        return true;
    }

    public void Reset()
    {
        store.ResetCounters();
        counters.Reset();
    }

    private void WriteSettings(ref ReplyWriter writer)
    {
        StatisticsText.Write(ref writer, "maxbytes", options.MemoryLimitBytes);
        StatisticsText.Write(ref writer, "max_arriving_percent", options.MaxArrivingPercent);
        StatisticsText.Write(ref writer, "maxconns", options.MaxConnections);
        StatisticsText.Write(ref writer, "tcpport", PortOf(counters.Listeners));
        StatisticsText.Write(ref writer, "udpport", 0);
        StatisticsText.Write(ref writer, "inter", InterfacesOf(options));
        StatisticsText.Write(ref writer, "domain_socket", options.UnixSocket?.Path ?? "NULL");
        if (options.UnixSocket is { } socket)
        {
            StatisticsText.Write(ref writer, "umask", Convert.ToString((int)socket.Mode, toBase: 8));
        }

        StatisticsText.Write(ref writer, "evictions", "on");
        StatisticsText.Write(ref writer, "num_threads", options.Loops);
        StatisticsText.Write(ref writer, "item_size_max", options.MaxItemBytes);
        StatisticsText.Write(ref writer, "tcp_backlog", options.Backlog);
        StatisticsText.Write(ref writer, "cas_enabled", "yes");
        StatisticsText.Write(ref writer, "flush_enabled", "yes");
        StatisticsText.Write(ref writer, "binding_protocol", "ascii");
        StatisticsText.Write(ref writer, "hash_algorithm", "xxh3");
        StatisticsText.Write(ref writer, "ssl_enabled", options.Tls is null ? "no" : "yes");
        StatisticsText.Write(ref writer, "ssl_chain_cert", options.Tls?.CertificatePath ?? "(null)");
        StatisticsText.Write(ref writer, "ssl_key", options.Tls?.KeyPath ?? "(null)");
        StatisticsText.Write(ref writer, "max_line_bytes", options.SessionLimits.MaxLineBytes);
        StatisticsText.Write(ref writer, "max_get_line_bytes", options.SessionLimits.MaxGetLineBytes);
        StatisticsText.Write(ref writer, "max_pending_input_bytes", options.SessionLimits.MaxPendingInputBytes);
        StatisticsText.Write(ref writer, "max_unsent_bytes", options.MaxUnsentBytes);
        StatisticsText.Write(ref writer, "idle_timeout", options.IdleTimeoutSeconds);
        StatisticsText.Write(ref writer, "close_timeout", options.CloseTimeoutSeconds);
    }

    private void WriteProcess(ref ReplyWriter writer)
    {
        Environment.ProcessCpuUsage cpu = Environment.CpuUsage;
        StatisticsText.Write(ref writer, "pid", Environment.ProcessId);
        StatisticsText.Write(ref writer, "uptime", store.Clock.UptimeSeconds);
        StatisticsText.Write(ref writer, "time", store.Clock.UnixSeconds);
        StatisticsText.Write(ref writer, "version", Encoding.ASCII.GetString(VersionText));
        StatisticsText.Write(ref writer, "pointer_size", PointerBits);
        StatisticsText.Write(ref writer, "rusage_user", Seconds(cpu.UserTime));
        StatisticsText.Write(ref writer, "rusage_system", Seconds(cpu.PrivilegedTime));
        StatisticsText.Write(ref writer, "threads", options.Loops);
    }

    private void WriteConnections(ref ReplyWriter writer)
    {
        StatisticsText.Write(ref writer, "max_connections", options.MaxConnections);
        StatisticsText.Write(ref writer, "curr_connections", counters.CurrentConnections);
        StatisticsText.Write(ref writer, "total_connections", counters.TotalConnections);
        StatisticsText.Write(ref writer, "rejected_connections", counters.RejectedConnections);
        StatisticsText.Write(ref writer, "reserved_fds", DescriptorBudget.ReserveDescriptors);
        StatisticsText.Write(ref writer, "idle_kicks", counters.IdleConnections);
        StatisticsText.Write(ref writer, "bytes_read", counters.BytesRead);
        StatisticsText.Write(ref writer, "bytes_written", counters.BytesWritten);
    }

    private void WriteStore(ref ReplyWriter writer, in StoreFigures figures)
    {
        ShardCounters counts = figures.Counters;
        SizeClassCounters uses = figures.Uses;
        StatisticsText.Write(ref writer, "cmd_get", counts.Gets);
        StatisticsText.Write(ref writer, "cmd_set", counts.Sets);
        StatisticsText.Write(ref writer, "cmd_flush", counts.Flushes / store.Shards.Length);
        StatisticsText.Write(ref writer, "cmd_touch", counts.Touches);
        StatisticsText.Write(ref writer, "cmd_meta", counters.MetaCommands);
        StatisticsText.Write(ref writer, "get_hits", uses.GetHits);
        StatisticsText.Write(ref writer, "get_misses", counts.Gets - uses.GetHits);
        StatisticsText.Write(ref writer, "get_expired", counts.GetExpired);
        StatisticsText.Write(ref writer, "get_flushed", counts.GetFlushed);
        StatisticsText.Write(ref writer, "delete_misses", counts.DeleteMisses);
        StatisticsText.Write(ref writer, "delete_hits", uses.DeleteHits);
        StatisticsText.Write(ref writer, "incr_misses", counts.IncrementMisses);
        StatisticsText.Write(ref writer, "incr_hits", uses.IncrementHits);
        StatisticsText.Write(ref writer, "decr_misses", counts.DecrementMisses);
        StatisticsText.Write(ref writer, "decr_hits", uses.DecrementHits);
        StatisticsText.Write(ref writer, "cas_misses", counts.CasMisses);
        StatisticsText.Write(ref writer, "cas_hits", uses.CasHits);
        StatisticsText.Write(ref writer, "cas_badval", uses.CasMismatches);
        StatisticsText.Write(ref writer, "touch_hits", uses.TouchHits);
        StatisticsText.Write(ref writer, "touch_misses", counts.Touches - uses.TouchHits);
        StatisticsText.Write(ref writer, "store_too_large", counts.TooLarge);
        StatisticsText.Write(ref writer, "store_no_memory", uses.OutOfMemory);
        StatisticsText.Write(ref writer, "limit_maxbytes", store.LimitBytes);
        StatisticsText.Write(ref writer, "bytes", figures.UsedBytes);
        StatisticsText.Write(ref writer, "arriving_bytes", figures.ArrivingBytes);
        StatisticsText.Write(ref writer, "curr_items", figures.Items);
        StatisticsText.Write(ref writer, "total_items", counts.TotalItems);
        StatisticsText.Write(ref writer, "hash_power_level", BitOperations.Log2((ulong)figures.Buckets));
        StatisticsText.Write(ref writer, "hash_bytes", figures.Buckets * PointerBytes);
        StatisticsText.Write(ref writer, "hash_is_expanding", figures.IsTableGrowing ? 1 : 0);
        StatisticsText.Write(ref writer, "expired_unfetched", uses.ReclaimedUnfetched);
        StatisticsText.Write(ref writer, "evicted_unfetched", uses.EvictionsUnfetched);
        StatisticsText.Write(ref writer, "evictions", uses.Evictions);
        StatisticsText.Write(ref writer, "reclaimed", uses.Reclaimed);
        StatisticsText.Write(ref writer, "crawler_reclaimed", counts.SweepReclaimed);
        StatisticsText.Write(ref writer, "crawler_items_checked", counts.SweepChecked);
    }

    private static string InterfacesOf(KvServerOptions options) =>
        options.Listen.Count > 0 ? string.Join(',', options.Listen.Select(static address => address.Host))
        : options.UnixSocket is null ? options.Host
        : "NULL";

    // As memcached does with several: the first one's, and 0 without any.
    private static int PortOf(IReadOnlyList<EndPoint> listeners) => listeners.OfType<IPEndPoint>().FirstOrDefault()?.Port ?? 0;

    private static string Seconds(TimeSpan time)
    {
        long microseconds = time.Ticks / TimeSpan.TicksPerMicrosecond;
        return string.Create(
            CultureInfo.InvariantCulture, $"{microseconds / MicrosecondsPerSecond}.{microseconds % MicrosecondsPerSecond:D6}");
    }
}
