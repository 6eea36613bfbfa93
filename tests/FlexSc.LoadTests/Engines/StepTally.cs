using FlexSc.LoadTests.Scenarios.Model;

namespace FlexSc.LoadTests.Engines;

/// <summary>
/// What the steps of one iteration have told an engine that adds the sizes and status codes of steps to those of the iteration: the
/// iteration then tells no more than the rest, so that nothing counts twice. Any thread may add.
/// </summary>
internal sealed class StepTally
{
    private readonly Lock _guard = new();
    private readonly HashSet<(bool IsOk, string StatusCode)> _told = [];
    private int _bytes;

    public void Add(StepResult step)
    {
        lock (_guard)
        {
            _told.Add((step.IsOk, step.StatusCode));
            _bytes += step.SizeBytes;
        }
    }

    /// <summary>The iteration's result without what its steps have told. A failure stays one; only its status may be known already.</summary>
    public StepResult RestOf(StepResult iteration)
    {
        lock (_guard)
        {
            return iteration with
            {
                SizeBytes = Math.Max(0, iteration.SizeBytes - _bytes),
                StatusCode = _told.Contains((iteration.IsOk, iteration.StatusCode)) ? "" : iteration.StatusCode,
            };
        }
    }
}
