using System.Text.Json.Serialization;
using Perfolizer.Mathematics.Common;
using Perfolizer.Mathematics.SignificanceTesting.Base;
using Perfolizer.Mathematics.SignificanceTesting.MannWhitney;
using Perfolizer.Metrology;
using Pragmastat;

namespace FlexSc.Benchmarks.Regress;

/// <summary>What is shown of a cell.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RegressVerdict>))]
internal enum RegressVerdict
{
    /// <summary>The figures show none of the others: too few launches, or too far apart.</summary>
    Undecided,

    /// <summary>The difference is less than the margin, in either direction.</summary>
    Same,

    /// <summary>A request costs less, by more than the margin.</summary>
    Better,

    /// <summary>A request costs more, by more than the margin.</summary>
    Worse,
}

/// <summary>A verdict, and how sure it is, over all cells of the run together.</summary>
internal sealed record Judgement(RegressVerdict Verdict, double Confidence);

/// <summary>
/// Compares the ratios of the working tree with those of the control, launch by launch, by the exact one-sided Mann-Whitney test with a
/// margin: worse where they lie above the control's by more than the margin, better where below, same where both are ruled out. The control
/// is an A/A comparison under the same load at the same time, so what processes of the same program differ by is in both samples. Each cell
/// gets an equal part of what may be wrong in all (Bonferroni).
/// </summary>
/// <param name="margin">Difference that does not count, as a part of the cost: 0.03 for 3 %.</param>
/// <param name="cells">Cells of the run.</param>
internal sealed class RegressJudge(double margin, int cells)
{
    /// <summary>At least so sure is a verdict, for all cells together.</summary>
    public const double Confidence = 0.95;

    /// <summary>Launches below which no figures whatever could be told apart with that confidence.</summary>
    public static int LeastLaunches(int cells)
    {
        int launches = 1;
        for (double orders = 2; cells / orders > 1 - Confidence; launches++)
        {
            // Of n + n values there are 2n over n orders, and one of them has all of the first above all of the second.
            orders = orders * ((2 * launches) + 1) * ((2 * launches) + 2) / (launches + 1) / (launches + 1);
        }

        return launches;
    }

    public Judgement Judge(IReadOnlyList<double> after, IReadOnlyList<double> control)
    {
        if (after.Count == 0 || control.Count == 0)
        {
            return new Judgement(RegressVerdict.Undecided, 0);
        }

        double[] above = [.. control.Select(value => value * (1 + margin))];
        double[] below = [.. control.Select(value => value / (1 + margin))];
        double[] own = [.. after];
        return new[]
            {
                new Judgement(RegressVerdict.Worse, SureThat(own, above)),
                new Judgement(RegressVerdict.Better, SureThat(below, own)),
                new Judgement(RegressVerdict.Same, Math.Min(SureThat(above, own), SureThat(own, below))),
            }
            .Where(static judgement => judgement.Confidence >= Confidence)
            .MaxBy(static judgement => judgement.Confidence)
            ?? new Judgement(RegressVerdict.Undecided, 0);
    }

    /// <summary>How sure it is that one sample is larger than another, after what the number of cells takes off.</summary>
    private double SureThat(double[] larger, double[] smaller) => 1 - Math.Min(1, cells * PValue(larger, smaller));

    /// <summary>
    /// Probability of an order like this one, or one that speaks more for the first sample to be larger, where neither is.
    /// </summary>
    internal static double PValue(double[] larger, double[] smaller) => MannWhitneyTest.Instance.PerformStrategy(
        new Sample(larger), new Sample(smaller), AlternativeHypothesis.Greater, Threshold.Zero, MannWhitneyStrategy.LoefflerExact).PValue;
}
