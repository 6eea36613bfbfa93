using System.Diagnostics;
using System.Net;
using FlexSc.LoadTests.Engines;
using FlexSc.LoadTests.Engines.BuiltIn;
using FlexSc.LoadTests.Report;
using FlexSc.LoadTests.Scenarios.Model;
using FlexSc.Measuring;
using Xunit;

namespace FlexSc.LoadTests.Tests;

public sealed class BuiltInEngineTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task An_open_load_starts_every_iteration_and_counts_from_the_time_it_was_due()
    {
        // The first iteration takes half a second and nothing may run beside it: those due meanwhile are late through no fault of theirs.
        TimeSpan stall = TimeSpan.FromMilliseconds(500);
        int iterations = 0;
        FakeWorkload workload = new(async _ =>
        {
            if (Interlocked.Increment(ref iterations) == 1)
            {
                await Task.Delay(stall);
            }

            return StepResult.Ok("", 1);
        });
        RunMeasurements measurements = new();
        LoadProfile profile = new(LoadPhase.HoldRate(20, Second));

        await new OpenLoad(profile, workload, measurements, maxInFlight: 1).RunAsync(Stopwatch.GetTimestamp(), CancellationToken.None);

        OperationFigures total = measurements.ToFigures(profile.Duration).Total;
        Assert.Equal(20, total.OkCount);
        Assert.Equal(20, iterations);

        // Due every 50 ms: the one at 250 ms waited for at least 250 ms, so at least a quarter of all waited for 200 ms.
        Assert.True(total.Latency!.P75Ms >= 200, $"p75 is {total.Latency.P75Ms} ms");
    }

    [Fact]
    public async Task A_stopped_open_load_ends_long_before_its_time()
    {
        using CancellationTokenSource stop = new();
        FakeWorkload workload = new(_ =>
        {
            stop.Cancel();
            return ValueTask.FromResult(StepResult.Ok("", 0));
        });
        LoadProfile profile = new(LoadPhase.HoldRate(1, TimeSpan.FromHours(1)));

        await new OpenLoad(profile, workload, new RunMeasurements(), maxInFlight: 1)
            .RunAsync(Stopwatch.GetTimestamp(), stop.Token).WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_closed_load_has_no_more_iterations_under_way_than_users()
    {
        int running = 0;
        int most = 0;
        FakeWorkload workload = new(async _ =>
        {
            int now = Interlocked.Increment(ref running);
            InterlockedMax(ref most, now);
            await Task.Yield();
            Interlocked.Decrement(ref running);
            return StepResult.Ok("", 0);
        });
        RunMeasurements measurements = new();

        await new ClosedLoad(new LoadProfile(LoadPhase.HoldUsers(3, Second)), workload, measurements).RunAsync(Stopwatch.GetTimestamp(), CancellationToken.None);

        Assert.InRange(most, 1, 3);
        Assert.True(measurements.ToFigures(Second).Total.OkCount > 3);
    }

    [Fact]
    public async Task Failures_are_counted_by_kind_and_break_the_threshold()
    {
        int iterations = 0;
        FakeWorkload workload = new(steps => steps.RunAsync("ask", 0, _ => (Interlocked.Increment(ref iterations) % 3) switch
        {
            0 => ValueTask.FromResult(StepResult.Fail(StepResult.WrongAnswer, "42")),
            1 => throw new IOException("gone"),
            _ => ValueTask.FromResult(StepResult.Ok("", 0)),
        }));
        ScenarioDefinition scenario = Scenario(workload, new LoadThreshold(ThresholdFigure.FailedPercent, 50));

        ScenarioResult result = await RunAsync(scenario);

        Assert.True(result.Failed);
        Assert.Equal(100.0 * 2 / 3, result.Thresholds[0].Measured!.Value, 0);
        Assert.Contains(result.Figures!.Failures, failure => failure is { Step: "ask", StatusCode: StepResult.WrongAnswer, Example: "42" });
        Assert.Contains(result.Figures.Failures, failure => failure is { Step: "ask", StatusCode: nameof(IOException), Example: "gone" });
    }

    [Fact]
    public async Task A_defect_of_the_workload_ends_the_run()
    {
        FakeWorkload workload = new(_ => throw new InvalidOperationException("a defect"));

        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(Scenario(workload)));
    }

    [Fact]
    public async Task A_scenario_that_cannot_be_prepared_says_why()
    {
        FakeWorkload workload = new(_ => ValueTask.FromResult(StepResult.Ok("", 0)), new IOException("nobody there"));

        MeasurementException failure = await Assert.ThrowsAsync<MeasurementException>(() => RunAsync(Scenario(workload)));

        Assert.Contains("nobody there", failure.Message, StringComparison.Ordinal);
    }

    private static ScenarioDefinition Scenario(FakeWorkload workload, params LoadThreshold[] thresholds) => new(
        "fake", "", ServerKind.Echo, false, new LoadProfile(LoadPhase.HoldRate(300, Second)), thresholds, _ => workload);

    private static async Task<ScenarioResult> RunAsync(ScenarioDefinition scenario)
    {
        WorkloadTarget target = new(new IPEndPoint(IPAddress.Loopback, 1), scenario.Profile.Peak, 100);
        EngineFigures figures = await new BuiltInEngine().RunAsync(
            new EngineRun("fake", scenario, target, scenario.Profile, TimeSpan.Zero, ""), CancellationToken.None);
        return ScenarioResult.Measured(scenario, "none", "", scenario.Profile, figures);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        int seen = Volatile.Read(ref most);
        while (value > seen)
        {
            int before = Interlocked.CompareExchange(ref most, value, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }

    private sealed class FakeWorkload(Func<IStepRunner, ValueTask<StepResult>> run, Exception? preparation = null) : IWorkload
    {
        public Task PrepareAsync() => preparation is null ? Task.CompletedTask : Task.FromException(preparation);

        public ValueTask<StepResult> RunAsync(IStepRunner steps) => run(steps);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
