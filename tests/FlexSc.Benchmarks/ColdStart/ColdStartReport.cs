using System.Globalization;
using FlexSc.Benchmarks.Report;
using FlexSc.Measuring;
using FlexSc.Measuring.Machine;

namespace FlexSc.Benchmarks.ColdStart;

/// <summary>What came of it: every launch, from which the tables are made.</summary>
/// <param name="Failures">Why some launches are missing.</param>
internal sealed record ColdStartReport(
    DateTime Utc, MachineFacts Machine, ColdStartOptions Options, IReadOnlyList<ColdStartLaunch> Launches, IReadOnlyList<string> Failures)
    : IExperimentReport
{
    // Of a load of a minute; a shorter one has the first of them.
    private static readonly int[] ShownSeconds = [1, 2, 3, 4, 5, 10, 20, 30, 60];

    /// <summary>Whether every variant that was asked for has a launch.</summary>
    public bool IsWhole => Options.Variants.All(name => Launches.Any(launch => launch.Variant == name));

    /// <summary>p99 of the first seconds relative to later, launch by launch; null for a variant without launches.</summary>
    public Spread? RatioOf(string variant) => Over(variant, launch => launch.EarlyP99Us(Options) / launch.LateP99Us(Options));

    /// <summary>Whether the median of the launches is within the bar, and whether all of them say the same.</summary>
    public string? VerdictOf(string variant) => BarVerdict.Of(RatioOf(variant), Options.Bar, "launch");

    public IEnumerable<TextTable> ToTables() => [Summary(), BySecond()];

    private TextTable Summary()
    {
        TextTable table = new(
            FormattableString.Invariant(
                $"{Options.OfferedPerSecond} requests/s on {Options.Connections} connections, {Options.Cores}, {Options.Launches} launches"),
            "<variant", "listens after ms", "p99 us at first", "worst second", "p99 us later", "at first x later", "<bar", "CPU us/request at first",
            "later", "memory MiB");
        foreach (string variant in Present())
        {
            table.Add(
                variant,
                Figures.Median(Over(variant, static launch => launch.StartMs), "0"),
                Figures.Range(Over(variant, launch => launch.EarlyP99Us(Options)), "0"),
                Figures.Median(Over(variant, launch => launch.WorstP99Us(Options)), "0"),
                Figures.Range(Over(variant, launch => launch.LateP99Us(Options)), "0"),
                Figures.Range(RatioOf(variant), "0.00"),
                VerdictOf(variant) ?? Figures.Missing,
                Figures.Median(Over(variant, static launch => launch.EarlyCpuUs), "0.0"),
                Figures.Median(Over(variant, static launch => launch.LateCpuUs), "0.0"),
                Figures.Median(Over(variant, static launch => launch.ResidentMiB), "0"));
        }

        table.Notes.Add(FormattableString.Invariant(
            $"at first: the median of seconds 1 to {Options.EarlySeconds}; later: of seconds {Options.LateAfterSeconds + 1} to {Options.LoadSeconds}"));
        table.Notes.Add(FormattableString.Invariant($"medians over the launches; bar: {Options.Bar} of later"));
        table.Notes.Add(IdleCores.Text(Options.KeepsCoresAwake));
        return table;
    }

    private TextTable BySecond()
    {
        int[] seconds = [.. ShownSeconds.Where(second => second <= Options.LoadSeconds)];
        TextTable table = new("p99 in us, second by second: medians over the launches", ["<variant", .. seconds.Select(Text)]);
        foreach (string variant in Present())
        {
            table.Add([variant, .. seconds.Select(second => Figures.Median(
                Over(variant, launch => launch.Seconds[second - 1].P99Us), "0"))]);
        }

        return table;
    }

    private IEnumerable<string> Present() => Options.Variants.Where(name => Launches.Any(launch => launch.Variant == name));

    private Spread? Over(string variant, Func<ColdStartLaunch, double> figure) =>
        Spread.Of(Launches.Where(launch => launch.Variant == variant).Select(figure));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
