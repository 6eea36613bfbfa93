using System.Globalization;
using System.Text.RegularExpressions;

namespace FlexSc.Measuring.Load;

/// <summary>Reads what wrk prints with the script wrk.lua.</summary>
internal static partial class WrkOutput
{
    /// <exception cref="MeasurementException">A part is missing: another version of wrk, or it did not connect.</exception>
    public static LoadResult Parse(string text)
    {
        Match requests = RequestsPattern().Match(text);
        Match percentiles = PercentilesPattern().Match(text);
        if (!requests.Success || !percentiles.Success)
        {
            throw new MeasurementException($"the output of wrk is not understood:\n{text.Trim()}");
        }

        Match socketErrors = SocketErrorsPattern().Match(text);
        Match statusErrors = StatusErrorsPattern().Match(text);
        long errors = socketErrors.Groups[2].Captures.Select(capture => Number(capture.Value)).Sum()
            + (statusErrors.Success ? Number(statusErrors.Groups[1].Value) : 0);
        string errorText = string.Join("; ", new[] { socketErrors, statusErrors }.Where(match => match.Success).Select(match => match.Value.Trim()));
        double[] microseconds = [.. percentiles.Groups.Values.Skip(1).Select(group => (double)Number(group.Value))];
        return new LoadResult(Number(requests.Groups[1].Value), microseconds[0], microseconds[1], microseconds[2], errors, errorText);
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\s*(\d+) requests in ", RegexOptions.Multiline)]
    private static partial Regex RequestsPattern();

    [GeneratedRegex(@"^percentiles us: (\d+) (\d+) (\d+)", RegexOptions.Multiline)]
    private static partial Regex PercentilesPattern();

    [GeneratedRegex(@"Socket errors:(?:,? (connect|read|write|timeout) (\d+))+")]
    private static partial Regex SocketErrorsPattern();

    [GeneratedRegex(@"Non-2xx or 3xx responses: (\d+)")]
    private static partial Regex StatusErrorsPattern();
}
