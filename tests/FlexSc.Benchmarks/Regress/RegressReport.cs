using System.Globalization;
using FlexSc.Benchmarks.Report;
using FlexSc.Measuring;
using FlexSc.Measuring.Machine;

namespace FlexSc.Benchmarks.Regress;

/// <summary>What came of a comparison, with all that the verdicts were made from.</summary>
/// <param name="Before">The commit.</param>
/// <param name="Machine">The machine, and the commit and state of the working tree.</param>
/// <param name="Failures">Why some ratios are missing.</param>
internal sealed record RegressReport(
    string Before,
    DateTime Utc,
    MachineFacts Machine,
    RegressOptions Options,
    IReadOnlyList<RegressRow> Rows,
    IReadOnlyList<LaunchRatios> Ratios,
    IReadOnlyList<string> Failures)
{
    /// <summary>At least one cell is worse.</summary>
    public const int ExitWorse = 3;

    /// <summary>None is worse, and at least one is undecided.</summary>
    public const int ExitUndecided = 4;

    public int ExitCode => Rows.Any(static row => row.Judgement.Verdict == RegressVerdict.Worse) ? ExitWorse
        : Rows.Any(static row => row.Judgement.Verdict == RegressVerdict.Undecided) ? ExitUndecided
        : 0;

    /// <summary>Judges what the launches brought.</summary>
    public static RegressReport Of(
        string before, DateTime utc, MachineFacts machine, RegressOptions options, IReadOnlyList<LaunchRatios> ratios,
        IReadOnlyList<string> failures)
    {
        RegressJudge judge = new(options.MarginPercent / 100, options.Cells.Count);
        RegressRow[] rows =
        [
            .. RegressCell.All.Where(options.Includes).Select(cell =>
            {
                LaunchRatios[] own = [.. ratios.Where(ratio => ratio.Cell == cell.Name)];
                double[] after = [.. own.Select(static ratio => ratio.After)];
                double[] control = [.. own.Select(static ratio => ratio.Control)];
                return new RegressRow(cell.Name, own.Length, Spread.Of(after), Spread.Of(control), judge.Judge(after, control));
            }),
        ];
        return new RegressReport(before, utc, machine, options, rows, ratios, failures);
    }

    public TextTable ToTable()
    {
        string tree = Machine.UncommittedChanges == true ? "the working tree, with changes, on" : "the working tree at";
        TextTable table = new(
            FormattableString.Invariant(
                $"CPU per request: {tree} {Short(Machine.Commit)} relative to {Short(Before)}, {Options.Launches} launches"),
            "<cell", "launches", "working tree", "control", "<verdict", "confidence %");
        foreach (RegressRow row in Rows)
        {
            table.Add(
                row.Cell,
                row.Launches.ToString(CultureInfo.InvariantCulture),
                Figures.Range(row.After, "0.000"),
                Figures.Range(row.Control, "0.000"),
                row.Judgement.Verdict.ToString().ToLowerInvariant(),
                row.Judgement.Verdict == RegressVerdict.Undecided
                    ? Figures.Missing
                    : Figures.Number(100 * row.Judgement.Confidence, "0.0"));
        }

        table.Notes.Add(FormattableString.Invariant(
            $"better, same, worse: by more or less than {Options.MarginPercent} % against the control, which is the commit once more"));
        table.Notes.Add(FormattableString.Invariant(
            $"by the exact Mann-Whitney test, at least {100 * RegressJudge.Confidence} % sure for all cells together"));
        return table;
    }

    private static string Short(string commit) => commit.Length > 10 ? commit[..10] : commit;
}

/// <summary>One cell over its launches. Figures are null where no launch is whole.</summary>
internal sealed record RegressRow(string Cell, int Launches, Spread? After, Spread? Control, Judgement Judgement);
