using FlexSc.LoadTests.Report;
using FlexSc.LoadTests.Scenarios.Model;

namespace FlexSc.LoadTests.Engines;

/// <summary>Brings the users of a scenario to a server by its profile, and measures.</summary>
internal interface ILoadEngine
{
    string Name { get; }

    /// <summary>Runs one scenario from preparation to clean-up.</summary>
    /// <exception cref="MeasurementException">The scenario could not be prepared, or the engine gave up.</exception>
    Task<EngineFigures> RunAsync(EngineRun run, CancellationToken stop);
}

/// <summary>One run of a scenario.</summary>
/// <param name="Title">Scenario and server, for progress lines.</param>
/// <param name="Scenario">What is run.</param>
/// <param name="Target">Where.</param>
/// <param name="Profile">The scenario's profile in the run's time and scale.</param>
/// <param name="WarmUp">Load before the measured time; zero for none.</param>
/// <param name="ReportDirectory">Where an engine may leave reports of its own.</param>
internal sealed record EngineRun(
    string Title, ScenarioDefinition Scenario, WorkloadTarget Target, LoadProfile Profile, TimeSpan WarmUp, string ReportDirectory);
