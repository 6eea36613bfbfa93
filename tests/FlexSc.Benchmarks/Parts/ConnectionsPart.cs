using System.Diagnostics;
using System.Globalization;
using FlexSc.Benchmarks.Peers;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring;
using FlexSc.Measuring.Counters;
using FlexSc.Measuring.Load;
using FlexSc.Measuring.Machine;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Parts;

/// <summary>
/// Many open connections of which one in a hundred asks: what a request costs then, against the same server with few
/// connections, and what memory an idle connection takes.
/// </summary>
internal sealed class ConnectionsPart(RunOptions options, int connections) : IPart
{
    public const int DefaultConnections = 10_000;
    public const int QuickConnections = 1_000;

    /// <summary>The most that a bound is about; by <c>--connections</c>, for it takes a limit on descriptors that few machines have.</summary>
    public const int MostConnections = 100_000;

    private const int ActiveShare = 100;

    /// <summary>Longer than all rounds: the example closes silent connections after a minute, and these are to stay.</summary>
    private const string IdleTimeoutMs = "3600000";

    /// <summary>Those of the load that come while others are still being closed.</summary>
    private const int SpareConnections = 1_000;

    /// <summary>What server or generator have open beside.</summary>
    private const int OtherDescriptors = 1_000;

    private const double ConnectionsPerSecond = 4_000;
    private const double CellSeconds = 2.2;
    private static readonly string[] FullPeers = [PeerNames.AkkaIo, PeerNames.Kestrel, PeerNames.IoUringPooled];
    private static readonly string[] QuickPeers = [PeerNames.IoUringPooled];

    private readonly WrkGenerator _wrk = new(HttpExchange.Hello);
    private readonly PeerPlace _place = new Cores(options).One;
    private readonly CellRunner _runner = new(options, options.OneCore ? null : options.ServerCore, options.GeneratorCore);
    private readonly IReadOnlyList<Peer> _peers =
        [.. PeerCatalog.Http.Where(peer => (options.Only ?? (options.Quick ? QuickPeers : FullPeers)).Contains(peer.Name))];

    private int Active => connections / ActiveShare;

    private static LoadShape Few => new(HttpGroups.UsualConnections, 1);

    public string Title => FormattableString.Invariant($"{connections} connections, {Active} of them active");

    public double EstimatedSeconds => _peers.Sum(peer =>
        (peer.IsManaged ? options.FirstWarmUpSeconds : 0) + (connections / ConnectionsPerSecond) + options.WarmUpSeconds + (2 * options.Rounds * CellSeconds));

    public RunReport Run(RunReport soFar)
    {
        Progress.Write($"== {Title}");
        return soFar with { Connections = [.. _peers.Select(RunOne)] };
    }

    private ConnectionsRow RunOne(Peer peer)
    {
        if (TooFewDescriptors() is { } reason)
        {
            return Missing(peer, reason);
        }

        Peer patient = peer is ExamplePeer example
            ? example with
            {
                Arguments = [.. example.Arguments, "--idle-timeout-ms", IdleTimeoutMs],
                Connections = Math.Max(example.Connections, connections + SpareConnections),
            }
            : peer;
        using PeerServer started = PeerServer.Start(peer.Name, patient, _place);
        if (started.Server is not { } server)
        {
            return Missing(peer, $"not available: {started.Unavailable}");
        }

        try
        {
            GroupPeer groupPeer = new(peer.Name, peer, _wrk, _place);
            _wrk.Verify(server.EndPoint);
            _ = _runner.WarmUp(_wrk, server, Few, options.WarmUpSeconds + (peer.IsManaged ? options.FirstWarmUpSeconds : 0));
            IReadOnlyList<CellResult> few = Rounds(groupPeer, server, Few);

            long residentBefore = ProcessSample.ResidentBytes(server.ProcessId);
            int silent = connections - Active;
            long begin = Stopwatch.GetTimestamp();
            using IdleConnections idle = IdleConnections.Open(server.EndPoint, IdleProtocol.Http, silent);
            Progress.Write(FormattableString.Invariant($"{peer.Name}: {silent} connections opened, and answered once each, in {Stopwatch.GetElapsedTime(begin).TotalSeconds:0.0} s"));
            long residentAfter = ProcessSample.ResidentBytes(server.ProcessId);
            IReadOnlyList<CellResult> many = Rounds(groupPeer, server, new LoadShape(Active, 1));
            idle.AskAll();
            return RowOf(peer.Name, few, many, (double)(residentAfter - residentBefore) / silent);
        }
        catch (MeasurementException failure)
        {
            return Missing(peer, failure.Message);
        }
    }

    private List<CellResult> Rounds(GroupPeer peer, ServerProcess server, LoadShape shape)
    {
        List<CellResult> cells = [];
        for (int round = 1; round <= options.Rounds; round++)
        {
            CellResult cell = _runner.Measure(peer, server, shape, round);
            cells.Add(cell);
            Progress.Write($"{shape}: {peer.Name}: round {round} of {options.Rounds}: {cell.Discarded ?? FormattableString.Invariant($"{cell.Figures!.CpuUsPerRequest:0.00} us CPU per request")}");
        }

        return cells;
    }

    private ConnectionsRow RowOf(string peer, IReadOnlyList<CellResult> few, IReadOnlyList<CellResult> many, double bytes)
    {
        Spread? costFew = Cost(few);
        Spread? costMany = Cost(many);

        // The rounds with many connections follow those with few, so a ratio of medians is all there is.
        Spread? ratio = costFew is null || costMany is null ? null : Spread.Of([costMany.Median / costFew.Median]);
        string? discarded = few.Concat(many).Select(cell => cell.Discarded).FirstOrDefault(reason => reason is not null);
        return new ConnectionsRow(peer, connections, Active, Few.Connections, costMany, costFew, ratio, bytes, discarded);
    }

    private static Spread? Cost(IReadOnlyList<CellResult> cells) =>
        Spread.Of(cells.Where(cell => cell.Discarded is null).Select(cell => cell.Figures!.CpuUsPerRequest));

    /// <summary>The generator holds them all, and each server is its child with the same limit.</summary>
    private string? TooFewDescriptors()
    {
        int answer = NativeCalls.GetLimit(NativeCalls.OpenFilesLimit, out NativeCalls.ResourceLimit limit);
        ulong needed = (ulong)connections + OtherDescriptors;
        return answer == 0 && limit.Soft < needed
            ? string.Create(CultureInfo.InvariantCulture, $"not available: RLIMIT_NOFILE is {limit.Soft}, and {connections} connections take {needed}: raise it with ulimit -n")
            : null;
    }

    private ConnectionsRow Missing(Peer peer, string reason) =>
        new(peer.Name, connections, Active, Few.Connections, null, null, null, null, reason);
}
