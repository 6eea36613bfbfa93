using System.Net;
using FlexSc.Examples.Shared;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>
/// Runs a small server of the same make before the one that is asked for, and asks it what clients ask: all that a request needs is
/// loaded and set up in the process then, whatever is short when the first client comes.
/// </summary>
internal static class KvWarmUp
{
    private const int TimeoutMs = 10_000;

    private static readonly byte[] Requests =
    [
        .. "set own 0 0 5\r\nvalue\r\nget own none\r\ngets own\r\nset own 0 0 1 noreply\r\n1\r\nincr own 1\r\ntouch own 1\r\ndelete own\r\n"u8,
        .. "ms b3du 1 b c k T60\r\n1\r\nmg b3du b v t c k O1\r\nma b3du b v\r\nmd b3du b I\r\nme b3du b\r\nmn\r\n"u8,
        .. "stats\r\nstats settings\r\nstats items\r\nstats slabs\r\nstats conns\r\nversion\r\nmalformed\r\nquit\r\n"u8,
    ];

    /// <returns>What of it was hot; null where that was not asked for.</returns>
    /// <exception cref="IOException">The limit on descriptors is too low, or the server does not answer; the text names the remedy.</exception>
    public static async Task<HotWarmUp?> RunAsync(KvServerOptions options)
    {
        DescriptorBudget.RequireEnoughToStart();
        ServiceWarmUp.TouchRuntime();
        KvServerOptions defaults = new();
        KvServerOptions own = options with
        {
            Host = IPAddress.Loopback.ToString(),
            Port = 0,
            Listen = [],
            UnixSocket = null,
            Loops = 1,
            Cpus = [],
            MemoryLimitMb = defaults.MemoryLimitMb,
            MaxItemBytes = defaults.MaxItemBytes,
            MaxConnections = DescriptorBudget.LeastConnections,
            AsksForMaxConnections = false,

            // That its listener ends with it is no news.
            LogLevel = "ERROR",
        };
        await using KvService service = await KvService.StartAsync(own).ConfigureAwait(false);
        await ServiceWarmUp.ExchangeAsync(service.LocalEndPoint, Requests, TimeoutMs, overTls: own.Tls is not null).ConfigureAwait(false);
        return own.WarmUpMs == 0 ? null : await HotWarmUp.RunAsync(
            service.LocalEndPoint, "set own 0 0 5\r\nvalue\r\nget own\r\n"u8.ToArray(), "END\r\n"u8.ToArray(), own.WarmUpMs, own.Tls is not null)
            .ConfigureAwait(false);
    }
}
