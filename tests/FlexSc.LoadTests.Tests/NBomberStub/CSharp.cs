using NBomber.Contracts;
using NBomber.Contracts.Stats;

namespace NBomber.CSharp;

internal static class Response
{
    public static Response<object> Ok(string statusCode = "", int sizeBytes = 0) => new(false, statusCode, sizeBytes, "");

    public static Response<object> Fail(string statusCode = "", string message = "", int sizeBytes = 0) => new(true, statusCode, sizeBytes, message);
}

internal static class Simulation
{
    public static LoadSimulation KeepConstant(int copies, TimeSpan during) => Of(copies, during);

    public static LoadSimulation RampingConstant(int copies, TimeSpan during) => Of(copies, during);

    public static LoadSimulation Inject(int rate, TimeSpan interval, TimeSpan during) => Of(rate, during + interval);

    public static LoadSimulation RampingInject(int rate, TimeSpan interval, TimeSpan during) => Of(rate, during + interval);

    private static LoadSimulation Of(int level, TimeSpan during) =>
        during > TimeSpan.Zero ? new LoadSimulation(level) : throw new ArgumentOutOfRangeException(nameof(during));
}

internal static class Step
{
    public static async Task<Response<T>> Run<T>(string name, IScenarioContext context, Func<Task<Response<T>>> run)
    {
        Response<T> response = await run().ConfigureAwait(false);
        ((ScenarioRun)context).Record(name, response);
        return response;
    }
}

internal static class Scenario
{
    public static ScenarioProps Create(string name, Func<IScenarioContext, Task<IResponse>> run) => new(name, run);
}

internal sealed record ScenarioProps(string Name, Func<IScenarioContext, Task<IResponse>> Run)
{
    public Func<IScenarioInitContext, Task> Init { get; init; } = _ => Task.CompletedTask;

    public LoadSimulation[] Simulations { get; init; } = [];

    public ScenarioProps WithInit(Func<IScenarioInitContext, Task> init) => this with { Init = init };

    public ScenarioProps WithRestartIterationOnFail(bool shouldRestart) => shouldRestart ? throw new NotSupportedException() : this;

    public ScenarioProps WithMaxFailCount(int maxFailCount) => maxFailCount > 0 ? this : throw new ArgumentOutOfRangeException(nameof(maxFailCount));

    public ScenarioProps WithLoadSimulations(params LoadSimulation[] simulations) => this with { Simulations = simulations };

    public ScenarioProps WithThresholds(params Threshold[] thresholds) => thresholds.Length >= 0 ? this : throw new ArgumentException("", nameof(thresholds));

    public ScenarioProps WithWarmUpDuration(TimeSpan duration) => duration > TimeSpan.Zero ? this : throw new ArgumentOutOfRangeException(nameof(duration));

    public ScenarioProps WithoutWarmUp() => this;
}

internal sealed class NBomberRunner(ScenarioProps[] scenarios)
{
    public static NBomberRunner RegisterScenarios(params ScenarioProps[] scenarios) => new(scenarios);

    public NBomberRunner WithTestSuite(string name) => Named(name);

    public NBomberRunner WithTestName(string name) => Named(name);

    public NBomberRunner WithReportFolder(string folder) => Named(folder);

    public NBomberRunner WithReportFormats(params ReportFormat[] formats) => Named(string.Join(' ', formats));

    public NBomberRunner WithReportingInterval(TimeSpan interval) => Named($"{interval}");

    /// <summary>Runs as many iterations of each scenario as its simulations have users, one after the other.</summary>
    public NodeStats Run() => new([.. scenarios.Select(scenario => new ScenarioRun(scenario).ToEnd())]);

    private NBomberRunner Named(string text) => text.Length > 0 ? this : throw new ArgumentException("a name is empty", nameof(text));
}
