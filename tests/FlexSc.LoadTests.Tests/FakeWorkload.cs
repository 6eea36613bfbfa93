using FlexSc.LoadTests.Scenarios.Model;

namespace FlexSc.LoadTests.Tests;

/// <summary>A workload that is a delegate.</summary>
internal sealed class FakeWorkload(Func<IStepRunner, ValueTask<StepResult>> run, Exception? preparation = null) : IWorkload
{
    public Task PrepareAsync() => preparation is null ? Task.CompletedTask : Task.FromException(preparation);

    public ValueTask<StepResult> RunAsync(IStepRunner steps) => run(steps);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
