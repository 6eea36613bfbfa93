namespace FlexSc.Benchmarks.Watching;

/// <summary>
/// Where the median of what values were drawn from lies, whatever its distribution: between two of the values in their order, by the
/// binomial distribution of how many of them lie below it (the interval that belongs to the sign test).
/// </summary>
/// <param name="Median">Of the values.</param>
/// <param name="Low">Lower end; minus infinity where so few values show nothing.</param>
/// <param name="High">Upper end; infinity likewise.</param>
/// <param name="Count">How many values there were.</param>
internal sealed record MedianInterval(double Median, double Low, double High, int Count)
{
    /// <summary>At least so sure it is that the median lies within.</summary>
    public const double Confidence = 0.95;

    /// <returns>Null for no values.</returns>
    public static MedianInterval? Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        if (Measuring.Spread.Of(sorted) is not { } spread)
        {
            return null;
        }

        int outside = LeftOut(sorted.Length);
        return outside < 0
            ? new MedianInterval(spread.Median, double.NegativeInfinity, double.PositiveInfinity, sorted.Length)
            : new MedianInterval(spread.Median, sorted[outside], sorted[^(outside + 1)], sorted.Length);
    }

    /// <summary>How many of the values, in their order, lie outside at each end; -1 where even the outermost are no ends.</summary>
    internal static int LeftOut(int count)
    {
        double probability = Math.Pow(0.5, count);
        double below = probability;
        int outside = -1;
        while (below <= (1 - Confidence) / 2)
        {
            outside++;
            probability *= (double)(count - outside) / (outside + 1);
            below += probability;
        }

        return outside;
    }
}
