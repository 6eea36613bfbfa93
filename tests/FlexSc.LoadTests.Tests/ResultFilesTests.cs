using System.Text.Json;
using FlexSc.LoadTests.Report;
using FlexSc.LoadTests.Scenarios;
using FlexSc.LoadTests.Scenarios.Model;
using Xunit;

namespace FlexSc.LoadTests.Tests;

public sealed class ResultFilesTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("flexsc-load-");

    [Fact]
    public void Both_files_tell_figures_failures_and_verdicts()
    {
        ScenarioDefinition scenario = ScenarioCatalog.Find("echo-open");
        OperationFigures total = new(OperationFigures.Iteration, 10, 2, 5, 100, new LatencyFigures(1, 2, 3, 4, 5, 6, 7, 8));
        EngineFigures figures = new(total, [], [new FailureFigures("echo", "timed-out", 2, "no answer")], [new StatusFigures("echo", "echoed", true, 10)],
            [new CourseFigures(1, 5, 2, 6, 0), new CourseFigures(2, 6, 0, null, 0), new CourseFigures(3, 7, 0, 8, 0)],
            null, new LatencyFigures(1, 2, 3, 4, 5, 60, 70, 80));
        ScenarioResult[] results =
        [
            ScenarioResult.Measured(scenario, "flexsc", "one loop", scenario.Profile, figures),
            ScenarioResult.Broken(scenario, "akka-io", "", scenario.Profile, "the server ended"),
            ScenarioResult.NotRun(scenario, "flexsc/io-uring", scenario.Profile, "no such option"),
        ];

        ResultFiles.Write(ResultFiles.Prepare(_directory.FullName), "built-in", LoadEnvironment.Read(), results);

        string markdown = File.ReadAllText(Path.Combine(_directory.FullName, ResultFiles.MarkdownName));
        Assert.Contains("## echo-open on flexsc: failed", markdown, StringComparison.Ordinal);
        Assert.Contains("| iteration | 10 | 2 | 5 | 2.00 | 3.00 |", markdown, StringComparison.Ordinal);
        Assert.Contains("timed-out, 2 times: no answer", markdown, StringComparison.Ordinal);
        Assert.Contains("| failed <= 0 % | 16.667 | no |", markdown, StringComparison.Ordinal);
        Assert.Contains("the server ended", markdown, StringComparison.Ordinal);
        Assert.Contains("skipped", markdown, StringComparison.Ordinal);

        Assert.Contains("| kernel | " + File.ReadAllText("/proc/sys/kernel/osrelease").Trim() + " |", markdown, StringComparison.Ordinal);
        Assert.Contains("| generator's garbage collector | workstation", markdown, StringComparison.Ordinal);
        Assert.Contains("| .NET | .NET 10", markdown, StringComparison.Ordinal);
        Assert.Contains("| commit | ", markdown, StringComparison.Ordinal);
        Assert.Contains("| echo | echoed | yes | 10 |", markdown, StringComparison.Ordinal);
        Assert.Contains("**Warning**: the generator itself was late", markdown, StringComparison.Ordinal);
        Assert.Contains("](course-echo-open_on_flexsc.svg)", markdown, StringComparison.Ordinal);
        string chart = File.ReadAllText(Path.Combine(_directory.FullName, "course-echo-open_on_flexsc.svg"));
        Assert.Contains("<svg", chart, StringComparison.Ordinal);
        Assert.Contains("echo-open on flexsc", chart, StringComparison.Ordinal);
        Assert.Single(_directory.GetFiles("*.svg"));

        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Path.Combine(_directory.FullName, ResultFiles.JsonName)));
        Assert.False(json.RootElement.GetProperty("passed").GetBoolean());
        JsonElement environment = json.RootElement.GetProperty("environment");
        Assert.Equal(Environment.ProcessorCount, environment.GetProperty("machine").GetProperty("usableCores").GetArrayLength());
        Assert.StartsWith("workstation", environment.GetProperty("garbageCollector").GetString(), StringComparison.Ordinal);
        JsonElement first = json.RootElement.GetProperty("results")[0];
        Assert.Equal(6, first.GetProperty("figures").GetProperty("total").GetProperty("latency").GetProperty("p99Ms").GetDouble());
        Assert.Equal("echoed", first.GetProperty("figures").GetProperty("statusCodes")[0].GetProperty("statusCode").GetString());
        Assert.Equal("open", first.GetProperty("model").GetString());
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
