using FlexSc.Benchmarks.Parts;
using FlexSc.Benchmarks.Peers;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Run;
using FlexSc.Benchmarks.Targets;
using FlexSc.Measuring;
using FlexSc.Measuring.Counters;
using FlexSc.Measuring.Load;
using Xunit;

namespace FlexSc.Benchmarks.Tests;

public sealed class TargetTests
{
    private const string Hello = "HTTP hello, 128 connections";

    [Fact]
    public void Without_a_run_every_target_is_there_and_not_measured()
    {
        IReadOnlyList<TargetResult> targets = TargetTable.Evaluate(Sample.Report());
        Assert.Equal(96, targets.Count);
        Assert.All(targets, target =>
        {
            Assert.Equal(Verdicts.NotMeasured, target.Verdict);
            Assert.NotEqual("", target.Note);
        });
    }

    [Theory]
    [InlineData(4.1, Verdicts.Met)]
    [InlineData(4.3, Verdicts.Missed)]
    public void A_ratio_is_compared_with_its_bound(double ownUs, string verdict)
    {
        TargetResult target = Find(Http(Sample.Even(PeerNames.IoUringPooled, Sample.Shape, ownUs), Sample.Even(PeerNames.AkkaIo, Sample.Shape, 10)), Hello, PeerNames.AkkaIo);
        Assert.Equal(ownUs / 10, target.Value!.Value, precision: 6);
        Assert.Equal(verdict, target.Verdict);
    }

