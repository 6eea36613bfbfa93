using FlexSc.Measuring;

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
            : measured.Uncertain is { } rounds ? OfRounds(rounds)
            : IsMet(value) ? Verdicts.Met : Verdicts.Missed;
        return new TargetResult(Work, Figure, Bound, AtLeast, measured.Value, verdict, measured.Note);
    }

    private bool IsMet(double value) => AtLeast ? value >= Bound : value <= Bound;

    private string OfRounds(Spread rounds)
    {
        (bool smallest, bool largest) = (IsMet(rounds.Min), IsMet(rounds.Max));
        return smallest != largest ? Verdicts.NotMeasured : smallest ? Verdicts.MetInEveryRound : Verdicts.MissedInEveryRound;
    }
}

/// <summary>What a run says about a figure.</summary>
/// <param name="Value">Null when the run has no such cells.</param>
/// <param name="Note">The remarks of the cells, or why there is no value.</param>
/// <param name="Uncertain">The figure over the rounds where those of a cell lie too far apart for one figure; null otherwise.</param>
internal sealed record Measured(double? Value, string Note, Spread? Uncertain = null)
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

    /// <summary>The rounds lie too far apart for a figure, but all of them on this side of the bound.</summary>
    public const string MetInEveryRound = "met in every round";

    /// <summary>Likewise.</summary>
    public const string MissedInEveryRound = "missed in every round";
}
