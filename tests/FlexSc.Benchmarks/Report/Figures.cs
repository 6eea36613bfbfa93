using System.Globalization;
using FlexSc.Measuring;

namespace FlexSc.Benchmarks.Report;

/// <summary>How figures are written.</summary>
internal static class Figures
{
    public const string Missing = "-";

    public static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? Missing;

    public static string Median(Spread? spread, string format) => Number(spread?.Median, format);

    /// <summary>Median, with smallest and largest where they differ.</summary>
    public static string Range(Spread? spread, string format) => spread is null || spread.Min == spread.Max
        ? Median(spread, format)
        : $"{Number(spread.Median, format)} ({Number(spread.Min, format)}-{Number(spread.Max, format)})";

    /// <summary>A remark is "what: why". A table has room for the first part.</summary>
    public static string Short(IEnumerable<string> remarks) => string.Join("; ", remarks.Select(remark => remark.Split(':')[0]).Distinct());
}
