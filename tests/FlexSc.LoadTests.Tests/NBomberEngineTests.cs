using System.Net;
using FlexSc.LoadTests.Engines;
using FlexSc.LoadTests.Report;
using FlexSc.LoadTests.Scenarios.Model;
using Xunit;

namespace FlexSc.LoadTests.Tests;

/// <summary>The engine on a stub that counts as NBomber does.</summary>
public sealed class NBomberEngineTests
{
    private const int Iterations = 10;
    private static readonly LoadProfile Profile = new(LoadPhase.HoldUsers(Iterations, TimeSpan.FromSeconds(1)));

    [Fact]
    public async Task Bytes_and_status_codes_of_a_step_count_once()
    {
        EngineFigures figures = await RunAsync(steps => steps.RunAsync("ask", 0, static _ => ValueTask.FromResult(StepResult.Ok("200", 100))));

        Assert.Equal((Iterations, 0), (figures.Total.OkCount, figures.Total.FailCount));
        Assert.Equal(Iterations * 100, figures.Total.Bytes);
        Assert.Equal(Iterations * 100, Assert.Single(figures.Steps).Bytes);
        Assert.Equal(
            [new StatusFigures(OperationFigures.Iteration, "200", true, Iterations), new StatusFigures("ask", "200", true, Iterations)],
            figures.StatusCodes);
    }

    [Fact]
    public async Task Failures_of_a_step_count_once()
    {
        int iterations = 0;
        EngineFigures figures = await RunAsync(steps => steps.RunAsync("ask", 0, _ => ValueTask.FromResult(
            Interlocked.Increment(ref iterations) % 5 == 0 ? StepResult.Fail("timed-out", "no answer") : StepResult.Ok("200", 1))));

        Assert.Equal((8, 2), (figures.Total.OkCount, figures.Total.FailCount));
        Assert.Equal(
            [new FailureFigures(OperationFigures.Iteration, "timed-out", 2, "no answer"), new FailureFigures("ask", "timed-out", 2, "no answer")],
            figures.Failures);
    }

    [Fact]
    public async Task An_iteration_of_several_steps_has_the_sum_of_their_bytes()
    {
        EngineFigures figures = await RunAsync(async steps =>
        {
            StepResult down = await steps.RunAsync("down", 0, static _ => ValueTask.FromResult(StepResult.Ok("200", 1000)));
            StepResult up = await steps.RunAsync("up", 0, static _ => ValueTask.FromResult(StepResult.Ok("405", 10)));
            return up with { SizeBytes = down.SizeBytes + up.SizeBytes };
        });

        Assert.Equal(Iterations * 1010, figures.Total.Bytes);
        Assert.Equal([Iterations * 1000, Iterations * 10], figures.Steps.Select(step => step.Bytes));
        Assert.Equal([Iterations, Iterations], figures.StatusCodes.Where(code => code.Step == OperationFigures.Iteration).Select(code => code.Count));
    }

    [Fact]
    public async Task What_happens_outside_of_any_step_is_told_by_the_iteration()
    {
        EngineFigures silent = await RunAsync(_ => ValueTask.FromResult(StepResult.Ok("done", 7)));
        EngineFigures broken = await RunAsync(async steps =>
        {
            await steps.RunAsync("ask", 0, static _ => ValueTask.FromResult(StepResult.Ok("200", 100)));
            throw new IOException("gone");
        });

        Assert.Equal(Iterations * 7, silent.Total.Bytes);
        Assert.Equal([new StatusFigures(OperationFigures.Iteration, "done", true, Iterations)], silent.StatusCodes);
        Assert.Equal((0, Iterations), (broken.Total.OkCount, broken.Total.FailCount));
        Assert.Equal([new FailureFigures(OperationFigures.Iteration, nameof(IOException), Iterations, "gone")], broken.Failures);
    }

    private static Task<EngineFigures> RunAsync(Func<IStepRunner, ValueTask<StepResult>> iteration)
    {
        ScenarioDefinition scenario = new("fake", "", ServerKind.Echo, false, Profile, [], _ => new FakeWorkload(iteration));
        WorkloadTarget target = new(new IPEndPoint(IPAddress.Loopback, 1), Profile.Peak, 100);
        return new NBomberEngine().RunAsync(new EngineRun("fake", scenario, target, Profile, TimeSpan.Zero, "none"), CancellationToken.None);
    }
}
