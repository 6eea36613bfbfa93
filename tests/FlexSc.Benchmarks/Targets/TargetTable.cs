using System.Globalization;
using FlexSc.Benchmarks.Parts;
using FlexSc.Benchmarks.Peers;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring;
using FlexSc.Measuring.Load;

namespace FlexSc.Benchmarks.Targets;

/// <summary>
/// All bounds the project set itself, for one server core and loopback unless the row says otherwise. FlexSC is the pooled path
/// on io_uring except where a row names another.
/// </summary>
internal sealed partial class TargetTable(RunReport report)
{
    private const double SaturatedPercent = 90;
    private const double BytesPerIdleConnection = 4096;
    private const double BytesPerIdleOfMany = 3 * 1024;
    private const double IdlePercent = 0.5;
    private const double FreshnessMs = 1000;
    private const int UsualConnections = HttpGroups.UsualConnections;
    private const int PipelineDepth = 16;
    private const int KvConnections = 50;

    private readonly RunLookup _run = new(report);

    public static IReadOnlyList<TargetResult> Evaluate(RunReport report) => [.. new TargetTable(report).All().Select(target => target.Evaluate())];

    private IEnumerable<Target> All() =>
    [
        .. Hello(), .. Shared(), .. DropIn(), .. Pipelined(), .. Files(), .. KeyValue(), .. Echo(), .. Traps(), .. FixedRate(),
        .. ManyConnections(), .. PingPong(), .. Fallback(), .. Secured(), .. Transfers(), .. FileReads(),
    ];

    private IEnumerable<Target> Hello()
    {
        (string Peer, double Bound)[] bounds =
        [
            (PeerNames.BareIoUring, 1.15), (PeerNames.AkkaIo, 0.42), (PeerNames.Kestrel, 0.42), (PeerNames.AkkaIoTuned, 0.55),
            (PeerNames.KestrelTuned, 0.55), (PeerNames.NginxReturn, 0.9),
        ];
        return ((int[])[16, UsualConnections, 512]).SelectMany(count => bounds.Select(bound =>
            Cpu($"HTTP hello, {count} connections", HttpGroups.Main, PeerNames.IoUringPooled, bound.Peer, new LoadShape(count, 1), bound.Bound)));
    }

    private IEnumerable<Target> Shared() => ((string[])[PeerNames.AkkaIo, PeerNames.Kestrel]).Select(peer =>
        Cpu("HTTP hello, all on both cores", HttpGroups.Shared, HttpGroups.TwoLoops, peer, new LoadShape(UsualConnections, 1), 0.6));

    private IEnumerable<Target> DropIn()
    {
        (string Peer, double Throughput, double Cpu)[] bounds = [(PeerNames.DropInRedirect, 1.05, 0.85), (PeerNames.DropInOnLoops, 1.2, 0.6)];
        foreach (int count in DropInGroup.AllConnections)
        {
            LoadShape shape = new(count, 1);
            foreach ((string peer, double throughput, double cpu) in bounds)
            {
                string work = $"unmodified Akka.IO program, {shape}, {peer}";
                yield return AtLeast(
                    work,
                    $"requests/s relative to {PeerNames.DropInAkkaIo}",
                    throughput,
                    () => _run.Ratio(Cell(DropInGroup.Id, peer, shape), Cell(DropInGroup.Id, PeerNames.DropInAkkaIo, shape), cell => cell.Figures?.RequestsPerSecond));
                yield return Cpu(work, DropInGroup.Id, peer, PeerNames.DropInAkkaIo, shape, cpu);
            }
        }
    }

    private IEnumerable<Target> Pipelined()
    {
        LoadShape shape = new(UsualConnections, PipelineDepth);
        const string work = "HTTP hello, pipelined x16";
        yield return Cpu(work, HttpGroups.Main, PeerNames.IoUringPooled, PeerNames.BareIoUring, shape, 1.15);
        yield return Cpu(work, HttpGroups.Main, PeerNames.IoUringPooled, PeerNames.Kestrel, shape, 0.33);
    }

    private IEnumerable<Target> Files()
    {
        LoadShape shape = new(UsualConnections, 1);
        const string work = "static file, 4 KiB";
        yield return Cpu(work, FileParts.Main, PeerNames.IoUringPooled, PeerNames.NginxSendfile, shape, 0.52);
        yield return Cpu(work, FileParts.Main, PeerNames.IoUringPooled, PeerNames.NginxFileCache, shape, 0.75);
        yield return AtMost(work, "ms until a changed file is served", FreshnessMs, () =>
        {
            FreshnessRow? row = report.Freshness.FirstOrDefault(row => row.Peer == PeerNames.IoUringPooled);
            return row is null ? Measured.Missing("the run has no such check") : new Measured(row.NoticedAfterMs, row.Remark ?? "");
        });
    }

