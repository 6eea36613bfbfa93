using FlexSc.Benchmarks.Report;

namespace FlexSc.Benchmarks.Parts;

/// <summary>One piece of a run.</summary>
internal interface IPart
{
    /// <summary>As the plan names it.</summary>
    string Title { get; }

    /// <summary>How long it will take, builds left out.</summary>
    double EstimatedSeconds { get; }

    /// <summary>Measures. What cannot be measured becomes a row with a reason; only what nobody foresaw is thrown.</summary>
    /// <param name="soFar">What the parts before brought.</param>
    /// <returns>The report with this part's share.</returns>
    RunReport Run(RunReport soFar);
}
