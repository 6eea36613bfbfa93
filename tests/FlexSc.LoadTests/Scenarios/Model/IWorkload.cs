namespace FlexSc.LoadTests.Scenarios.Model;

/// <summary>What the virtual users of a scenario do, without a word about how many there are or when they come.</summary>
internal interface IWorkload : IAsyncDisposable
{
    /// <summary>Brings the server into the state the iterations expect. Runs once, before any of them.</summary>
    Task PrepareAsync();

    /// <summary>One iteration of one user. Any number run at once; each ends by its own deadlines.</summary>
    ValueTask<StepResult> RunAsync(IStepRunner steps);
}
