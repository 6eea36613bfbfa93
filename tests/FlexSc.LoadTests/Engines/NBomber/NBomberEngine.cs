// Usings stand before the namespace: they then mean NBomber's own namespaces, whatever folders here are called.
using FlexSc.LoadTests.Report;
using FlexSc.LoadTests.Scenarios.Model;
using FlexSc.Measuring;
using NBomber.CSharp;
using NBomber.Contracts;
using NBomber.Contracts.Stats;

namespace FlexSc.LoadTests.Engines;

/// <summary>
/// The scenarios on NBomber 6 (https://nbomber.com/docs), which adds its console and HTML report. It is compiled with
/// <c>-p:UseNBomber=true</c> only. In the open model NBomber counts latency from an iteration's start, the built-in engine from the
/// time it was due: the figures of the two are not the same thing.
/// </summary>
internal sealed class NBomberEngine : ILoadEngine
{
    /// <summary>NBomber checks thresholds by its reporting interval, which it does not take below 5 s.</summary>
    private static readonly TimeSpan ReportingInterval = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan RateUnit = TimeSpan.FromSeconds(1);

    public string Name => EngineCatalog.NBomber;

    public async Task<EngineFigures> RunAsync(EngineRun run, CancellationToken stop)
    {
        await using IWorkload workload = run.Scenario.CreateWorkload(run.Target);
        ScenarioProps scenario = ToScenario(run, workload, stop);

        // Run blocks its thread for the whole time.
        NodeStats stats = await Task.Run(() => Run(run, scenario), CancellationToken.None).ConfigureAwait(false);
        if (stop.IsCancellationRequested)
        {
            throw new MeasurementException("stopped before its end");
        }

        ScenarioStats figures = stats.ScenarioStats.FirstOrDefault(candidate => candidate.ScenarioName == run.Scenario.Name)
            ?? throw new MeasurementException($"NBomber ended without figures for {run.Title}: its log says why");
        return ToFigures(figures, run.Profile.Duration);
    }

    private static NodeStats Run(EngineRun run, ScenarioProps scenario)
    {
        try
        {
            return NBomberRunner
                .RegisterScenarios(scenario)
                .WithTestSuite("FlexSc.LoadTests")
                .WithTestName(run.Title)
                .WithReportFolder(Path.Combine(run.ReportDirectory, "nbomber-" + FileNames.Of(run.Title)))
                .WithReportFormats(ReportFormat.Html, ReportFormat.Md, ReportFormat.Csv, ReportFormat.Txt)
                .WithReportingInterval(ReportingInterval)
                .Run();
        }
        catch (Exception failure)
        {
            // It says by exceptions of no type of their own that a scenario's preparation or its configuration failed.
            throw new MeasurementException($"NBomber gave up on {run.Title}: {failure.Message}");
        }
    }

    private static ScenarioProps ToScenario(EngineRun run, IWorkload workload, CancellationToken stop)
    {
        ScenarioProps scenario = Scenario.Create(run.Scenario.Name, async context =>
            {
                if (stop.IsCancellationRequested)
                {
                    context.StopCurrentTest("told to stop");
                    return Response.Ok();
                }

                // NBomber's figures of a scenario are those of its iterations and of their steps together, but for counts and latencies.
                StepTally tally = new();
                StepResult result = await Guarded.RunAsync(
                    (workload, steps: new StepRunner(context, tally)), static state => state.workload.RunAsync(state.steps)).ConfigureAwait(false);
                return ToResponse(tally.RestOf(result));
            })
            .WithInit(_ => workload.PrepareAsync())
            .WithRestartIterationOnFail(shouldRestart: false)

            // The thresholds decide, after all of the load.
            .WithMaxFailCount(int.MaxValue)
            .WithLoadSimulations([.. run.Profile.Phases.Select(ToSimulation)])
            .WithThresholds([.. run.Scenario.Thresholds.Select(ToThreshold)]);
        return run.WarmUp > TimeSpan.Zero ? scenario.WithWarmUpDuration(run.WarmUp) : scenario.WithoutWarmUp();
    }

    private static LoadSimulation ToSimulation(LoadPhase phase) => (phase.Model, phase.IsRamp) switch
    {
        (LoadModel.Closed, false) => Simulation.KeepConstant(copies: phase.Level, during: phase.During),
        (LoadModel.Closed, true) => Simulation.RampingConstant(copies: phase.Level, during: phase.During),
        (LoadModel.Open, false) => Simulation.Inject(rate: phase.Level, interval: RateUnit, during: phase.During),
        (LoadModel.Open, true) => Simulation.RampingInject(rate: phase.Level, interval: RateUnit, during: phase.During),
        _ => throw new ArgumentOutOfRangeException(nameof(phase)),
    };

