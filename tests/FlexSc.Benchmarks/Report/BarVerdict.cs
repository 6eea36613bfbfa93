using FlexSc.Measuring;

namespace FlexSc.Benchmarks.Report;

/// <summary>Whether a ratio is within its bar: by the median of the rounds, and said when a round says otherwise.</summary>
internal static class BarVerdict
{
    public const string Met = "met";
    public const string Missed = "missed";

    /// <param name="ratio">Over the rounds; null where there are none.</param>
    /// <param name="most">The most that it may be.</param>
    /// <param name="rounds">What the rounds are called, in the singular.</param>
    public static string? Of(Spread? ratio, double most, string rounds = "round")
    {
        if (ratio is null)
        {
            return null;
        }

        bool isMet = ratio.Median <= most;
        bool isUnanimous = isMet ? ratio.Max <= most : ratio.Min > most;
        return $"{(isMet ? Met : Missed)}{(isUnanimous ? "" : $", not in every {rounds}")}";
    }
}
