using FlexSc.LoadTests.Scenarios.Model;

namespace FlexSc.LoadTests.Report;

/// <summary>What an engine measured.</summary>
/// <param name="Total">Whole iterations. In the open model the built-in engine counts latency from the time they should have started.</param>
/// <param name="Steps">Each step that ran, by its own time.</param>
/// <param name="Failures">By step and status.</param>
/// <param name="Course">The run in intervals; empty where the engine's own report has it.</param>
/// <param name="PacingLag">How late iterations of an open profile were started; null where that is not known.</param>
internal sealed record EngineFigures(
    OperationFigures Total,
    IReadOnlyList<OperationFigures> Steps,
    IReadOnlyList<FailureFigures> Failures,
    IReadOnlyList<CourseFigures> Course,
    LatencyFigures? PacingLag);

/// <summary>A scenario against a server: what was measured and what it means.</summary>
internal sealed record ScenarioResult(
    string Scenario,
    string Server,
    string ServerDescription,
    LoadModel Model,
    string Profile,
    double DurationSeconds,
    EngineFigures? Figures,
    IReadOnlyList<ThresholdVerdict> Thresholds,
    string? Error,
    string? Skipped)
{
    /// <summary>Whether it ran and every threshold holds. One that was skipped did not pass and did not fail.</summary>
    public bool Passed => Error is null && Skipped is null && Figures is not null && Thresholds.All(threshold => threshold.Holds);

    public bool Failed => !Passed && Skipped is null;

    public static ScenarioResult Measured(ScenarioDefinition scenario, string server, string description, LoadProfile profile, EngineFigures figures) => new(
        scenario.Name, server, description, profile.Model, profile.ToString(), profile.Duration.TotalSeconds, figures,
        [.. scenario.Thresholds.Select(threshold => threshold.Judge(figures.Total, figures.Steps))], null, null);

    public static ScenarioResult Broken(ScenarioDefinition scenario, string server, string description, LoadProfile profile, string error) => new(
        scenario.Name, server, description, profile.Model, profile.ToString(), profile.Duration.TotalSeconds, null, [], error, null);

    public static ScenarioResult NotRun(ScenarioDefinition scenario, string server, LoadProfile profile, string reason) => new(
        scenario.Name, server, "", profile.Model, profile.ToString(), profile.Duration.TotalSeconds, null, [], null, reason);
}
