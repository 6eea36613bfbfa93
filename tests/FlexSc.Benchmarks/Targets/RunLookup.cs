using System.Globalization;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring;
using FlexSc.Measuring.Counters;
using FlexSc.Measuring.Load;

namespace FlexSc.Benchmarks.Targets;

/// <summary>Finds rows of a run and relates them: ratios are taken within a round, then their median.</summary>
internal sealed class RunLookup(RunReport report)
{
    public RunReport Report => report;

    public Row? Row(CellName cell) =>
        report.Group(cell.Group)?.Rows.FirstOrDefault(row => row.Peer == cell.Peer && row.Shape == cell.Shape);

    /// <summary>A figure of one cell relative to another's.</summary>
    public Measured Ratio(CellName numerator, CellName denominator, Func<CellResult, double?> figure)
    {
        if (Missing(numerator) is { } first)
        {
            return first;
        }

        if (Missing(denominator) is { } second)
        {
            return second;
        }

        Dictionary<int, double> reference = Good(denominator, figure).ToDictionary(value => value.Round, value => value.Value);
        Spread? ratio = Spread.Of(Good(numerator, figure).Where(value => reference.ContainsKey(value.Round)).Select(value => value.Value / reference[value.Round]));
        Row top = Row(numerator)!;
        Row bottom = Row(denominator)!;
        return ratio is null
            ? Measured.Missing($"{numerator.Peer} and {denominator.Peer} have no good round together")
            : new Measured(ratio.Median, Note(top, bottom, ratio), top.IsTooSpread || bottom.IsTooSpread ? ratio : null);
    }

    public Measured CpuRatio(CellName numerator, CellName denominator) => Ratio(numerator, denominator, cell => cell.Figures?.CpuUsPerRequest);

    /// <summary>System calls for each request, relative to another's. They have one window of their own, no rounds.</summary>
    public Measured TrapRatio(CellName numerator, CellName denominator)
    {
        if ((Missing(numerator) ?? Missing(denominator)) is { } missing)
        {
            return missing;
        }

        TrapFigure own = Row(numerator)!.Traps;
        TrapFigure other = Row(denominator)!.Traps;
        return own.PerRequest is not { } first ? Measured.Missing(own.Source)
            : other.PerRequest is not { } second ? Measured.Missing(other.Source)
            : new Measured(first / second, string.Create(CultureInfo.InvariantCulture, $"{first:0.000} against {second:0.000}"));
    }

    private Measured? Missing(CellName cell)
    {
        if (report.Group(cell.Group) is null)
        {
            return Measured.Missing($"the run has no {cell.Group}");
        }

        return Row(cell) is not { } row ? Measured.Missing($"the run has no {cell.Peer} at {cell.Shape}")
            : row.GoodRounds == 0 ? Measured.Missing($"{cell.Peer}: {string.Join("; ", row.Remarks)}")
            : null;
    }

    private IEnumerable<(int Round, double Value)> Good(CellName cell, Func<CellResult, double?> figure) => report.Group(cell.Group)!.Cells
        .Where(result => result.Peer == cell.Peer && result.Shape == cell.Shape && result.Discarded is null)
        .Select(result => (result.Round, figure(result)))
        .Where(value => value.Item2 is not null)
        .Select(value => (value.Round, value.Item2!.Value));

    private static string Note(Row top, Row bottom, Spread ratio)
    {
        string range = ratio.Min == ratio.Max ? "" : string.Create(CultureInfo.InvariantCulture, $"{ratio.Min:0.00}-{ratio.Max:0.00}");
        string remarks = string.Join("; ", ((Row[])[top, bottom])
            .Select(row => (row.Peer, Text: string.Join(", ", row.Remarks.Where(IsOfCost).Select(Short).Distinct())))
            .Where(remark => remark.Text.Length > 0)
            .Select(remark => $"{remark.Peer}: {remark.Text}"));
        return string.Join("; ", ((string[])[range, remarks]).Where(text => text.Length > 0));
    }

    // A generator that was the bound, or has the same cores, makes throughput worthless, not the cost.
    private static bool IsOfCost(string remark) => remark is not (RowRemarks.GeneratorBound or RowRemarks.NotSaturated or RowRemarks.SharedCores);

    private static string Short(string remark) => remark.Split(':')[0];
}

/// <summary>Which cell of a run.</summary>
internal sealed record CellName(string Group, string Peer, LoadShape Shape);
