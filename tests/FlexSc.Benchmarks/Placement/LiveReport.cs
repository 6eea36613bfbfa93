using FlexSc.Benchmarks.Report;
using FlexSc.Measuring;
using FlexSc.Measuring.Machine;

namespace FlexSc.Benchmarks.Placement;

/// <summary>What a live run showed: throughput beside the better of the splits that stay, and what was decided and why.</summary>
/// <param name="Cells">Of all policies in all phases.</param>
/// <param name="Told">What each policy's program told, its decisions among it.</param>
/// <param name="WrongSplit">What the program told that was placed wrongly.</param>
/// <param name="Failures">Why some cells are missing.</param>
internal sealed record LiveReport(
    DateTime Utc,
    MachineFacts Machine,
    LiveOptions Options,
    IReadOnlyList<LiveCell> Cells,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Told,
    IReadOnlyList<string> WrongSplit,
    IReadOnlyList<string> Failures) : IExperimentReport
{
    /// <summary>Whether each policy has its figure in each phase of each round.</summary>
    public bool IsWhole => LivePhase.Measured.All(phase => Rounds(phase.Name).Count == Options.Rounds);

    /// <summary>Whether the wrong split was told in a warning: a syscall core on the core of a busy loop.</summary>
    public bool IsWrongSplitReported => WrongSplit.Any(static line =>
        line.Contains("warning: ", StringComparison.Ordinal) && line.Contains("runs loop", StringComparison.Ordinal));

    /// <summary>The better of the two splits that stay, by its median; null where there is no round.</summary>
    public string? BetterOf(string phase) => Rounds(phase) is { Count: > 0 } rounds
        ? new[] { LivePolicy.Inline, LivePolicy.Static }.MaxBy(policy => Spread.Of(rounds.Select(round => round[policy]))!.Median)
        : null;

    /// <summary>Adaptive relative to the better one, round by round; null where there is no round.</summary>
    public Spread? RatioOf(string phase) => BetterOf(phase) is { } better
        ? Spread.Of(Rounds(phase).Select(round => round[LivePolicy.Adaptive] / round[better]))
        : null;

    /// <summary>Better or the same where it reaches what it has to, by the median of the rounds; missed where it does not.</summary>
    public string? VerdictOf(string phase)
    {
        if (RatioOf(phase) is not { } ratio)
        {
            return null;
        }

        // As far above as below is still the same.
        string verdict = Judge(ratio.Median);
        return Judge(ratio.Min) == verdict && Judge(ratio.Max) == verdict ? verdict : $"{verdict}, not in every round";
    }

    public IEnumerable<TextTable> ToTables()
    {
        yield return Throughput();
        yield return Decisions();
    }

    private string Judge(double relative) => relative < Options.LeastRelative ? BarVerdict.Missed : relative > 1 / Options.LeastRelative ? "better" : "same";

    private TextTable Throughput()
    {
        TextTable table = new(
            FormattableString.Invariant($"Requests a second, thousands: {Options.Rounds} rounds of {Options.Seconds} s, the policies in turn in each phase"),
            ["<phase", .. LivePolicy.Names, "<better of the first two", "adaptive x better", "<bar"]);
        foreach (string phase in LivePhase.Measured.Select(static phase => phase.Name))
        {
            IReadOnlyList<IReadOnlyDictionary<string, double>> rounds = Rounds(phase);
            table.Add(
            [
                phase,
                .. LivePolicy.Names.Select(policy => Figures.Range(Spread.Of(rounds.Select(round => round[policy] / 1000)), "0.0")),
                BetterOf(phase) ?? Figures.Missing,
                Figures.Range(RatioOf(phase), "0.00"),
                VerdictOf(phase) ?? Figures.Missing,
            ]);
        }

        table.Notes.Add(FormattableString.Invariant(
            $"bar: adaptive has {Options.LeastRelative} of the better one or more, within each round; better: as far above"));
        table.Notes.Add($"a syscall core beside a busy loop: {(IsWrongSplitReported ? "reported" : "NOT reported")}");
        return table;
    }

    private TextTable Decisions()
    {
        TextTable table = new("What the programs told", "<policy", "<decision and reason, or warning");
        foreach ((string policy, IReadOnlyList<string> lines) in (IEnumerable<KeyValuePair<string, IReadOnlyList<string>>>)
            [.. Told, KeyValuePair.Create(LivePolicy.WrongName, WrongSplit)])
        {
            foreach (string line in lines)
            {
                table.Add(policy, line);
            }
        }

        return table;
    }

    /// <summary>The rounds in which all have a figure, by policy.</summary>
    private List<IReadOnlyDictionary<string, double>> Rounds(string phase) =>
    [
        .. Cells.Where(cell => cell.Phase == phase && cell.Round > 0).GroupBy(static cell => cell.Round)
            .Select(static round => round.ToDictionary(static cell => cell.Policy, static cell => cell.RequestsPerSecond))
            .Where(static round => LivePolicy.Names.All(round.ContainsKey)),
    ];
}
