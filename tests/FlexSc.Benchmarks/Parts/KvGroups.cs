using FlexSc.Benchmarks.Load.Kv;
using FlexSc.Benchmarks.Peers;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring.Counters;
using FlexSc.Measuring.Load;

namespace FlexSc.Benchmarks.Parts;

/// <summary>The comparisons of key-value servers.</summary>
internal sealed class KvGroups(RunOptions options, ITrapCounter trapCounter, KvChoice choice)
{
    public const string Main = "kv";
    public const string ConcurrencyOneCore = "kv-concurrency-one-core";
    public const string ConcurrencyAllCores = "kv-concurrency-all-cores";

    private const int ConcurrencyRounds = 3;
    private const double ConcurrencySeconds = 0.6;
    private const double ConcurrencyWarmUpSeconds = 0.5;
    private static readonly int[] Concurrencies = [1, 20, 100, 500];

    // No target names them and the time is short: they run where they are asked for by name.
    private static readonly string[] OnlyByName = [PeerNames.IoUringNoWait, PeerNames.SyscallThreadsAkka, PeerNames.SyscallThreadsPooled];

    private readonly Cores _cores = new(options);
    private readonly KvGenerator _memcached = new(choice.Load with { Protocol = KvProtocol.Memcached });
    private readonly KvGenerator _resp = new(choice.Load with { Protocol = KvProtocol.Resp });

    public IPart MainPart() => new GroupPart(
        new Group(
            Main,
            FormattableString.Invariant($"key-value, {choice.Load.GetsPerSet} gets for each set, {choice.Load.ValueBytes} B values, {choice.Load.Keys} keys"),
            PeerNames.Memcached,
            [.. PeerCatalog.Kv.Where(peer => choice.Includes(peer.Name) && (options.Only is not null || !OnlyByName.Contains(peer.Name))).Select(peer => On(peer, _cores.One))],
            _cores.Generator,
            [.. choice.Depths.SelectMany(depth => choice.Connections.Select(count => new GroupTable(new LoadShape(count, depth))))]),
        options,
        trapCounter);

    /// <summary>The slides' memslap figure: throughput over concurrent requests.</summary>
    public IPart ConcurrencyPart(bool allCores)
    {
        PeerPlace place = allCores ? _cores.Both(_cores.All) : _cores.One;
        string where = allCores ? "server and generator together on all cores" : "one core";
        return new GroupPart(
            new Group(
                allCores ? ConcurrencyAllCores : ConcurrencyOneCore,
                $"key-value over concurrency, {where}",
                PeerNames.Memcached,
                [.. PeerCatalog.Kv.Where(peer => peer.Name is PeerNames.Memcached or PeerNames.IoUringPooled).Select(peer => On(peer, place))],
                allCores ? null : _cores.Generator,
                [.. Concurrencies.Select(count => new GroupTable(new LoadShape(count, 1), CountTraps: false))]),
            options with
            {
                Rounds = Math.Min(options.Rounds, ConcurrencyRounds),
                Seconds = Math.Min(options.Seconds, ConcurrencySeconds),
                WarmUpSeconds = ConcurrencyWarmUpSeconds,
            },
            trapCounter);
    }

    private GroupPeer On(Peer peer, PeerPlace place) =>
        new(peer.Name, peer, peer.Name is PeerNames.Redis or PeerNames.Garnet ? _resp : _memcached, place);
}

/// <summary>What of the key-value comparison is to run.</summary>
internal sealed record KvChoice(IReadOnlyList<int> Connections, IReadOnlyList<int> Depths, KvLoadOptions Load, IReadOnlyList<string>? Only)
{
    private const ulong Seed = 20101004;

    public static KvChoice Full { get; } = new(
        [50],
        [1, 16],
        new KvLoadOptions(KvLimits.DefaultKeys, KvLimits.DefaultValueBytes, KvLimits.DefaultGetsPerSet, Seed, KvProtocol.Memcached),
        null);

    public static KvChoice Quick { get; } = Full with { Depths = [1] };

    public static KvChoice QuickOfAll { get; } = Quick with { Only = [PeerNames.Memcached, PeerNames.IoUringPooled] };

    public bool Includes(string peer) => Only is null || Only.Contains(peer);
}