    /// <summary>
    /// The same bound for NBomber's console and HTML report, where it is looked at every few seconds. The verdict of the run is the
    /// scenario's own, over the final figures: NBomber rounds its percentages.
    /// </summary>
    private static Threshold ToThreshold(LoadThreshold threshold)
    {
        // NBomber takes expressions and prints them: plain comparisons of its own figures, typed so that no other overload fits.
        double bound = threshold.Bound;
        if (threshold.Step is { } step)
        {
            return threshold.Figure switch
            {
                ThresholdFigure.P50Ms => Threshold.Create(step, (StepStats stats) => stats.Ok.Latency.Percent50 <= bound),
                ThresholdFigure.P95Ms => Threshold.Create(step, (StepStats stats) => stats.Ok.Latency.Percent95 <= bound),
                ThresholdFigure.P99Ms => Threshold.Create(step, (StepStats stats) => stats.Ok.Latency.Percent99 <= bound),
                ThresholdFigure.OkPerSecond => Threshold.Create(step, (StepStats stats) => stats.Ok.Request.RPS >= bound),
                ThresholdFigure.OkCount => Threshold.Create(step, (StepStats stats) => stats.Ok.Request.Count >= bound),
                _ => Threshold.Create(step, (StepStats stats) => stats.Fail.Request.Count * 100.0 <= bound * (stats.Ok.Request.Count + stats.Fail.Request.Count)),
            };
        }

        return threshold.Figure switch
        {
            ThresholdFigure.P50Ms => Threshold.Create((ScenarioStats stats) => stats.Ok.Latency.Percent50 <= bound),
            ThresholdFigure.P95Ms => Threshold.Create((ScenarioStats stats) => stats.Ok.Latency.Percent95 <= bound),
            ThresholdFigure.P99Ms => Threshold.Create((ScenarioStats stats) => stats.Ok.Latency.Percent99 <= bound),
            ThresholdFigure.OkPerSecond => Threshold.Create((ScenarioStats stats) => stats.Ok.Request.RPS >= bound),
            ThresholdFigure.OkCount => Threshold.Create((ScenarioStats stats) => stats.Ok.Request.Count >= bound),
            _ => Threshold.Create((ScenarioStats stats) => stats.Fail.Request.Count * 100.0 <= bound * (stats.Ok.Request.Count + stats.Fail.Request.Count)),
        };
    }

    private static Response<object> ToResponse(StepResult result) => result.IsOk
        ? Response.Ok(statusCode: result.StatusCode, sizeBytes: result.SizeBytes)
        : Response.Fail(statusCode: result.StatusCode, message: result.Message);

    private static EngineFigures ToFigures(ScenarioStats stats, TimeSpan duration) => new(
        ToFigures(OperationFigures.Iteration, stats.Ok, stats.Fail, duration),
        [.. stats.StepStats.Select(step => ToFigures(step.StepName, step.Ok, step.Fail, duration))],
        [
            .. ToFailures(OperationFigures.Iteration, stats.Fail),
            .. stats.StepStats.SelectMany(step => ToFailures(step.StepName, step.Fail)),
        ],
        [
            .. ToStatusCodes(OperationFigures.Iteration, stats.Ok, stats.Fail),
            .. stats.StepStats.SelectMany(step => ToStatusCodes(step.StepName, step.Ok, step.Fail)),
        ],
        [],
        null,
        null);

    private static OperationFigures ToFigures(string name, MeasurementStats ok, MeasurementStats fail, TimeSpan duration) => new(
        name,
        ok.Request.Count,
        fail.Request.Count,
        ok.Request.Count / duration.TotalSeconds,
        ok.DataTransfer.AllBytes,
        ok.Request.Count == 0
            ? null
            : new LatencyFigures(
                ok.Latency.MinMs,
                ok.Latency.MeanMs,
                ok.Latency.Percent50,
                ok.Latency.Percent75,
                ok.Latency.Percent95,
                ok.Latency.Percent99,
                null,
                ok.Latency.MaxMs));

    private static IEnumerable<FailureFigures> ToFailures(string name, MeasurementStats fail) =>
        fail.StatusCodes.Select(code => new FailureFigures(name, code.StatusCode, code.Count, code.Message));

    private static IEnumerable<StatusFigures> ToStatusCodes(string name, MeasurementStats ok, MeasurementStats fail) =>
    [
        .. ok.StatusCodes.Select(code => new StatusFigures(name, code.StatusCode, true, code.Count)),
        .. fail.StatusCodes.Select(code => new StatusFigures(name, code.StatusCode, false, code.Count)),
    ];

    /// <summary>NBomber's measurement around a step.</summary>
    private sealed class StepRunner(IScenarioContext context, StepTally tally) : IStepRunner
    {
        public async ValueTask<StepResult> RunAsync<TState>(string name, TState state, Func<TState, ValueTask<StepResult>> step)
        {
            StepResult result = default;
            await Step.Run(name, context, async () =>
            {
                result = await Guarded.RunAsync(state, step).ConfigureAwait(false);
                tally.Add(result);
                return ToResponse(result);
            }).ConfigureAwait(false);
            return result;
        }
    }
}
