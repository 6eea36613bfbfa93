using System.Globalization;
using FlexSc.LoadTests.Scenarios.Model;
using Spectre.Console;

namespace FlexSc.LoadTests.Report;

/// <summary>Tables on standard output.</summary>
internal static class ResultTable
{
    private const int RedirectedWidth = 180;
    private const string Missing = "-";

    public static void WriteCatalog(IEnumerable<ScenarioDefinition> scenarios)
    {
        Table table = New("scenario", "what users do", "load", "thresholds");
        foreach (ScenarioDefinition scenario in scenarios)
        {
            Add(table, scenario.Name, scenario.Description, Shares(scenario.Profile), string.Join(", ", scenario.Thresholds));
        }

        AnsiConsole.Write(table);
    }

    public static void Write(IReadOnlyList<ScenarioResult> results)
    {
        Table table = New("scenario", "server", "what", "ok", "failed", "ok/s", "p50 ms", "p95 ms", "p99 ms", "max ms");
        foreach (ScenarioResult result in results)
        {
            if (result.Figures is not { } figures)
            {
                Add(table, result.Scenario, result.Server, result.Error ?? $"skipped: {result.Skipped}");
                continue;
            }

            AddFigures(table, result, figures.Total);
            foreach (OperationFigures step in figures.Steps)
            {
                AddFigures(table, result, step);
            }
        }

        AnsiConsole.Write(table);
        foreach (ScenarioResult result in results)
        {
            WriteVerdict(result);
        }
    }

    public static string Number(double? value, string format = "0.00") => value?.ToString(format, CultureInfo.InvariantCulture) ?? Missing;

    private static void AddFigures(Table table, ScenarioResult result, OperationFigures figures) => Add(
        table, result.Scenario, result.Server, figures.Name, Number(figures.OkCount, "0"), Number(figures.FailCount, "0"), Number(figures.OkPerSecond, "0"),
        Number(figures.Latency?.P50Ms), Number(figures.Latency?.P95Ms), Number(figures.Latency?.P99Ms), Number(figures.Latency?.MaxMs));

    private static void WriteVerdict(ScenarioResult result)
    {
        string verdict = result.Passed ? "passed" : result.Failed ? "FAILED" : "skipped";
        AnsiConsole.Profile.Out.Writer.WriteLine($"{verdict}: {result.Scenario} on {result.Server}");
        foreach (ThresholdVerdict broken in result.Thresholds.Where(threshold => !threshold.Holds))
        {
            AnsiConsole.Profile.Out.Writer.WriteLine($"  {broken.Threshold}: {Number(broken.Measured, "0.###")}");
        }

        foreach (FailureFigures failure in result.Figures?.Failures ?? [])
        {
            AnsiConsole.Profile.Out.Writer.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"  {failure.Step}, {failure.StatusCode}, {failure.Count} times: {failure.Example}"));
        }

        if ((result.Error ?? result.Skipped) is { } reason)
        {
            AnsiConsole.Profile.Out.Writer.WriteLine($"  {reason}");
        }
    }

    private static string Shares(LoadProfile profile) => string.Join(", ", profile.Phases.Select(phase => string.Create(
        CultureInfo.InvariantCulture,
        $"{(phase.IsRamp ? "to " : "")}{phase.Level}{(phase.Model == LoadModel.Closed ? " users" : "/s")}{(profile.Phases.Count == 1 ? "" : $" {phase.During / profile.Duration:0%}")}")));

    private static Table New(params string[] columns)
    {
        if (Console.IsOutputRedirected)
        {
            // The width of a file is not known; a narrow one would break every row.
            AnsiConsole.Profile.Width = RedirectedWidth;
        }

        Table table = new();
        foreach (string column in columns)
        {
            table.AddColumn(column);
        }

        return table;
    }

    private static void Add(Table table, params string[] cells) => table.AddRow([.. cells.Select(Markup.Escape)]);
}
