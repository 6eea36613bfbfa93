using FlexSc.LoadTests.Scenarios.Model;

namespace FlexSc.LoadTests.Report;

/// <summary>What an engine measured.</summary>
/// <param name="Total">Whole iterations. In the open model the built-in engine counts latency from the time they should have started.</param>
/// <param name="Steps">Each step that ran, by its own time.</param>
/// <param name="Failures">By step and status.</param>
/// <param name="StatusCodes">By step and status, good ones and failed ones.</param>
/// <param name="Course">The run in intervals; empty where the engine's own report has it.</param>
/// <param name="PacingLag">How late iterations of an open profile were started; null where that is not known.</param>
/// <param name="GeneratorLag">What of it was the generator's own doing: without the time that iterations waited for others to end.</param>
internal sealed record EngineFigures(
    OperationFigures Total,
    IReadOnlyList<OperationFigures> Steps,
    IReadOnlyList<FailureFigures> Failures,
    IReadOnlyList<StatusFigures> StatusCodes,
    IReadOnlyList<CourseFigures> Course,
    LatencyFigures? PacingLag,
    LatencyFigures? GeneratorLag);

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
    IReadOnlyList<string> Warnings,
    string? Error,
    string? Skipped)
{
    /// <summary>The picture of its course, a file beside the report; null when there is none.</summary>
    public string? Chart { get; init; }

    /// <summary>Whether it ran and every threshold holds. One that was skipped did not pass and did not fail.</summary>
    public bool Passed => Error is null && Skipped is null && Figures is not null && Thresholds.All(threshold => threshold.Holds);

    public bool Failed => !Passed && Skipped is null;

    /// <param name="scenario">What was run.</param>
    /// <param name="server">Against what.</param>
    /// <param name="description">What the server said about itself.</param>
    /// <param name="profile">The load.</param>
    /// <param name="figures">What was measured.</param>
    /// <param name="maxGeneratorLagMs">See <see cref="GeneratorWarning"/>.</param>
    public static ScenarioResult Measured(
        ScenarioDefinition scenario, string server, string description, LoadProfile profile, EngineFigures figures,
        double maxGeneratorLagMs = GeneratorWarning.DefaultMaxLagMs) => new(
        scenario.Name, server, description, profile.Model, profile.ToString(), profile.Duration.TotalSeconds, figures,
        [.. scenario.Thresholds.Select(threshold => threshold.Judge(figures.Total, figures.Steps))],
        GeneratorWarning.For(figures, maxGeneratorLagMs) is { } warning ? [warning] : [], null, null);

    public static ScenarioResult Broken(ScenarioDefinition scenario, string server, string description, LoadProfile profile, string error) => new(
        scenario.Name, server, description, profile.Model, profile.ToString(), profile.Duration.TotalSeconds, null, [], [], error, null);

    public static ScenarioResult NotRun(ScenarioDefinition scenario, string server, LoadProfile profile, string reason) => new(
        scenario.Name, server, "", profile.Model, profile.ToString(), profile.Duration.TotalSeconds, null, [], [], null, reason);
}
