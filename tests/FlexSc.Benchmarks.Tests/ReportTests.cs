using FlexSc.Benchmarks.Parts;
using FlexSc.Benchmarks.Peers;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Report.Pages;
using FlexSc.Benchmarks.Run;
using FlexSc.Benchmarks.Targets;
using FlexSc.Measuring;
using Xunit;

namespace FlexSc.Benchmarks.Tests;

public sealed class ReportTests
{
    private static readonly BatchRow[] Batch =
    [
        new("trap", 1, Spread.Of([100.0]), null), new("trap", 2, Spread.Of([100.0]), null), new("trap", 4, Spread.Of([100.0]), null),
        new("ring", 1, Spread.Of([300.0]), null), new("ring", 2, Spread.Of([150.0]), null), new("ring", 4, Spread.Of([90.0]), null),
        new("threads", 1, Spread.Of([400.0]), null), new("threads", 2, Spread.Of([300.0]), null), new("threads", 4, Spread.Of([200.0]), null),
    ];

    [Fact]
    public void A_report_survives_its_file()
    {
        RunReport report = Report();
        string json = JsonReport.ToJson(report);
        Assert.Equal(json, JsonReport.ToJson(JsonReport.Parse(json)));
        Assert.Equal(TargetTable.Evaluate(report), TargetTable.Evaluate(JsonReport.Parse(json)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"version":1}""")]
    public void Other_files_are_refused(string json) => Assert.Throws<MeasurementException>(() => JsonReport.Parse(json));

    [Fact]
    public void A_file_of_another_version_is_refused() =>
        Assert.Throws<MeasurementException>(() => JsonReport.Parse(JsonReport.ToJson(Report() with { Version = 1 })));

    [Theory]
    [InlineData("trap", "-")]
    [InlineData("ring", "4")]
    [InlineData("threads", "never")]
    public void A_way_is_even_at_the_first_batch_that_costs_no_more(string way, string size) => Assert.Equal(size, ReportTables.BreakEven(Batch, way));

    [Fact]
    public void The_page_has_every_target_table_and_slide()
    {
        string page = EvaluationPage.Text(Report(), new Dictionary<string, string> { ["batch.svg"] = "batches", ["http-cpu.svg"] = "cost" });
        Assert.All(TargetTable.Evaluate(Report()), target => Assert.Contains($"| {target.Work} | {target.Figure} |", page, StringComparison.Ordinal));
        Assert.Contains("| flexsc-io-uring-pooled | 5.00 | 0.50 |", page, StringComparison.Ordinal);
        Assert.Contains("![batches](charts/batch.svg)", page, StringComparison.Ordinal);
        Assert.Contains("![cost](charts/http-cpu.svg)", page, StringComparison.Ordinal);
        Assert.Contains("ring: 3.00x of a trap (100 ns) alone, 0.90x in batches of 4, even at 4", page, StringComparison.Ordinal);
        Assert.Equal(6, page.Split("**Paper:**").Length - 1);
        Assert.Contains("left out: fio \\| is &lt;missing>", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Charts_are_drawn_of_what_there_is()
    {
        string directory = Directory.CreateTempSubdirectory("flexsc-charts-").FullName;
        try
        {
            IReadOnlyDictionary<string, string> drawn = new Charts(Report(), directory).DrawAll();
            Assert.Equal(["batch.svg", "http-cpu.svg"], drawn.Keys.Order());
            Assert.All(drawn.Keys, file => Assert.StartsWith("<?xml", File.ReadAllText(Path.Combine(directory, file)), StringComparison.Ordinal));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static RunReport Report()
    {
        CellResult[] cells = [.. Sample.Even(PeerNames.AkkaIo, Sample.Shape, 10), .. Sample.Even(PeerNames.IoUringPooled, Sample.Shape, 5)];
        return Sample.Report(Sample.Group(HttpGroups.Main, PeerNames.AkkaIo, cells)) with { Batch = Batch, Skipped = ["left out: fio | is <missing>"] };
    }
}
