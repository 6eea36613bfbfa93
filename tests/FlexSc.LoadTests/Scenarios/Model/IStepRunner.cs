namespace FlexSc.LoadTests.Scenarios.Model;

/// <summary>An engine's side of a step: it measures each by its name.</summary>
internal interface IStepRunner
{
    /// <summary>Runs a step and measures it. A failure of the connection is a failed step, no exception.</summary>
    /// <param name="name">One of the scenario's step names.</param>
    /// <param name="state">What the step works on; a static lambda and this avoid a closure for each iteration.</param>
    /// <param name="step">The step. It has a deadline of its own.</param>
    ValueTask<StepResult> RunAsync<TState>(string name, TState state, Func<TState, ValueTask<StepResult>> step);
}
