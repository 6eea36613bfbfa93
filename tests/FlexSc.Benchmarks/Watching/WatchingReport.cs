using System.Globalization;
using System.Text.Json.Serialization;
using FlexSc.Benchmarks.Report;
using FlexSc.Measuring;
using FlexSc.Measuring.Machine;

namespace FlexSc.Benchmarks.Watching;

/// <summary>What the windows show of a watcher.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<WatchingVerdict>))]
internal enum WatchingVerdict
{
    /// <summary>It has no bar.</summary>
    None,

    /// <summary>It costs no more than the bar.</summary>
    Met,

    /// <summary>It costs more than the bar.</summary>
    Missed,

    /// <summary>Neither: the windows lie too far apart.</summary>
    Undecided,
}

/// <summary>A watcher under a load, over all rounds.</summary>
/// <param name="CpuUsPerRequest">CPU time of the server.</param>
/// <param name="Ratio">The same relative to nobody in the same round; null for nobody. Not in the file, which knows no infinity.</param>
internal sealed record WatchingRow(
    string Load,
    string Watcher,
    Spread CpuUsPerRequest,
    [property: JsonIgnore] MedianInterval? Ratio,
    WatchingVerdict Verdict);

/// <summary>What came of it, with all that the verdicts were made from.</summary>
/// <param name="Parts">The costs of those who read, taken apart.</param>
/// <param name="Failures">Why some windows are missing.</param>
internal sealed record WatchingReport(
    DateTime Utc,
    MachineFacts Machine,
    WatchingOptions Options,
    IReadOnlyList<WatchingRow> Rows,
    IReadOnlyList<WatchingCell> Cells,
    IReadOnlyList<WatchingParts> Parts,
    IReadOnlyList<string> Failures) : IExperimentReport
{
    /// <summary>Whether every watcher has figures under every load.</summary>
    public bool IsWhole => Rows.Count == WatchingLoad.Count * Watcher.All.Count
        && Rows.All(static row => row.Watcher == Watcher.Nobody.Name || row.Ratio is not null)
        && Parts.Count == Watcher.All.Count(static watcher => watcher.Reads);

    public static WatchingReport Of(
        DateTime utc,
        MachineFacts machine,
        WatchingOptions options,
        IReadOnlyList<WatchingCell> cells,
        IReadOnlyList<WatchingParts> parts,
        IReadOnlyList<string> failures)
    {
        List<WatchingRow> rows = [];
        foreach (IGrouping<string, WatchingCell> load in cells.GroupBy(static cell => cell.Load))
        {
            Dictionary<(int, int), double> nobody = load.Where(static cell => cell.Watcher == Watcher.Nobody.Name)
                .ToDictionary(static cell => (cell.Launch, cell.Round), static cell => cell.CpuUsPerRequest);
            foreach (Watcher watcher in Watcher.All)
            {
                WatchingCell[] own = [.. load.Where(cell => cell.Watcher == watcher.Name)];
                MedianInterval? ratio = watcher == Watcher.Nobody ? null : MedianInterval.Of(own
                    .Where(cell => nobody.ContainsKey((cell.Launch, cell.Round)))
                    .Select(cell => cell.CpuUsPerRequest / nobody[(cell.Launch, cell.Round)]));
                if (Spread.Of(own.Select(static cell => cell.CpuUsPerRequest)) is { } spread)
                {
                    rows.Add(new WatchingRow(load.Key, watcher.Name, spread, ratio, Judge(watcher, ratio, options.BarPercent)));
                }
            }
        }

        return new WatchingReport(utc, machine, options, rows, cells, parts, failures);
    }

    public static WatchingVerdict Judge(Watcher watcher, MedianInterval? ratio, double barPercent)
    {
        double bar = 1 + (barPercent / 100);
        return !watcher.IsBound ? WatchingVerdict.None
            : ratio is null ? WatchingVerdict.Undecided
            : ratio.High <= bar ? WatchingVerdict.Met
            : ratio.Low > bar ? WatchingVerdict.Missed
            : WatchingVerdict.Undecided;
    }

    public IEnumerable<TextTable> ToTables() => [ToTable(), ToTableOfParts()];

    private TextTable ToTable()
    {
        TextTable table = new(
            FormattableString.Invariant(
                $"CPU per request, looked at and not: {Options.Launches} launches of {Options.Rounds} rounds of {Options.Seconds} s"),
            "<load", "<watcher", "CPU us/request", "x nobody", "95 % sure", "rounds", "<bar");
        foreach (WatchingRow row in Rows)
        {
            table.Add(
                row.Load,
                row.Watcher,
                Figures.Range(row.CpuUsPerRequest, "0.00"),
                Figures.Number(row.Ratio?.Median, "0.000"),
                row.Ratio is { } ratio && double.IsFinite(ratio.Low)
                    ? string.Create(CultureInfo.InvariantCulture, $"{ratio.Low:0.000}-{ratio.High:0.000}")
                    : Figures.Missing,
                row.Ratio?.Count.ToString(CultureInfo.InvariantCulture) ?? Figures.Missing,
                Words(row.Verdict));
        }

        table.Notes.Add(FormattableString.Invariant(
            $"bar: {Options.BarPercent} % more than nobody; the ratio is taken within each round, by windows of one process"));
        table.Notes.AddRange(Rows.Where(static row => row.Watcher == Watcher.Control.Name).Select(NoteOfNoise));
        return table;
    }

    /// <summary>The costs taken apart; what each is of the load with a pace.</summary>
    private TextTable ToTableOfParts()
    {
        TextTable table = new(
            FormattableString.Invariant($"what reading once a second costs at {Options.OfferedPerSecond} requests/s, taken apart"),
            "<watcher", "us more/request", "95 % sure", "us/reading", "95 % sure", "% of nobody", "95 % sure", "<bar");
        foreach (WatchingParts parts in Parts)
        {
            table.Add(
                parts.Watcher,
                Figures.Number(parts.PerRequestUs.Median, "0.000"),
                Range(parts.PerRequestUs.Low, parts.PerRequestUs.High, "0.000"),
                Figures.Number(parts.PerReadingUs.Median, "0"),
                Range(parts.PerReadingUs.Low, parts.PerReadingUs.High, "0"),
                Figures.Number(parts.MedianPercent, "0.00"),
                Range(parts.LowPercent, parts.HighPercent, "0.00"),
                Words(parts.Judge(Options.BarPercent)));
        }

        table.Notes.Add(FormattableString.Invariant(
            $"a request's part by {Options.Pairs} pairs of windows of {Options.PairWindowMs} ms in each launch, all connections busy; nobody: {(Parts.Count > 0 ? Parts[0].BasePerRequestUs : double.NaN):0.0} us/request at {Options.OfferedPerSecond} requests/s"));
        return table;
    }

    private static string Range(double low, double high, string format) => double.IsFinite(low)
        ? $"{low.ToString(format, CultureInfo.InvariantCulture)} to {high.ToString(format, CultureInfo.InvariantCulture)}"
        : Figures.Missing;

    private static string Words(WatchingVerdict verdict) => verdict switch
    {
        WatchingVerdict.None => "",
        WatchingVerdict.Undecided => "not shown: the noise is larger than what is left to the bar",
        _ => verdict.ToString().ToLowerInvariant(),
    };

    private string NoteOfNoise(WatchingRow control)
    {
        double percent = control.Ratio is { } ratio ? 100 * Math.Max(ratio.High - 1, 1 - ratio.Low) : double.PositiveInfinity;
        string judged = percent > Options.BarPercent ? ": that is more than the bar" : "";
        return double.IsInfinity(percent)
            ? $"{control.Load}: too few rounds to tell the noise"
            : FormattableString.Invariant($"{control.Load}: the control, which is nobody too, is within {percent:0.0} % of nobody{judged}");
    }
}
