using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using FlexSc.Measuring;

namespace FlexSc.LoadTests.Report;

/// <summary>The results as JSON, with everything, and as Markdown, for people.</summary>
internal static class ResultFiles
{
    public const string JsonName = "results.json";
    public const string MarkdownName = "report.md";
    private const string DefaultDirectory = "artifacts/load-tests";

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Makes the folder, before a run of minutes that must not end without one.</summary>
    /// <exception cref="MeasurementException">It cannot be written.</exception>
    public static string Prepare(string? directory)
    {
        string path = Path.GetFullPath(
            directory ?? Path.Combine(DefaultDirectory, DateTime.UtcNow.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)));
        try
        {
            Directory.CreateDirectory(path);
            File.WriteAllText(Path.Combine(path, JsonName), "");
            return path;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new MeasurementException($"--report: {failure.Message}");
        }
    }

    /// <summary>Writes both, and a chart for each run that has a course.</summary>
    public static void Write(string directory, string engine, LoadEnvironment environment, IReadOnlyList<ScenarioResult> measured)
    {
        ScenarioResult[] results = [.. measured.Select(result => result with { Chart = CourseChart.Write(directory, result) })];
        string json = JsonSerializer.Serialize(
            new { utc = DateTime.UtcNow, engine, environment, passed = results.All(result => !result.Failed), results }, Options);
        File.WriteAllText(Path.Combine(directory, JsonName), json + "\n");
        File.WriteAllText(Path.Combine(directory, MarkdownName), ToMarkdown(engine, environment, results));
        Progress.Write($"written: {Path.Combine(directory, JsonName)} and {MarkdownName}");
    }

    public static string ToMarkdown(string engine, LoadEnvironment environment, IReadOnlyList<ScenarioResult> results)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"# Load test\n\nEngine: {engine}. Latency in ms; in the open model of the built-in engine from the time an iteration was due.\n");
        text.Append("\n| environment | |\n| --- | --- |\n");
        foreach ((string name, string value) in environment.Rows())
        {
            text.Append(CultureInfo.InvariantCulture, $"| {name} | {value} |\n");
        }

        foreach (ScenarioResult result in results)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {result.Scenario} on {result.Server}: {(result.Passed ? "passed" : result.Failed ? "failed" : "skipped")}\n\n{result.Profile}\n");
            if (result.ServerDescription.Length > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"\nServer: {result.ServerDescription}\n");
            }

            if ((result.Error ?? result.Skipped) is { } reason)
            {
                text.Append(CultureInfo.InvariantCulture, $"\n{reason}\n");
            }

            if (result.Figures is { } figures)
            {
                foreach (string warning in result.Warnings)
                {
                    text.Append(CultureInfo.InvariantCulture, $"\n**Warning**: {warning}.\n");
                }

                AppendFigures(text, figures);
                AppendStatusCodes(text, figures.StatusCodes);
                if (result.Chart is { } chart)
                {
                    text.Append(CultureInfo.InvariantCulture, $"\n![course of {result.Scenario} on {result.Server}]({chart})\n");
                }

                AppendThresholds(text, result.Thresholds);
            }
        }

        return text.ToString();
    }

    private static void AppendFigures(StringBuilder text, EngineFigures figures)
    {
        text.Append("\n| what | ok | failed | ok/s | mean | p50 | p75 | p95 | p99 | p99.9 | max |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
        foreach (OperationFigures row in (IEnumerable<OperationFigures>)[figures.Total, .. figures.Steps])
        {
            LatencyFigures? latency = row.Latency;
            string[] cells =
            [
                row.Name, N(row.OkCount, "0"), N(row.FailCount, "0"), N(row.OkPerSecond, "0"), N(latency?.MeanMs), N(latency?.P50Ms),
                N(latency?.P75Ms), N(latency?.P95Ms), N(latency?.P99Ms), N(latency?.P999Ms), N(latency?.MaxMs),
            ];
            text.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", cells)} |\n");
        }

        if (figures.PacingLag is { } lag)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nIterations started late by {N(lag.P50Ms)} (p50), {N(lag.P99Ms)} (p99), {N(lag.MaxMs)} (max): contained in the latency. ");
            text.Append(CultureInfo.InvariantCulture, $"Of that the generator itself: {N(figures.GeneratorLag?.P50Ms)}, {N(figures.GeneratorLag?.P99Ms)}, {N(figures.GeneratorLag?.MaxMs)}.\n");
        }

        foreach (FailureFigures failure in figures.Failures)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n- {failure.Step}, {failure.StatusCode}, {failure.Count} times: {failure.Example}\n");
        }
    }

    private static void AppendStatusCodes(StringBuilder text, IReadOnlyList<StatusFigures> codes)
    {
        if (codes.Count == 0)
        {
            return;
        }

        text.Append("\n| what | status | good | count |\n| --- | --- | --- | --- |\n");
        foreach (StatusFigures code in codes)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {code.Step} | {code.StatusCode} | {(code.IsOk ? "yes" : "no")} | {code.Count} |\n");
        }
    }

    private static void AppendThresholds(StringBuilder text, IReadOnlyList<ThresholdVerdict> thresholds)
    {
        text.Append("\n| threshold | measured | holds |\n| --- | --- | --- |\n");
        foreach (ThresholdVerdict threshold in thresholds)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {threshold.Threshold} | {N(threshold.Measured, "0.###")} | {(threshold.Holds ? "yes" : "no")} |\n");
        }
    }

    private static string N(double? value, string format = "0.00") => ResultTable.Number(value, format);
}
