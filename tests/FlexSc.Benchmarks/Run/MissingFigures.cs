using FlexSc.Measuring;

namespace FlexSc.Benchmarks.Run;

/// <summary>Why figures of a run are missing, for its report; told when it happens. Used from one thread.</summary>
internal sealed class MissingFigures
{
    private readonly List<string> _reasons = [];

    public IReadOnlyList<string> Reasons => _reasons;

    /// <summary>Measures; what fails ends nothing else.</summary>
    /// <param name="what">What is measured.</param>
    /// <param name="measure">Does it.</param>
    public void Note(string what, Action measure)
    {
        try
        {
            measure();
        }
        catch (MeasurementException failure)
        {
            Note($"{what}: {failure.Message}");
        }
    }

    public void Note(string reason)
    {
        Progress.Write(reason);
        _reasons.Add(reason);
    }
}
