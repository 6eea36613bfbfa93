using FlexSc.Benchmarks.Load.Http;
using FlexSc.Benchmarks.Peers;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring.Counters;
using FlexSc.Measuring.Load;

namespace FlexSc.Benchmarks.Parts;

/// <summary>The comparisons over HTTP: a closed loop, a fixed pace, and a pace that rises.</summary>
internal sealed class HttpGroups(RunOptions options, ITrapCounter trapCounter, HttpChoice choice)
{
    public const string Main = "http";
    public const string FixedRate = "http-rate";
    public const string Offered = "http-offered";
    public const string Shared = "http-shared";
    public const string OneLoop = "flexsc-one-loop";
    public const string TwoLoops = "flexsc-two-loops";

    /// <summary>Two loops whose placement follows the load: one that has little to do gives its work to the other and sleeps.</summary>
    public const string TwoLoopsAdaptive = "flexsc-two-loops-adaptive";

    public const int UsualConnections = 128;

    private const int OfferedRounds = 3;
    private const double OfferedSeconds = 0.6;
    private const double OfferedWarmUpSeconds = 0.5;

    /// <summary>The paces of the rising load, in requests a second.</summary>
    private static readonly int[] OfferedRates = [20_000, 40_000, 70_000, 100_000];

    // Of the slowest peer's closed-loop throughput.
    private static readonly double[] RateShares = [0.5, 0.8];

    // At other numbers of connections than the usual one only those that a target names are measured.
    private static readonly string[] AtEachCount =
    [
        PeerNames.AkkaIo, PeerNames.AkkaIoControl, PeerNames.AkkaIoTuned, PeerNames.Kestrel, PeerNames.KestrelTuned, PeerNames.NginxReturn,
        PeerNames.BareIoUring, PeerNames.IoUringPooled,
    ];

    // No target names them and the time is short: they run where they are asked for by name.
    private static readonly string[] OnlyByName = [PeerNames.SyscallThreadsAkka];

    private static readonly string[] Pipelined =
    [
        PeerNames.AkkaIo, PeerNames.Kestrel, PeerNames.NginxReturn, PeerNames.BareIoUring, PeerNames.IoUringAkka, PeerNames.IoUringPooled,
    ];

    private static readonly string[] AtFixedRate =
    [
        PeerNames.AkkaIo, PeerNames.Kestrel, PeerNames.BareIoUring, PeerNames.IoUringPooled, PeerNames.IoUringNoWait,
    ];

    private static readonly string[] WithOfferedLoad = [PeerNames.AkkaIo, PeerNames.NginxReturn, PeerNames.IoUringPooled];

    private readonly Cores _cores = new(options);
    private readonly WrkGenerator _wrk = new(HttpExchange.Hello);
    private readonly OpenLoopGenerator _paced = new(HttpExchange.Hello);

    public IPart MainPart() => new GroupPart(
        new Group(Main, $"HTTP {HttpExchange.Hello.Path}", PeerNames.AkkaIo, Of(null, _wrk), _cores.Generator, Tables()), options, trapCounter);

    public IPart FixedRatePart()
    {
        const string title = "HTTP at a fixed pace";
        Group estimate = RateGroup(title, RateShares.Select(_ => 1));
        return new GroupPart(
            title,
            estimate,
            soFar => RatesOf(soFar) is { } rates
                ? (RateGroup(title, rates), "")
                : (null, "the pace follows from the closed loop, of which there are no figures"),
            options,
            trapCounter);
    }

    public IPart OfferedPart() => new GroupPart(
        new Group(
            Offered,
            "HTTP under a rising offered load",
            PeerNames.AkkaIo,
            Of(WithOfferedLoad, _paced),
            _cores.Generator,
            [.. OfferedRates.Select(rate => new GroupTable(new LoadShape(UsualConnections, 1, rate), CountTraps: false))]),
        options with
        {
            Rounds = Math.Min(options.Rounds, OfferedRounds),
            Seconds = Math.Min(options.Seconds, OfferedSeconds),
            WarmUpSeconds = OfferedWarmUpSeconds,
        },
        trapCounter);

