using FlexSc.Benchmarks.Load;
using FlexSc.Benchmarks.Measure;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Run;
using FlexSc.Benchmarks.Servers;
using Xunit;

namespace FlexSc.Benchmarks.Tests;

public sealed class RowBuilderTests
{
    private static readonly LoadShape Shape = new(128, 1);
    private static readonly LoadResult NoErrors = new(1000, 100, 200, 0, "");

    private static readonly RunOptions Options = new(Variant.All, 3, 5, 10, 3, 2, MaxSpreadPercent: 20, ServerCore: 0, GeneratorCore: 1);

    [Fact]
    public void Ratios_are_taken_within_rounds_and_then_their_median()
    {
        Row row = Build(
            Options,
            [.. Rounds(Variant.BaselineName, 10, 20, 40), .. Rounds(Variant.IoUringPooled, 5, 10, 10)],
            Variant.IoUringPooled);
        Assert.Equal(new Spread(10, 5, 10), row.CpuUsPerRequest);
        Assert.Equal(new Spread(0.5, 0.25, 0.5), row.CpuRatio);
        Assert.Contains("spread 50 %", row.Remarks);
    }

    [Fact]
    public void Discarded_rounds_count_nowhere_but_in_the_remark()
    {
        CellResult bad = Cell(Variant.BaselineName, 3, Figures(1000)) with { Discarded = "errors: timeout 1" };
        Row row = Build(Options, [.. Rounds(Variant.BaselineName, 10, 10), bad], Variant.BaselineName);
        Assert.Equal(2, row.GoodRounds);
        Assert.Equal(new Spread(10, 10, 10), row.CpuUsPerRequest);
        Assert.Equal(["1 of 3 rounds discarded: errors: timeout 1"], row.Remarks);
    }

    [Fact]
    public void A_round_without_its_baseline_has_no_ratio()
    {
        CellResult bad = Cell(Variant.BaselineName, 1, Figures(10)) with { Discarded = "errors" };
        Row row = Build(Options, [bad, .. Rounds(Variant.IoUringAkka, 5)], Variant.IoUringAkka);
        Assert.NotNull(row.CpuUsPerRequest);
        Assert.Null(row.CpuRatio);
    }

    [Theory]
    [InlineData(89, 95, Row.GeneratorBound)]
    [InlineData(50, 50, Row.NotSaturated)]
    public void A_server_with_time_left_has_no_throughput_ratio(double serverPercent, double generatorPercent, string remark)
    {
        WindowFigures figures = Figures(5) with { ServerPercent = serverPercent, GeneratorPercent = generatorPercent };
        Row row = Build(
            Options,
            [.. Rounds(Variant.BaselineName, 10), Cell(Variant.IoUringPooled, 1, figures)],
            Variant.IoUringPooled);
        Assert.Contains(remark, row.Remarks);
        Assert.Null(row.ThroughputRatio);
        Assert.Equal(0.5, row.CpuRatio!.Median);
    }

    [Fact]
    public void On_one_core_nothing_is_called_saturated()
    {
        Row row = Build(Options with { GeneratorCore = 0 }, Rounds(Variant.BaselineName, 10), Variant.BaselineName);
        Assert.Equal(["one core for server and generator"], row.Remarks);
        Assert.Null(row.ThroughputRatio);
    }

    [Theory]
    [InlineData(0.50, "met")]
    [InlineData(0.51, "missed")]
    public void Targets_compare_with_the_bound(double ratio, string verdict)
    {
        ComparisonResult result = Result([.. Rounds(Variant.BaselineName, 10), .. Rounds(Variant.IoUringAkka, 10 * ratio)]);
        IReadOnlyList<Target> targets = Targets.OfHttp(new RowBuilder(result, Options).Build());
        Assert.Equal(verdict, targets.First(target => target.Subject == Variant.IoUringAkka).Verdict);
        Assert.All(targets.Where(target => target.Subject == Variant.IoUringPooled), target => Assert.Equal("not measured", target.Verdict));
    }

    private static Row Build(RunOptions options, IReadOnlyList<CellResult> cells, string variant) =>
        new RowBuilder(Result(cells), options).Build().Single(row => row.Variant == variant);

    private static ComparisonResult Result(IReadOnlyList<CellResult> cells)
    {
        VariantState[] states = [.. Variant.All.Select(variant => new VariantState(variant.Name, "", true, null, null))];
        return new ComparisonResult(states, [Shape], cells, []);
    }

    private static CellResult[] Rounds(string variant, params double[] cpuUs) =>
        [.. cpuUs.Select((value, index) => Cell(variant, index + 1, Figures(value)))];

    private static CellResult Cell(string variant, int round, WindowFigures figures) => new(variant, Shape, round, figures, NoErrors, null, 0);

    private static WindowFigures Figures(double cpuUs) => new(
        Seconds: 5,
        Requests: 1000,
        RequestsPerSecond: 1e6 / cpuUs,
        CpuUsPerRequest: cpuUs,
        ServerReportedCpuUsPerRequest: cpuUs,
        SystemTimeSharePercent: 70,
        AllocatedBytesPerRequest: 100,
        ContextSwitchesPerRequest: 1,
        ServerPercent: 99,
        GeneratorPercent: 50,
        OthersOnServerCorePercent: 0,
        OthersOnGeneratorCorePercent: 0,
        StolenPercent: 0,
        LoopTrapsPerRequest: null);
}
