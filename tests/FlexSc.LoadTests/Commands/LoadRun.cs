using System.Globalization;
using FlexSc.LoadTests.Engines;
using FlexSc.LoadTests.Report;
using FlexSc.LoadTests.Scenarios.Http;
using FlexSc.LoadTests.Scenarios.Model;
using FlexSc.LoadTests.Servers;
using FlexSc.Measuring;
using FlexSc.Measuring.Servers;

namespace FlexSc.LoadTests.Commands;

/// <summary>Runs scenarios one after the other, each against a fresh server of each kind asked for.</summary>
internal sealed class LoadRun(RunOptions options)
{
    private const string RunningServerName = "running server";
    private readonly ILoadEngine _engine = EngineCatalog.Create(options.Engine);

    public async Task<IReadOnlyList<ScenarioResult>> RunAsync(CancellationToken stop)
    {
        List<ScenarioResult> results = [];
        foreach (ScenarioDefinition scenario in options.Scenarios)
        {
            LoadProfile profile = scenario.Profile.Fit(options.Duration, options.Scale);
            if (options.RunningServer is { } endPoint)
            {
                results.Add(await RunAgainstRunningAsync(scenario, profile, endPoint, stop).ConfigureAwait(false));
                continue;
            }

            foreach (ServerChoice choice in options.Servers)
            {
                if (stop.IsCancellationRequested)
                {
                    return results;
                }

                results.Add(choice.ReasonAgainst(scenario.Server) is { } reason
                    ? ScenarioResult.NotRun(scenario, choice.ToString(), profile, reason)
                    : await RunWithServerAsync(scenario, profile, choice, stop).ConfigureAwait(false));
            }
        }

        return results;
    }

    private async Task<ScenarioResult> RunAgainstRunningAsync(
        ScenarioDefinition scenario, LoadProfile profile, System.Net.IPEndPoint endPoint, CancellationToken stop)
    {
        string name = $"{RunningServerName} {endPoint}";
        if (scenario.NeedsFiles)
        {
            if (options.WebRootOfRunningServer is not { } root)
            {
                return ScenarioResult.NotRun(scenario, name, profile, "it asks for files: name the folder that the server serves with --root");
            }

            WebRoot.WriteTo(root);
        }

        return await MeasureAsync(scenario, profile, name, "", endPoint, stop).ConfigureAwait(false);
    }

    private async Task<ScenarioResult> RunWithServerAsync(ScenarioDefinition scenario, LoadProfile profile, ServerChoice choice, CancellationToken stop)
    {
        string name = choice.ToString();
        DirectoryInfo? webRoot = scenario.NeedsFiles ? Directory.CreateTempSubdirectory("flexsc-load-") : null;
        try
        {
            if (webRoot is not null)
            {
                WebRoot.WriteTo(webRoot.FullName);
            }

            using ServerProcess server = ServerProcess.Start(ServerLaunch.Redirected(
                ["dotnet", options.ProgramOf(scenario.Server), .. choice.Arguments(scenario.Server, webRoot?.FullName)]));
            ScenarioResult result = await MeasureAsync(scenario, profile, name, server.Description, server.EndPoint, stop).ConfigureAwait(false);
            string? stopFailure = server.Stop();
            return stopFailure is null || result.Error is not null ? result : result with { Error = stopFailure };
        }
        catch (MeasurementException failure)
        {
            return ScenarioResult.Broken(scenario, name, "", profile, failure.Message);
        }
        finally
        {
            webRoot?.Delete(recursive: true);
        }
    }

    private async Task<ScenarioResult> MeasureAsync(
        ScenarioDefinition scenario, LoadProfile profile, string server, string description, System.Net.IPEndPoint endPoint, CancellationToken stop)
    {
        string title = $"{scenario.Name} on {server}";
        Progress.Write(string.Create(CultureInfo.InvariantCulture, $"{title}: {profile} ({_engine.Name})"));
        WorkloadTarget target = new(endPoint, profile.Peak, options.MaxConnections);
        EngineRun run = new(title, scenario, target, profile, options.WarmUp, options.ReportDirectory);
        try
        {
            EngineFigures figures = await _engine.RunAsync(run, stop).ConfigureAwait(false);
            return ScenarioResult.Measured(scenario, server, description, profile, figures, options.MaxGeneratorLagMs);
        }
        catch (MeasurementException failure)
        {
            return ScenarioResult.Broken(scenario, server, description, profile, failure.Message);
        }
    }
}
