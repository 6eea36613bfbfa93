namespace FlexSc.Benchmarks.Report;

/// <summary>Median, smallest and largest of the rounds.</summary>
internal sealed record Spread(double Median, double Min, double Max)
{
    /// <summary>Difference of largest and smallest relative to the median.</summary>
    public double Percent => Median == 0 ? 0 : 100 * (Max - Min) / Median;

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
        return new Spread(median, sorted[0], sorted[^1]);
    }
}
