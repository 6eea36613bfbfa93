using System.Globalization;
using FlexSc.Measuring;

namespace FlexSc.Benchmarks.Report;

/// <summary>What servers transfer for their CPU.</summary>
internal static class TransferTable
{
    public static TextTable Of(IReadOnlyList<TransferRow> rows)
    {
        TextTable table = new(
            "transfers by CPU: the server on one core, the generator on the other", "<work", "<server", "/s", "/CPU second", "x baseline", "lost", "<baseline", "<remarks");
        foreach (TransferRow row in rows)
        {
            table.Add(
                $"{row.Unit}: {row.Work}", row.Variant, Text(row.PerSecond, "0"), Text(row.PerCpuSecond, "0"), Text(row.Ratio, "0.00"),
                row.Lost.ToString(CultureInfo.InvariantCulture), row.Variant == row.Baseline ? "" : row.Baseline, row.Remark ?? "");
        }

        return table;
    }

    private static string Text(Spread? spread, string format) => spread is null ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{spread.Median.ToString(format, CultureInfo.InvariantCulture)} ({spread.Min.ToString(format, CultureInfo.InvariantCulture)} to {spread.Max.ToString(format, CultureInfo.InvariantCulture)})");
}
