namespace FlexSc.Measuring;

/// <summary>Median, smallest and largest of the rounds.</summary>
/// <param name="InnerMin">The smallest without the outermost quarter of the rounds on each side, rounded down; with fewer than five rounds the smallest of all.</param>
/// <param name="InnerMax">The largest likewise.</param>
internal sealed record Spread(double Median, double Min, double Max, double InnerMin, double InnerMax)
{
    private const int RoundsToTrim = 5;
    private const int TrimmedPart = 4;

    /// <summary>
    /// Difference of largest and smallest relative to the median, the outermost quarter of the rounds on each side left out: a disturbed round
    /// does not move a median.
    /// </summary>
    public double TrimmedPercent => Median == 0 ? 0 : 100 * (InnerMax - InnerMin) / Median;

    /// <returns>Null for no values.</returns>
    public static Spread? Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        if (sorted.Length == 0)
        {
            return null;
        }

        int middle = sorted.Length / 2;
        double median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        int trimmed = sorted.Length >= RoundsToTrim ? sorted.Length / TrimmedPart : 0;
        return new Spread(median, sorted[0], sorted[^1], sorted[trimmed], sorted[^(trimmed + 1)]);
    }
}
