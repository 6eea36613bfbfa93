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
    public async Task The_generators_own_lag_is_told_from_the_wait_for_iterations_to_end()
    {
        // Every iteration but the first waits for room: that is no fault of the generator.
        FakeWorkload workload = new(async _ =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200));
            return StepResult.Ok("", 1);
        });
        RunMeasurements measurements = new();
        LoadProfile profile = new(LoadPhase.HoldRate(10, Second));

        await new OpenLoad(profile, workload, measurements, maxInFlight: 1).RunAsync(Stopwatch.GetTimestamp(), CancellationToken.None);

        EngineFigures figures = measurements.ToFigures(profile.Duration);
        Assert.True(figures.PacingLag!.MaxMs >= 800, $"the last waits for nine others, here {figures.PacingLag.MaxMs} ms");

        // The wait grows by half an iteration with each, and by what the generator is late: however slow the machine, that is far less.
        Assert.True(
            figures.GeneratorLag!.P50Ms < figures.PacingLag.P50Ms / 2,
            $"the generator's lag is {figures.GeneratorLag.P50Ms} ms, the wait {figures.PacingLag.P50Ms} ms");
    }

    [Fact]
    public async Task A_generator_that_was_late_is_warned_of()
    {
        // The run began a second before its load: all of the first second's iterations start late.
        FakeWorkload workload = new(_ => ValueTask.FromResult(StepResult.Ok("", 1)));
        ScenarioDefinition scenario = Scenario(workload);
        RunMeasurements measurements = new();
        await new OpenLoad(scenario.Profile, workload, measurements, maxInFlight: 100)
            .RunAsync(Stopwatch.GetTimestamp() - Stopwatch.Frequency, CancellationToken.None);
        EngineFigures figures = measurements.ToFigures(scenario.Profile.Duration);

        ScenarioResult late = ScenarioResult.Measured(scenario, "none", "", scenario.Profile, figures);

        Assert.Contains("the generator itself was late", Assert.Single(late.Warnings), StringComparison.Ordinal);
        Assert.True(late.Passed);
        Assert.Empty(ScenarioResult.Measured(scenario, "none", "", scenario.Profile, figures, maxGeneratorLagMs: 60_000).Warnings);
        Assert.Empty(ScenarioResult.Measured(scenario, "none", "", scenario.Profile, figures with { GeneratorLag = null }).Warnings);
    }

    [Fact]
    public async Task Status_codes_are_counted_by_step_and_for_iterations()
    {
        int iterations = 0;
        FakeWorkload workload = new(steps => steps.RunAsync("ask", 0, _ => ValueTask.FromResult(
            Interlocked.Increment(ref iterations) % 3 == 0 ? StepResult.Fail("503", "busy") : StepResult.Ok("200", 1))));

        EngineFigures figures = (await RunAsync(Scenario(workload))).Figures!;

        Assert.Equal(
            [
                new StatusFigures(OperationFigures.Iteration, "200", true, 200), new StatusFigures(OperationFigures.Iteration, "503", false, 100),
                new StatusFigures("ask", "200", true, 200), new StatusFigures("ask", "503", false, 100),
            ],
            figures.StatusCodes);
    }

    [Fact]
    public async Task The_course_goes_to_the_end_of_the_run()
    {
        FakeWorkload workload = new(_ => ValueTask.FromResult(StepResult.Ok("", 1)));
        TimeSpan duration = TimeSpan.FromSeconds(1.6);
        ScenarioDefinition scenario = Scenario(workload) with { Profile = new LoadProfile(LoadPhase.HoldRate(100, duration)) };

        IReadOnlyList<CourseFigures> course = (await RunAsync(scenario)).Figures!.Course;

        Assert.True(course.Count >= 2, $"{course.Count} intervals");
        Assert.True(course[^1].ElapsedSeconds >= duration.TotalSeconds - 0.1, $"the course ends at {course[^1].ElapsedSeconds} s");
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
}