    [Theory]
    [InlineData(100, 0.04, Verdicts.MetInEveryRound)]
    [InlineData(20, 0.2, Verdicts.NotMeasured)]
    [InlineData(1, 4, Verdicts.MissedInEveryRound)]
    public void Rounds_too_far_apart_decide_only_if_all_are_on_one_side(double otherUs, double ratio, string verdict)
    {
        CellResult[] wild = Sample.Cells(PeerNames.IoUringPooled, 1, 2, 4, 8, 16);
        TargetResult target = Find(Http(wild, Sample.Even(PeerNames.AkkaIo, Sample.Shape, otherUs)), Hello, PeerNames.AkkaIo);
        Assert.Equal(ratio, target.Value);
        Assert.Equal(verdict, target.Verdict);
        Assert.Contains("spread", target.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void A_peer_that_is_missing_is_named_with_its_reason()
    {
        RunReport report = Http(Sample.Even(PeerNames.IoUringPooled, Sample.Shape, 5), [CellResult.Failed(PeerNames.AkkaIo, Sample.Shape, 1, "it died")]);
        TargetResult target = Find(report, Hello, PeerNames.AkkaIo);
        Assert.Equal(Verdicts.NotMeasured, target.Verdict);
        Assert.Contains("it died", target.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void Traps_are_compared_and_bounded_where_the_server_is_saturated()
    {
        TrapResult[] traps =
        [
            new TrapResult(PeerNames.IoUringPooled, Sample.Shape, new TrapFigure(0.04, "perf")),
            new TrapResult(PeerNames.BareIoUring, Sample.Shape, new TrapFigure(0.02, "perf")),
        ];
        CellResult[] cells = [.. Sample.Even(PeerNames.IoUringPooled, Sample.Shape, 5), .. Sample.Even(PeerNames.BareIoUring, Sample.Shape, 5)];
        IReadOnlyList<TargetResult> targets = TargetTable.Evaluate(Sample.Report(Sample.Group(HttpGroups.Main, PeerNames.AkkaIo, cells, traps)));
        TargetResult relative = targets.Single(target => target.Work == "system calls per request, HTTP hello, 128 connections");
        Assert.Equal((2, Verdicts.Missed), (relative.Value, relative.Verdict));
        TargetResult saturated = targets.Single(target => target.Work.EndsWith("saturated", StringComparison.Ordinal));
        Assert.Equal((0.04, Verdicts.Met), (saturated.Value, saturated.Verdict));
    }

    [Fact]
    public void The_paces_are_found_by_their_order()
    {
        LoadShape half = new(128, 1, 20_000);
        LoadShape most = new(128, 1, 32_000);
        CellResult[] cells =
        [
            .. WithTail(PeerNames.IoUringPooled, half, 100), .. WithTail(PeerNames.AkkaIo, half, 1000),
            .. WithTail(PeerNames.IoUringPooled, most, 900), .. WithTail(PeerNames.AkkaIo, most, 1000),
        ];
        IReadOnlyList<TargetResult> targets = TargetTable.Evaluate(Sample.Report(Sample.Group(HttpGroups.FixedRate, PeerNames.AkkaIo, cells)));
        TargetResult[] found = [.. targets.Where(target => target.Figure == $"p99.9 relative to {PeerNames.AkkaIo}")];
        Assert.Equal([0.1, 0.9], found.Select(target => target.Value!.Value));
        Assert.Equal([Verdicts.Met, Verdicts.Missed], found.Select(target => target.Verdict));
    }

    [Fact]
    public void An_echo_has_to_reach_its_bound_at_each_number_of_clients()
    {
        EchoRow row = new(EchoPart.Actors, 10, 5, null, Spread.Of([3.0]), null, null, Spread.Of([0.6]), null);
        IReadOnlyList<TargetResult> targets = TargetTable.Evaluate(Sample.Report() with { Echo = [row] });
        TargetResult[] echo = [.. targets.Where(target => target.Work == "echo, 10 B, bursts of 20, 10 clients")];
        Assert.Equal([Verdicts.Met, Verdicts.Missed], echo.Select(target => target.Verdict));
    }

    [Fact]
    public void A_drop_in_is_compared_by_requests_and_by_cost()
    {
        LoadShape shape = new(4, 1);
        CellResult[] cells = [.. Sample.Even(PeerNames.DropInAkkaIo, shape, 9), .. Sample.Even(PeerNames.DropInRedirect, shape, 8)];
        IReadOnlyList<TargetResult> targets = TargetTable.Evaluate(Sample.Report(Sample.Group(DropInGroup.Id, PeerNames.DropInAkkaIo, cells)));
        TargetResult[] found = [.. targets.Where(target => target.Work == $"unmodified Akka.IO program, 4 connections, {PeerNames.DropInRedirect}")];
        Assert.Equal([(1.125, Verdicts.Met), (8.0 / 9, Verdicts.Missed)], found.Select(target => (target.Value!.Value, target.Verdict)));
    }

    [Fact]
    public void Fewer_connections_than_the_target_names_do_not_decide_it()
    {
        ConnectionsRow row = new(PeerNames.IoUringPooled, 1000, 10, 128, null, null, Spread.Of([1.0]), 100, null);
        IReadOnlyList<TargetResult> targets = TargetTable.Evaluate(Sample.Report() with { Connections = [row] });
        Assert.All(targets.Where(target => target.Work.StartsWith("10,000", StringComparison.Ordinal)), target => Assert.Equal(Verdicts.NotMeasured, target.Verdict));
    }

    [Fact]
    public void A_hundred_thousand_connections_have_a_bound_of_their_own()
    {
        ConnectionsRow row = new(PeerNames.IoUringPooled, 100_000, 1_000, 128, null, null, Spread.Of([1.0]), 3_000, null);
        IReadOnlyList<TargetResult> targets = TargetTable.Evaluate(Sample.Report() with { Connections = [row] });
        TargetResult many = targets.Single(target => target.Work.StartsWith("100,000", StringComparison.Ordinal));
        Assert.Equal((3_000, Verdicts.Met), (many.Value, many.Verdict));
        Assert.All(targets.Where(target => target.Work.StartsWith("10,000", StringComparison.Ordinal)), target => Assert.Equal(Verdicts.NotMeasured, target.Verdict));
    }

    [Fact]
    public void A_transfer_has_to_reach_its_bound_by_the_pooled_path()
    {
        TransferRow[] rows = [Transfer("flexsc-actors", 9), Transfer(TransferPart.Pooled, 4)];
        IReadOnlyList<TargetResult> targets = TargetTable.Evaluate(Sample.Report() with { Transfers = rows });
        TargetResult found = targets.Single(target => target.Figure.StartsWith("datagrams", StringComparison.Ordinal));
        Assert.Equal((4, Verdicts.Missed), (found.Value, found.Verdict));

        static TransferRow Transfer(string variant, double ratio) =>
            new(UdpPart.Echo, "datagrams", variant, PeerNames.AkkaIo, 1, null, null, Spread.Of([ratio]), 0, null);
    }

    [Fact]
    public void Reads_are_compared_with_the_best_managed_way_and_with_fio()
    {
        FileReadsRow[] rows =
        [
            Reads(FileReadsPart.Pooled, 2), Reads(FileReadsPart.Managed[0], 9), Reads(FileReadsPart.Managed[1], 8), Reads(FileReadsPart.Fio, 1),
        ];
        IReadOnlyList<TargetResult> targets = TargetTable.Evaluate(Sample.Report() with { FileReads = rows });
        TargetResult[] found = [.. targets.Where(target => target.Work.EndsWith(FileReadsPart.RandomLoad, StringComparison.Ordinal))];
        Assert.Equal([(4, Verdicts.Met), (2, Verdicts.Missed)], found.Select(target => (target.Value!.Value, target.Verdict)));

        static FileReadsRow Reads(string way, double cpu) => new(FileReadsPart.RandomLoad, way, null, Spread.Of([cpu]), null, null);
    }

    private static RunReport Http(params CellResult[][] cells) =>
        Sample.Report(Sample.Group(HttpGroups.Main, PeerNames.AkkaIo, [.. cells.SelectMany(peer => peer)]));

    private static TargetResult Find(RunReport report, string work, string peer) =>
        TargetTable.Evaluate(report).Single(target => target.Work == work && target.Figure == $"CPU per request relative to {peer}");

    private static IEnumerable<CellResult> WithTail(string peer, LoadShape shape, double p999Us) =>
        Sample.Even(peer, shape, 5).Select(cell => cell with { Load = cell.Load! with { P999Us = p999Us } });
}
