using FlexSc.Benchmarks.Peers;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring;
using Xunit;

namespace FlexSc.Benchmarks.Tests;

public sealed class RowBuilderTests
{
    [Fact]
    public void Ratios_are_taken_within_rounds_and_then_their_median()
    {
        Row row = Build([.. Sample.Cells(PeerNames.AkkaIo, 10, 20, 40), .. Sample.Cells(PeerNames.IoUringPooled, 5, 10, 10)]);
        Assert.Equal(new Spread(10, 5, 10, 5, 10), row.CpuUsPerRequest);
        Assert.Equal(new Spread(0.5, 0.25, 0.5, 0.25, 0.5), row.CpuRatio);
        Assert.Contains("spread 50 %", row.Remarks);
        Assert.True(row.IsTooSpread);
    }

    [Fact]
    public void Of_five_rounds_the_outermost_do_not_count_as_spread()
    {
        Row row = Build([.. Sample.Cells(PeerNames.IoUringPooled, 1, 10, 10, 11, 90)]);
        Assert.Equal(10, row.CpuUsPerRequest!.TrimmedPercent);
        Assert.False(row.IsTooSpread);
    }

    [Fact]
    public void Of_eight_rounds_two_on_each_side_do_not_count_as_spread()
    {
        Row row = Build([.. Sample.Cells(PeerNames.IoUringPooled, 1, 2, 10, 10, 10, 11, 80, 90)]);
        Assert.Equal(10, row.CpuUsPerRequest!.TrimmedPercent);
    }

    [Fact]
    public void Compilation_in_a_window_is_told()
    {
        CellResult compiling = Sample.Cell(PeerNames.IoUringPooled, 2, Sample.Figures(10) with { CompilePercent = 30 });
        Row row = Build([.. Sample.Cells(PeerNames.IoUringPooled, 10), compiling]);
        Assert.Equal(["compiling: it took 30 % of the core in a round"], row.Remarks);
        Assert.Empty(Build([Sample.Cell(PeerNames.IoUringPooled, 1, Sample.Figures(10) with { CompilePercent = 0.9 })]).Remarks);
    }

    [Fact]
    public void Discarded_rounds_count_nowhere_but_in_the_remark()
    {
        CellResult bad = Sample.Cell(PeerNames.IoUringPooled, 3, Sample.Figures(1000)) with { Discarded = "errors: timeout 1" };
        Row row = Build([.. Sample.Cells(PeerNames.IoUringPooled, 10, 10), bad]);
        Assert.Equal(2, row.GoodRounds);
        Assert.Equal(10, row.CpuUsPerRequest!.Max);
        Assert.Equal(["1 of 3 rounds discarded: errors: timeout 1"], row.Remarks);
    }

    [Fact]
    public void A_round_without_its_baseline_has_no_ratio()
    {
        CellResult bad = Sample.Cell(PeerNames.AkkaIo, 1, Sample.Figures(10)) with { Discarded = "errors" };
        Row row = Build([bad, .. Sample.Cells(PeerNames.IoUringPooled, 5)]);
        Assert.NotNull(row.CpuUsPerRequest);
        Assert.Null(row.CpuRatio);
    }

    [Theory]
    [InlineData(89, 95, RowRemarks.GeneratorBound)]
    [InlineData(50, 50, RowRemarks.NotSaturated)]
    public void A_server_with_time_left_has_no_throughput_ratio(double serverPercent, double generatorPercent, string remark)
    {
        WindowFigures figures = Sample.Figures(5) with { ServerPercent = serverPercent, GeneratorPercent = generatorPercent };
        Row row = Build([.. Sample.Cells(PeerNames.AkkaIo, 10), Sample.Cell(PeerNames.IoUringPooled, 1, figures)]);
        Assert.Contains(remark, row.Remarks);
        Assert.Null(row.ThroughputRatio);
        Assert.Equal(0.5, row.CpuRatio!.Median);
    }

    [Fact]
    public void On_shared_cores_nothing_is_called_saturated()
    {
        Row row = Build([.. Sample.Cells(PeerNames.AkkaIo, 10), .. Sample.Cells(PeerNames.IoUringPooled, 5)], hasServerCore: false);
        Assert.Equal(["cores shared with the generator"], row.Remarks);
        Assert.Null(row.ThroughputRatio);
    }

    [Fact]
    public void On_shared_cores_throughput_is_compared_where_a_group_says_so()
    {
        CellResult[] cells = [.. Sample.Cells(PeerNames.AkkaIo, 10), .. Sample.Cells(PeerNames.IoUringPooled, 5)];
        RowBuilder rows = new(Sample.Result(cells), Sample.Options, PeerNames.AkkaIo, hasServerCore: false, comparesThroughput: true);
        Assert.Equal([1.0, 2.0], rows.Build().Select(row => row.ThroughputRatio!.Median));
    }

    [Fact]
    public void What_a_native_server_does_not_count_is_left_out()
    {
        WindowFigures figures = Sample.Figures(5) with { AllocatedBytesPerRequest = null, ServerReportedCpuUsPerRequest = null };
        Row row = Build([Sample.Cell(PeerNames.IoUringPooled, 1, figures)]);
        Assert.Null(row.AllocatedBytesPerRequest);
        Assert.Empty(row.Remarks);
    }

    [Fact]
    public void A_peer_that_did_not_start_is_a_row_with_the_reason()
    {
        ComparisonResult result = new([new PeerState("absent", "", false, "not installed", null)], [new GroupTable(Sample.Shape)], [], []);
        Row row = Assert.Single(new RowBuilder(result, Sample.Options, PeerNames.AkkaIo, hasServerCore: true).Build());
        Assert.Equal(0, row.GoodRounds);
        Assert.Equal(["not available: not installed"], row.Remarks);
    }

    private static Row Build(IReadOnlyList<CellResult> cells, bool hasServerCore = true) =>
        new RowBuilder(Sample.Result(cells), Sample.Options, PeerNames.AkkaIo, hasServerCore).Build().Single(row => row.Peer == PeerNames.IoUringPooled);
}