    private IEnumerable<Target> KeyValue()
    {
        LoadShape one = new(KvConnections, 1);
        const string unpipelined = "key-value 1:9, 32 B, 50 connections";
        yield return Cpu(unpipelined, KvGroups.Main, PeerNames.IoUringPooled, PeerNames.Memcached, one, 0.78);
        yield return Cpu(unpipelined, KvGroups.Main, PeerNames.IoUringPooled, PeerNames.Garnet, one, 0.5);
        yield return Cpu(unpipelined, KvGroups.Main, PeerNames.IoUringPooled, PeerNames.AkkaIo, one, 0.5);
        LoadShape many = new(KvConnections, PipelineDepth);
        const string pipelined = "key-value, pipelined x16";
        yield return Cpu(pipelined, KvGroups.Main, PeerNames.IoUringPooled, PeerNames.Memcached, many, 0.25);
        yield return Cpu(pipelined, KvGroups.Main, PeerNames.IoUringPooled, PeerNames.Redis, many, 0.8);
    }

    private IEnumerable<Target> Echo()
    {
        foreach (int clients in EchoPart.AllClients)
        {
            string work = $"echo, 10 B, bursts of 20, {clients} {(clients == 1 ? "client" : "clients")}";
            yield return AtLeast(work, $"messages/s relative to {EchoPart.Stock}", 3, () => EchoFigure(clients, row => row.Speedup));
            yield return AtMost(work, $"allocated bytes relative to {EchoPart.Stock}", 0.5, () => EchoFigure(clients, row => row.AllocatedRatio));
        }
    }

    private IEnumerable<Target> Traps()
    {
        LoadShape[] shapes = [new(16, 1), new(UsualConnections, 1), new(512, 1), new(UsualConnections, PipelineDepth)];
        foreach (LoadShape shape in shapes)
        {
            yield return AtMost(
                $"system calls per request, HTTP hello, {shape}",
                $"relative to {PeerNames.BareIoUring}",
                1,
                () => _run.TrapRatio(Cell(HttpGroups.Main, PeerNames.IoUringPooled, shape), Cell(HttpGroups.Main, PeerNames.BareIoUring, shape)));
        }

        yield return AtMost("system calls per request, server saturated", "at the loads that use its core up, the largest", 0.05, SaturatedTraps);
    }

    private IEnumerable<Target> FixedRate()
    {
        LoadShape?[] shapes = [.. (report.Group(HttpGroups.FixedRate)?.Rows ?? []).Select(row => row.Shape).Distinct()];
        string[] shares = ["50 %", "80 %"];
        for (int index = 0; index < shares.Length; index++)
        {
            LoadShape? shape = index < shapes.Length ? shapes[index] : null;
            foreach (string peer in (string[])[PeerNames.AkkaIo, PeerNames.Kestrel])
            {
                yield return AtMost(
                    $"fixed pace, {shares[index]} of the slower peer's maximum",
                    $"p99.9 relative to {peer}",
                    0.5,
                    () => shape is null
                        ? Measured.Missing($"the run has no {HttpGroups.FixedRate}")
                        : Tail(shape, peer));
            }
        }
    }

    // With the ratio of the bare C server, which is what the machine allows.
    private Measured Tail(LoadShape shape, string peer)
    {
        Measured own = Ratio(PeerNames.IoUringPooled);
        return own.Value is null || Ratio(PeerNames.BareIoUring).Value is not { } limit ? own
            : own with { Note = string.Create(CultureInfo.InvariantCulture, $"{own.Note}; {PeerNames.BareIoUring}: {limit:0.00}") };

        Measured Ratio(string name) =>
            _run.Ratio(Cell(HttpGroups.FixedRate, name, shape), Cell(HttpGroups.FixedRate, peer, shape), cell => cell.Load?.P999Us);
    }

