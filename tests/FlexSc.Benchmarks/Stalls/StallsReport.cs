using System.Globalization;
using FlexSc.Benchmarks.Report;
using FlexSc.Measuring;
using FlexSc.Measuring.Machine;

namespace FlexSc.Benchmarks.Stalls;

/// <summary>What came of it: every round, from which the tables are made.</summary>
/// <param name="Failures">Why some rounds are missing.</param>
internal sealed record StallsReport(
    DateTime Utc, MachineFacts Machine, StallsOptions Options, IReadOnlyList<StallFigures> Figures, IReadOnlyList<string> Failures)
    : IExperimentReport
{
    private const double UsPerMs = 1000;

    /// <summary>Whether every case that was asked for has all of its rounds.</summary>
    public bool IsWhole => Options.Cases.All(name => Figures.Count(one => one.Case == name) == Options.Rounds);

    /// <summary>p99 after relative to before, round by round; null for a case without rounds.</summary>
    public Spread? RatioOf(string name) => Over(name, static one => one.AfterUs / one.BeforeUs);

    /// <summary>Whether the neighbours are as before; of a loop that was given up also whether all that came afterwards was served.</summary>
    public string? VerdictOf(string name) => Of(name).All(static one => one.GivenUp?.IsServed ?? true)
        ? BarVerdict.Of(RatioOf(name), Options.Bar)
        : $"{BarVerdict.Missed}: not all was served";

    public IEnumerable<TextTable> ToTables()
    {
        yield return Latencies();
        if (Figures.Any(static one => one.GivenUp is not null))
        {
            yield return GivenUp();
        }
    }

    private TextTable Latencies()
    {
        TextTable table = new(
            FormattableString.Invariant(
                $"Neighbours of an actor that holds up its loop: {Options.OfferedPerSecond} requests/s on {Options.Connections} connections, {Options.Rounds} rounds of {Options.Seconds} s"),
            "<case", "p99 us before", "control x before", "worst p99 ms meanwhile", "until ms", "stalls until then", "stalls after",
            "p99 us after", "after x before", "<bar");
        foreach (string name in Options.Cases.Where(name => Of(name).Any()))
        {
            table.Add(
                name,
                Report.Figures.Range(Over(name, static one => one.BeforeUs), "0"),
                Report.Figures.Range(Over(name, static one => one.ControlUs / one.BeforeUs), "0.00"),
                Report.Figures.Range(Over(name, static one => one.WorstUs / UsPerMs), "0"),
                Report.Figures.Range(Over(name, static one => one.UntilMs), "0"),
                Report.Figures.Range(Over(name, static one => one.Stalls), "0"),
                Report.Figures.Range(Over(name, static one => one.StallsAfter), "0"),
                Report.Figures.Range(Over(name, static one => one.AfterUs), "0"),
                Report.Figures.Range(RatioOf(name), "0.00"),
                VerdictOf(name)!);
        }

        table.Notes.Add(FormattableString.Invariant(
            $"block: {Options.BlockMs} ms for a message, compute: {Options.ComputeMs} ms, one message a second; deadlock: for ever, loops given up after {Options.GiveUpMs} ms"));
        table.Notes.Add("until: the actor is evicted, or the loop given up; after: the actor goes on, and neighbours come by new connections");
        table.Notes.Add(FormattableString.Invariant($"bar: {Options.Bar} of before; latency counts from when a request was due"));
        table.Notes.Add(IdleCores.Text(Options.KeepsCoresAwake));
        table.Notes.Add(Options.GeneratorIsFirst
            ? "the generator had its core before what the server ran there (SCHED_FIFO)"
            : "the generator had its core in turn with what the server ran there: that it waited is in the latencies");
        return table;
    }

    private TextTable GivenUp()
    {
        TextTable table = new(
            "What a loop that was given up takes with it, and what comes after",
            "<case", "round", "old connections answered", "new ones before it was given up answered", "longest ms", "new ones afterwards answered",
            "new actors answered", "<health before", "<health afterwards");
        foreach (StallFigures one in Figures.Where(static one => one.GivenUp is not null))
        {
            GivenUpFigures what = one.GivenUp!;
            table.Add(
                one.Case,
                one.Round.ToString(CultureInfo.InvariantCulture),
                OutOf(what.OldAnswered, what.OldAsked),
                OutOf(what.EarlyAnswered, what.EarlyTried),
                Report.Figures.Number(what.EarlyLongestMs, "0"),
                OutOf(what.NewAnswered, what.NewTried),
                OutOf(what.Actors.Answered, what.Actors.Asked),
                what.HealthBefore,
                $"{what.Health.Status}: {what.Health.Text}");
        }

        table.Notes.Add("old connections of the loop that is given up wait for it (docs/decisions/0025-loops-given-up.md); those of the other loop answer");
        return table;
    }

    private IEnumerable<StallFigures> Of(string name) => Figures.Where(one => one.Case == name);

    private Spread? Over(string name, Func<StallFigures, double?> figure) => Spread.Of(Of(name).Select(figure).OfType<double>());

    private static string OutOf(int part, int all) => FormattableString.Invariant($"{part} of {all}");
}
