using NBomber.Contracts;
using NBomber.Contracts.Stats;

namespace NBomber.CSharp;

/// <summary>
/// Counts as NBomber does: a scenario's requests and latencies are those of its iterations, its bytes and status codes are summed over
/// iterations and steps. A response without a status code counts for none.
/// </summary>
internal sealed class ScenarioRun(ScenarioProps scenario) : IScenarioContext, IScenarioInitContext
{
    private const string IterationName = "global information";
    private readonly List<(string Name, IResponse Response)> _measured = [];
    private bool _stopped;

    public void StopCurrentTest(string reason) => _stopped = true;

    public void Record(string name, IResponse response) => _measured.Add((name, response));

    public ScenarioStats ToEnd()
    {
        scenario.Init(this).GetAwaiter().GetResult();
        for (int iteration = 0; iteration < scenario.Simulations.Sum(simulation => simulation.Level) && !_stopped; iteration++)
        {
            Record(IterationName, scenario.Run(this).GetAwaiter().GetResult());
        }

        return new ScenarioStats(
            scenario.Name, Stats(IterationName, isError: false), Stats(IterationName, isError: true),
            [.. _measured.Select(measured => measured.Name).Where(name => name != IterationName).Distinct()
                .Select(name => new StepStats(name, Stats(name, isError: false), Stats(name, isError: true)))]);
    }

    private MeasurementStats Stats(string name, bool isError)
    {
        IResponse[] own = Responses(candidate => candidate == name, isError);
        IResponse[] summed = name == IterationName ? Responses(_ => true, isError) : own;
        return new MeasurementStats(
            new RequestStats(own.Length, own.Length),
            new LatencyStats(1, 1, 1, 1, 1, 1, 1),
            new DataTransferStats(summed.Sum(response => (long)response.SizeBytes)),
            [.. summed.Where(response => response.StatusCode.Length > 0).GroupBy(response => response.StatusCode)
                .Select(code => new StatusCodeStats(code.Key, isError, code.First().Message, code.Count()))]);
    }

    private IResponse[] Responses(Func<string, bool> isWanted, bool isError) =>
        [.. _measured.Where(measured => isWanted(measured.Name) && measured.Response.IsError == isError).Select(measured => measured.Response)];
}