    private IEnumerable<Target> ManyConnections()
    {
        const string work = "10,000 connections, 1 % active";
        const string memory = "bytes of memory per idle connection";
        yield return AtMost(
            work, $"CPU per request relative to {UsualConnections} connections", 1.3, () => ConnectionsFigure(ConnectionsPart.DefaultConnections, row => row.CostRatio?.Median));
        yield return AtMost(work, memory, BytesPerIdleConnection, () => ConnectionsFigure(ConnectionsPart.DefaultConnections, row => row.BytesPerIdleConnection));
        yield return AtMost(
            "100,000 connections, 1 % active", memory, BytesPerIdleOfMany, () => ConnectionsFigure(ConnectionsPart.MostConnections, row => row.BytesPerIdleConnection));
        yield return AtMost("1,000 silent connections", "CPU, % of a core", IdlePercent, () =>
        {
            IdleResult? row = report.Idle.FirstOrDefault(row => row.Peer == PeerNames.IoUringPooled);
            return row is null ? Measured.Missing("the run has no such connections") : new Measured(row.CpuPercent, string.Join("; ", row.Remarks));
        });
    }

    private IEnumerable<Target> PingPong()
    {
        const string work = "dispatcher ping-pong, a pair on one loop";
        yield return AtLeast(work, "messages/s relative to the default dispatcher", 2, () => PingPongFigure(row => row.Speedup?.Median));
        yield return AtMost(work, "bytes allocated per message", 0.01, () => PingPongFigure(row => row.AllocatedBytesPerMessage?.Median));
    }

    private IEnumerable<Target> Fallback()
    {
        LoadShape shape = new(UsualConnections, 1);
        yield return Cpu("two loops on two cores, adaptive placement", HttpGroups.Shared, HttpGroups.TwoLoopsAdaptive, HttpGroups.OneLoop, shape, 1.15);
        yield return Cpu("syscall-threads, n = 0 (no io_uring)", HttpGroups.Main, PeerNames.SyscallThreadsPooled, PeerNames.AkkaIo, shape, 0.55);
    }

    private Target Cpu(string work, string group, string own, string other, LoadShape shape, double bound) =>
        AtMost(work, $"CPU per request relative to {other}", bound, () => _run.CpuRatio(Cell(group, own, shape), Cell(group, other, shape)));

    private static CellName Cell(string group, string peer, LoadShape shape) => new(group, peer, shape);

    private static Target AtMost(string work, string figure, double bound, Func<Measured> measure) => new(work, figure, bound, false, measure);

    private static Target AtLeast(string work, string figure, double bound, Func<Measured> measure) => new(work, figure, bound, true, measure);

    private Measured EchoFigure(int clients, Func<EchoRow, Spread?> figure)
    {
        EchoRow? row = report.Echo.FirstOrDefault(row => row.Variant == EchoPart.Actors && row.Clients == clients);
        return row is null ? Measured.Missing("the run has no such echo") : new Measured(figure(row)?.Median, row.Remark ?? "");
    }

    private Measured ConnectionsFigure(int connections, Func<ConnectionsRow, double?> figure)
    {
        ConnectionsRow? row = report.Connections.FirstOrDefault(row => row.Peer == PeerNames.IoUringPooled);
        return row is null ? Measured.Missing("the run has no such connections")
            : row.Connections != connections ? Measured.Missing($"the run had {row.Connections} connections")
            : new Measured(figure(row), row.Remark ?? "");
    }

    private Measured PingPongFigure(Func<PingPongRow, double?> figure)
    {
        PingPongRow? row = report.PingPong.FirstOrDefault(row => row.Dispatcher == PingPongPart.OneLoop);
        return row is null ? Measured.Missing("the run has no ping-pong") : new Measured(figure(row), row.Remark ?? "");
    }

    private Measured SaturatedTraps()
    {
        Row[] rows =
        [
            .. (report.Group(HttpGroups.Main)?.Rows ?? [])
                .Where(row => row.Peer == PeerNames.IoUringPooled && row.ServerPercent is not null && row.Traps.PerRequest is not null),
        ];
        Row[] saturated = [.. rows.Where(row => row.ServerPercent!.Median >= SaturatedPercent)];
        return rows.Length == 0 ? Measured.Missing("the run counted none")
            : saturated.Length == 0 ? Measured.Missing(NextToSaturated(rows.MaxBy(row => row.ServerPercent!.Median)!))
            : new Measured(saturated.Max(row => row.Traps.PerRequest), string.Join(", ", saturated.Select(row => row.Shape)));
    }

    private static string NextToSaturated(Row row) => string.Create(
        CultureInfo.InvariantCulture,
        $"no load used the server's core up, the generator was the bound; next to it, {row.Shape}: {row.Traps.PerRequest:0.000} at {row.ServerPercent!.Median:0} % of the core");
}
