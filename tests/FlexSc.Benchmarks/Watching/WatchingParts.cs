using System.Globalization;
using System.Text.Json.Serialization;

namespace FlexSc.Benchmarks.Watching;

/// <summary>
/// What one who reads costs, taken apart: each request while somebody listens, and each reading. Together they say what the bar is about far
/// more exactly than windows in which both happen.
/// </summary>
/// <param name="Watcher">Who reads.</param>
/// <param name="PerRequestUs">CPU us that a request takes more.</param>
/// <param name="PerReadingUs">CPU us that a reading takes.</param>
/// <param name="BasePerRequestUs">CPU us of a request at the load with a pace, with nobody looking.</param>
/// <param name="OfferedPerSecond">Requests a second of that load; there is one reading a second.</param>
internal sealed record WatchingParts(
    string Watcher,
    [property: JsonIgnore] MedianInterval PerRequestUs,
    [property: JsonIgnore] MedianInterval PerReadingUs,
    double BasePerRequestUs,
    int OfferedPerSecond)
{
    /// <summary>What it costs of the CPU time of the load with a pace, in percent: what is likeliest.</summary>
    public double MedianPercent => Percent(PerRequestUs.Median, PerReadingUs.Median);

    /// <summary>The same with both parts at the lower end of their intervals.</summary>
    public double LowPercent => Percent(PerRequestUs.Low, PerReadingUs.Low);

    /// <summary>The same at the upper ends.</summary>
    public double HighPercent => Percent(PerRequestUs.High, PerReadingUs.High);

    public WatchingVerdict Judge(double barPercent) => HighPercent <= barPercent ? WatchingVerdict.Met
        : LowPercent > barPercent ? WatchingVerdict.Missed
        : WatchingVerdict.Undecided;

    /// <summary>From the pairs of windows that a server answered with.</summary>
    /// <param name="pairs">For each CPU time in ns and requests of nobody's window, then the watcher's, separated by slashes.</param>
    /// <returns>CPU us that a request took more, of each pair in which both windows served some.</returns>
    public static IEnumerable<double> MorePerRequest(IEnumerable<string> pairs) => pairs.Select(Numbers)
        .Where(static pair => pair[1] > 0 && pair[3] > 0)
        .Select(static pair => ((pair[2] / pair[3]) - (pair[0] / pair[1])) / NanosecondsPerMicrosecond);

    /// <summary>From the readings that a server answered with.</summary>
    /// <param name="readings">For each the CPU time in ns of a pause without and with one, separated by a slash.</param>
    /// <returns>CPU us of each reading.</returns>
    public static IEnumerable<double> OfReadings(IEnumerable<string> readings) => readings.Select(Numbers)
        .Select(static reading => (reading[1] - reading[0]) / NanosecondsPerMicrosecond);

    private const double NanosecondsPerMicrosecond = 1000;

    private static double[] Numbers(string text) =>
        [.. text.Split('/').Select(static number => double.Parse(number, CultureInfo.InvariantCulture))];

    private double Percent(double perRequestUs, double perReadingUs) =>
        100 * (perRequestUs + (perReadingUs / OfferedPerSecond)) / BasePerRequestUs;
}
