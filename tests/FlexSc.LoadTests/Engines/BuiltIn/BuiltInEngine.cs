using System.Diagnostics;
using System.Globalization;
using FlexSc.LoadTests.Report;
using FlexSc.LoadTests.Scenarios.Model;
using FlexSc.Measuring;

namespace FlexSc.LoadTests.Engines.BuiltIn;

/// <summary>The engine that comes with the repository: both models, ramps, latency from the time an iteration was due.</summary>
internal sealed class BuiltInEngine : ILoadEngine
{
    private const int WarmUpUsers = 4;

    /// <summary>At most so many points of a run's course, whatever its length.</summary>
    private const int MaxIntervals = 600;

    /// <summary>Progress lines of a run, about.</summary>
    private const int ProgressLines = 6;

    private static readonly TimeSpan MinInterval = TimeSpan.FromSeconds(1);

    /// <summary>A shorter rest of a run is no point of its course: its rate would be of a few iterations.</summary>
    private static readonly TimeSpan MinLastInterval = TimeSpan.FromMilliseconds(100);

    public string Name => EngineCatalog.BuiltIn;

    public async Task<EngineFigures> RunAsync(EngineRun run, CancellationToken stop)
    {
        await using IWorkload workload = run.Scenario.CreateWorkload(run.Target);
        await PrepareAsync(workload, run.Title).ConfigureAwait(false);
        if (run.WarmUp > TimeSpan.Zero)
        {
            LoadProfile warmUp = new(LoadPhase.HoldUsers(Math.Min(WarmUpUsers, Math.Max(1, run.Profile.Peak)), run.WarmUp));
            await new ClosedLoad(warmUp, workload, new RunMeasurements()).RunAsync(Stopwatch.GetTimestamp(), stop).ConfigureAwait(false);
        }

        RunMeasurements measurements = new();
        long start = Stopwatch.GetTimestamp();
        using CancellationTokenSource ended = new();
        Task observer = ObserveAsync(run, measurements, start, ended.Token);
        try
        {
            await (run.Profile.Model == LoadModel.Open
                ? new OpenLoad(run.Profile, workload, measurements, run.Target.MaxConnections).RunAsync(start, stop)
                : new ClosedLoad(run.Profile, workload, measurements).RunAsync(start, stop)).ConfigureAwait(false);
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await observer.ConfigureAwait(false);
        }

        return stop.IsCancellationRequested ? throw new MeasurementException("stopped before its end") : measurements.ToFigures(run.Profile.Duration);
    }

    private static async Task PrepareAsync(IWorkload workload, string title)
    {
        StepResult prepared = await Guarded.RunAsync(workload, static async preparing =>
        {
            await preparing.PrepareAsync().ConfigureAwait(false);
            return StepResult.Ok("", 0);
        }).ConfigureAwait(false);
        if (!prepared.IsOk)
        {
            throw new MeasurementException($"{title} could not be prepared: {prepared.StatusCode}: {prepared.Message}");
        }
    }

    /// <summary>Closes the intervals of the course, and tells on the way.</summary>
    private static async Task ObserveAsync(EngineRun run, RunMeasurements measurements, long start, CancellationToken ended)
    {
        TimeSpan interval = run.Profile.Duration / MaxIntervals;
        interval = interval < MinInterval ? MinInterval : interval;
        TimeSpan tellEvery = run.Profile.Duration / ProgressLines;
        TimeSpan told = TimeSpan.Zero;
        TimeSpan last = TimeSpan.Zero;
        using PeriodicTimer timer = new(interval);
        try
        {
            while (await timer.WaitForNextTickAsync(ended).ConfigureAwait(false))
            {
                TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
                CourseFigures figures = measurements.CloseInterval(elapsed, elapsed - last);
                last = elapsed;
                if (elapsed - told >= tellEvery)
                {
                    told = elapsed;
                    Progress.Write(string.Create(
                        CultureInfo.InvariantCulture,
                        $"{run.Title}: {elapsed.TotalSeconds:0} of {run.Profile.Duration.TotalSeconds:0} s, {figures.OkPerSecond:0}/s, p99 {figures.P99Ms ?? 0:0.0} ms, failed {figures.FailCount}, under way {figures.InFlight}"));
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The run has ended, as a rule within an interval.
            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            if (elapsed - last >= MinLastInterval)
            {
                measurements.CloseInterval(elapsed, elapsed - last);
            }
        }
    }
}
