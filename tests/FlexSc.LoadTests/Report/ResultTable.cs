using System.Globalization;
using FlexSc.LoadTests.Scenarios.Model;

namespace FlexSc.LoadTests.Report;

/// <summary>Tables on standard output.</summary>
internal static class ResultTable
{
    private const string Missing = "-";

    public static void WriteCatalog(IEnumerable<ScenarioDefinition> scenarios)
    {
        TextTable table = new("scenario", "what users do", "load", "thresholds");
        foreach (ScenarioDefinition scenario in scenarios)
        {
            table.AddRow(scenario.Name, scenario.Description, Shares(scenario.Profile), string.Join(", ", scenario.Thresholds));
        }

        table.Write();
    }

    public static void Write(IReadOnlyList<ScenarioResult> results)
    {
        TextTable table = new("scenario", "server", "what", "ok", "failed", "ok/s", "p50 ms", "p95 ms", "p99 ms", "max ms");
        foreach (ScenarioResult result in results)
        {
            if (result.Figures is not { } figures)
            {
                table.AddRow(result.Scenario, result.Server, result.Error ?? $"skipped: {result.Skipped}");
                continue;
            }

            AddFigures(table, result, figures.Total);
            foreach (OperationFigures step in figures.Steps)
            {
                AddFigures(table, result, step);
            }
        }

        table.Write();
        foreach (ScenarioResult result in results)
        {
            WriteVerdict(result);
        }
    }

    public static string Number(double? value, string format = "0.00") => value?.ToString(format, CultureInfo.InvariantCulture) ?? Missing;

    private static void AddFigures(TextTable table, ScenarioResult result, OperationFigures figures) => table.AddRow(
        result.Scenario, result.Server, figures.Name, Number(figures.OkCount, "0"), Number(figures.FailCount, "0"), Number(figures.OkPerSecond, "0"),
        Number(figures.Latency?.P50Ms), Number(figures.Latency?.P95Ms), Number(figures.Latency?.P99Ms), Number(figures.Latency?.MaxMs));

    private static void WriteVerdict(ScenarioResult result)
    {
        string verdict = result.Passed ? "passed" : result.Failed ? "FAILED" : "skipped";
        Console.WriteLine($"{verdict}: {result.Scenario} on {result.Server}");
        foreach (ThresholdVerdict broken in result.Thresholds.Where(threshold => !threshold.Holds))
        {
            Console.WriteLine($"  {broken.Threshold}: {Number(broken.Measured, "0.###")}");
        }

        foreach (string warning in result.Warnings)
        {
            Console.WriteLine($"  warning: {warning}");
        }

        foreach (FailureFigures failure in result.Figures?.Failures ?? [])
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"  {failure.Step}, {failure.StatusCode}, {failure.Count} times: {failure.Example}"));
        }

        if ((result.Error ?? result.Skipped) is { } reason)
        {
            Console.WriteLine($"  {reason}");
        }
    }

    private static string Shares(LoadProfile profile) => string.Join(", ", profile.Phases.Select(phase => string.Create(
        CultureInfo.InvariantCulture,
        $"{(phase.IsRamp ? "to " : "")}{phase.Level}{(phase.Model == LoadModel.Closed ? " users" : "/s")}{(profile.Phases.Count == 1 ? "" : $" {phase.During / profile.Duration:0%}")}")));
}
