namespace FlexSc.Benchmarks.Targets;

/// <summary>A bound the project set itself.</summary>
/// <param name="Work">What is done, as the project's table of targets names it.</param>
/// <param name="Figure">What is compared.</param>
/// <param name="Bound">The bound.</param>
/// <param name="AtLeast">Whether the figure has to reach the bound instead of staying below it.</param>
/// <param name="Measure">Finds the figure in a run.</param>
internal sealed record Target(string Work, string Figure, double Bound, bool AtLeast, Func<Measured> Measure)
{
    public TargetResult Evaluate()
    {
        Measured measured = Measure();
        string verdict = measured.Value is not { } value ? Verdicts.NotMeasured
            : measured.IsUnreliable ? Verdicts.NotMeasured
            : (AtLeast ? value >= Bound : value <= Bound) ? Verdicts.Met : Verdicts.Missed;
        return new TargetResult(Work, Figure, Bound, AtLeast, measured.Value, verdict, measured.Note);
    }
}

/// <summary>What a run says about a figure.</summary>
/// <param name="Value">Null when the run has no such cells.</param>
/// <param name="Note">The remarks of the cells, or why there is no value.</param>
/// <param name="IsUnreliable">Whether the cells are too far apart to decide anything.</param>
internal sealed record Measured(double? Value, string Note, bool IsUnreliable = false)
{
    public static Measured Missing(string why) => new(null, why);
}

/// <summary>A target and what a run says about it.</summary>
internal sealed record TargetResult(string Work, string Figure, double Bound, bool AtLeast, double? Value, string Verdict, string Note);

internal static class Verdicts
{
    public const string Met = "met";
    public const string Missed = "missed";
    public const string NotMeasured = "not measured";
}