    /// <summary>All cores for everybody, generator included; and what a second loop costs.</summary>
    public IPart SharedPart()
    {
        ExamplePeer flexSc = PeerCatalog.Http.OfType<ExamplePeer>().Single(peer => peer.Name == PeerNames.IoUringPooled);
        ExamplePeer adaptive = flexSc with { Name = TwoLoopsAdaptive, Arguments = [.. flexSc.Arguments, "--placement", "adaptive"] };
        List<GroupPeer> peers =
        [
            .. PeerCatalog.Http.Where(peer => peer.Name is PeerNames.AkkaIo or PeerNames.Kestrel)
                .Select(peer => new GroupPeer(peer.Name, peer, _wrk, _cores.Both(_cores.All))),
            new GroupPeer(OneLoop, flexSc, _wrk, _cores.Both(1)),
            new GroupPeer(TwoLoops, flexSc, _wrk, _cores.Both(_cores.All)),
            new GroupPeer(TwoLoopsAdaptive, adaptive, _wrk, _cores.Both(_cores.All)),
        ];
        return new GroupPart(
            new Group(
                Shared,
                "HTTP /plaintext, server and generator together on both cores",
                PeerNames.AkkaIo,
                peers,
                null,
                [new GroupTable(new LoadShape(UsualConnections, 1), CountTraps: false)]),
            options,
            trapCounter);
    }

    private IReadOnlyList<GroupPeer> Of(string[]? names, ILoadGenerator generator) =>
    [
        .. PeerCatalog.Http
            .Where(peer => (names?.Contains(peer.Name) ?? (options.Only is not null || !OnlyByName.Contains(peer.Name))) && choice.Includes(peer.Name))
            .Select(peer => new GroupPeer(peer.Name, peer, generator, _cores.One)),
    ];

    private List<GroupTable> Tables()
    {
        List<GroupTable> tables =
        [
            .. choice.Connections.Select(count => new GroupTable(new LoadShape(count, 1), count == UsualConnections ? null : AtEachCount)),
        ];
        if (choice.PipelineDepth > 1)
        {
            tables.Add(new GroupTable(new LoadShape(UsualConnections, choice.PipelineDepth), Pipelined));
        }

        return tables;
    }

    private Group RateGroup(string title, IEnumerable<int> rates) => new(
        FixedRate,
        title,
        PeerNames.AkkaIo,
        Of(AtFixedRate, _paced),
        _cores.Generator,
        [.. rates.Select(rate => new GroupTable(new LoadShape(UsualConnections, 1, rate), CountTraps: false))]);

    private static IReadOnlyList<int>? RatesOf(RunReport soFar)
    {
        double? slowest = soFar.Group(Main)?.Rows
            .Where(row => row.Shape == new LoadShape(UsualConnections, 1) && AtFixedRate.Contains(row.Peer))
            .Min(row => row.RequestsPerSecond?.Median);
        return slowest is { } most ? [.. RateShares.Select(share => (int)Math.Round(most * share / 1000) * 1000).Where(rate => rate > 0)] : null;
    }
}

/// <summary>What of the HTTP comparison is to run.</summary>
/// <param name="Connections">Numbers of connections without pipelining.</param>
/// <param name="PipelineDepth">Requests in one write of the pipelined load; 1 leaves it out.</param>
/// <param name="Only">Names of the peers; null for all.</param>
internal sealed record HttpChoice(IReadOnlyList<int> Connections, int PipelineDepth, IReadOnlyList<string>? Only)
{
    public static HttpChoice Full { get; } = new([16, HttpGroups.UsualConnections, 512], 16, null);

    public static HttpChoice Quick { get; } = new([HttpGroups.UsualConnections], 1, null);

    /// <summary>As small a choice as shows that everything works.</summary>
    public static HttpChoice QuickOfAll { get; } = Quick with
    {
        Only = [PeerNames.AkkaIo, PeerNames.Kestrel, PeerNames.NginxReturn, PeerNames.BareIoUring, PeerNames.IoUringPooled],
    };

    public bool Includes(string peer) => Only is null || Only.Contains(peer);
}
