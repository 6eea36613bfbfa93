using FlexSc.Benchmarks.Report;

namespace FlexSc.Benchmarks.Placement;

/// <summary>What a live run showed: throughput beside the better of the splits that stay, and what was decided and why.</summary>
internal static class LiveReport
{
    /// <summary>What adaptive has to reach of the better of the two others, in the same run.</summary>
    public const double LeastRelative = 0.95;

    private const string Adaptive = "adaptive";

    /// <summary>Prints it.</summary>
    /// <returns>Whether the wrong split was reported, and adaptive reached what it has to in every phase.</returns>
    public static bool Write(LiveRun run, IReadOnlyList<string> wrongSplit)
    {
        bool isMet = true;
        foreach (IGrouping<string, LiveCell> phase in run.Cells.Where(static cell => cell.Round > 0).GroupBy(static cell => cell.Phase))
        {
            // The best of the rounds: what disturbs on a shared machine only takes away.
            Dictionary<string, double> best = phase.GroupBy(static cell => cell.Policy)
                .ToDictionary(static policy => policy.Key, static policy => policy.Max(static cell => cell.RequestsPerSecond));
            double other = best.Where(static policy => policy.Key != Adaptive).Max(static policy => policy.Value);
            double relative = best[Adaptive] / other;
            isMet &= relative >= LeastRelative;
            TerminalReport.Line(FormattableString.Invariant(
                $"{phase.Key}: {string.Join(", ", best.Select(static policy => FormattableString.Invariant($"{policy.Key} {policy.Value:0}/s")))}; adaptive is {relative:0.00} of the better one{(relative >= LeastRelative ? "" : ": missed")}"));
            foreach (LiveCell cell in phase)
            {
                TerminalReport.Line(FormattableString.Invariant($"  round {cell.Round}, {cell.Policy}: {cell.RequestsPerSecond:0} requests/s"));
            }
        }

        foreach ((string policy, IReadOnlyList<string> told) in run.Told)
        {
            TerminalReport.Line($"what {policy} told:");
            Tell(told);
        }

        bool isReported = wrongSplit.Any(static line => line.Contains("warning: ", StringComparison.Ordinal) && line.Contains("runs loop", StringComparison.Ordinal));
        TerminalReport.Line($"a syscall core beside a busy loop: {(isReported ? "reported" : "NOT reported")}");
        Tell(wrongSplit);
        return isMet && isReported;
    }

    private static void Tell(IReadOnlyList<string> lines)
    {
        foreach (string line in lines)
        {
            TerminalReport.Line($"  {line}");
        }
    }
}
