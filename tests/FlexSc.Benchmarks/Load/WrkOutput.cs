using System.Globalization;
using System.Text.RegularExpressions;

namespace FlexSc.Benchmarks.Load;

/// <summary>Reads what <c>wrk --latency</c> prints.</summary>
internal static partial class WrkOutput
{
    /// <exception cref="BenchmarkException">A part is missing: another version of wrk, or it did not connect.</exception>
    public static LoadResult Parse(string text)
    {
        Match requests = RequestsPattern().Match(text);
        Match median = MedianPattern().Match(text);
        Match tail = TailPattern().Match(text);
        if (!requests.Success || !median.Success || !tail.Success)
        {
            throw new BenchmarkException($"the output of wrk is not understood:\n{text.Trim()}");
        }

        Match socketErrors = SocketErrorsPattern().Match(text);
        Match statusErrors = StatusErrorsPattern().Match(text);
        long errors = socketErrors.Groups[2].Captures.Select(capture => Number(capture.Value)).Sum()
            + (statusErrors.Success ? Number(statusErrors.Groups[1].Value) : 0);
        string errorText = string.Join("; ", new[] { socketErrors, statusErrors }.Where(match => match.Success).Select(match => match.Value.Trim()));
        return new LoadResult(Number(requests.Groups[1].Value), Microseconds(median), Microseconds(tail), errors, errorText);
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static double Microseconds(Match match)
    {
        double factor = match.Groups[2].Value switch
        {
            "us" => 1,
            "ms" => 1e3,
            "s" => 1e6,
            _ => 60e6,
        };
        return double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) * factor;
    }

    [GeneratedRegex(@"^\s*(\d+) requests in ", RegexOptions.Multiline)]
    private static partial Regex RequestsPattern();

    [GeneratedRegex(@"^\s*50%\s+([\d.]+)(us|ms|s|m)\s*$", RegexOptions.Multiline)]
    private static partial Regex MedianPattern();

    [GeneratedRegex(@"^\s*99%\s+([\d.]+)(us|ms|s|m)\s*$", RegexOptions.Multiline)]
    private static partial Regex TailPattern();

    [GeneratedRegex(@"Socket errors:(?:,? (connect|read|write|timeout) (\d+))+")]
    private static partial Regex SocketErrorsPattern();

    [GeneratedRegex(@"Non-2xx or 3xx responses: (\d+)")]
    private static partial Regex StatusErrorsPattern();
}
