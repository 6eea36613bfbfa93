using System.Globalization;

namespace FlexSc.Akka.Placement.Policies;

/// <summary>
/// How many cores system calls are worth. What a call takes of the loop and of the kernel is measured, what it would take by the other
/// way follows from <see cref="PlacementCosts"/>; the split that lets most calls through is the best. A core that executes calls for
/// others gains nothing where loops are not busy, so it is given back then.
/// </summary>
internal sealed class SyscallBalance(AdaptiveLimits limits)
{
    /// <summary>Part of their cores that loops must ask for, for a syscall core to be of use.</summary>
    private const double Busy = 0.7;

    /// <summary>Part below which they are idle enough to execute their calls themselves.</summary>
    private const double Idle = 0.4;

    /// <summary>Fewer calls a second of each core than this make no difference.</summary>
    private const double FewestEntriesPerSecond = 1_000;

    /// <summary>What is lost because a syscall core's loops are never busy all at the same time.</summary>
    private const double Balance = 0.95;

    /// <summary>Part of the calls before that has to come through after a change, for it to stay.</summary>
    private const double Kept = 0.97;

    private static readonly TimeSpan FirstBackoff = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromMinutes(10);

    /// <summary>How many.</summary>
    /// <param name="snapshot">What is known.</param>
    /// <param name="cores">Cores' worth of CPU time for loops and syscall cores together.</param>
    /// <param name="reasons">Gets why something changes.</param>
    public int Choose(PlacementSnapshot snapshot, int cores, List<string> reasons)
    {
        int now = Math.Min(snapshot.Plan.SyscallCores.Count, cores - 1);
        if (!snapshot.Abilities.SyscallCores)
        {
            return 0;
        }

        if (snapshot.ReservedSyscallCores is int reserved)
        {
            int given = Math.Clamp(reserved, 0, cores - 1);
            Tell(reasons, snapshot, given, reserved == given ? "as reserved" : $"{reserved} are reserved, and one of {cores} cores is for loops");
            return given;
        }

        PlacementDecision? last = snapshot.Decisions.LastOrDefault(ChangesSplit);
        if (last is not null && snapshot.Time - last.Time < limits.MinimumStay)
        {
            return now;
        }

        double entries = snapshot.Averages.Sum(static loop => loop.EntriesPerSecond);
        double demand = snapshot.Averages.Sum(static loop => loop.Demand);
        double share = demand / Math.Max(1, Math.Min(snapshot.Plan.LoopsInUse, cores));
        if (now > 0 && (share < Idle || entries < FewestEntriesPerSecond * cores))
        {
            Tell(reasons, snapshot, 0, $"loops ask for {Text(share)} of their cores and make {Text(entries / 1000)} thousand calls a second");
            return 0;
        }

        if (share < Busy || entries < FewestEntriesPerSecond * cores)
        {
            return now;
        }

        if (last is not null && TakesBack(snapshot, last, entries, reasons) is int before)
        {
            return Math.Min(before, cores - 1);
        }

        return Best(snapshot, Split.Of(snapshot, entries), cores, now, reasons);
    }

    private int Best(PlacementSnapshot snapshot, Split split, int cores, int now, List<string> reasons)
    {
        int best = Enumerable.Range(0, cores).MaxBy(count => split.Capacity(cores, count));
        double promised = split.Capacity(cores, best) / split.Capacity(cores, now);
        if (best == now || promised < 1 + (limits.MinimumGainPercent / 100.0) || (best > 0 && IsBackingOff(snapshot)))
        {
            return now;
        }

        Tell(reasons, snapshot, best, $"promises {Text(promised)} times the calls ({split})");
        return best;
    }

    /// <summary>The number before the last change when that one, under no less demand, let fewer calls through; else null.</summary>
    private static int? TakesBack(PlacementSnapshot snapshot, PlacementDecision last, double entries, List<string> reasons)
    {
        int before = last.Before.SyscallCores.Count;
        bool isReturn = snapshot.Decisions.Any(earlier => earlier.Time < last.Time && ChangesSplit(earlier) && earlier.Before.SyscallCores.Count == last.After.SyscallCores.Count);
        bool wasBusy = last.Demand >= Busy * last.Before.LoopsInUse;
        if (isReturn || !wasBusy || entries >= last.EntriesPerSecond * Kept || before == snapshot.Plan.SyscallCores.Count)
        {
            return null;
        }

        Tell(reasons, snapshot, before, $"calls a second went from {Text(last.EntriesPerSecond / 1000)} to {Text(entries / 1000)} thousand");
        return before;
    }

    /// <summary>Each split that was given up soon doubles the time until the next one.</summary>
    private static bool IsBackingOff(PlacementSnapshot snapshot)
    {
        PlacementDecision[] splits = [.. snapshot.Decisions.Where(ChangesSplit)];
        PlacementDecision[] failures = [.. splits.Where((decision, i) => i > 0
            && decision.After.SyscallCores.Count == splits[i - 1].Before.SyscallCores.Count
            && decision.After.SyscallCores.Count < decision.Before.SyscallCores.Count
            && decision.Time - splits[i - 1].Time < FirstBackoff)];
        return failures.Length > 0
            && snapshot.Time - failures[^1].Time < TimeSpan.FromTicks(Math.Min(LongestBackoff.Ticks, FirstBackoff.Ticks << Math.Min(16, failures.Length - 1)));
    }

    private static bool ChangesSplit(PlacementDecision decision) => decision.Before.SyscallCores.Count != decision.After.SyscallCores.Count;

    private static void Tell(List<string> reasons, PlacementSnapshot snapshot, int after, string why)
    {
        int before = snapshot.Plan.SyscallCores.Count;
        if (after != before)
        {
            reasons.Add($"syscall cores {before} -> {after}: {why}");
        }
    }

    private static string Text(double figure) => figure.ToString("0.00", CultureInfo.InvariantCulture);

    /// <summary>What a call takes, in nanoseconds: of a loop and of whoever executes it, by either way.</summary>
    private sealed record Split(double InlineNs, double LoopNs, double CoreNs)
    {
        private const double NanosecondsPerSecond = 1e9;

        public static Split Of(PlacementSnapshot snapshot, double entries)
        {
            PlacementCosts costs = snapshot.Costs;
            double busy = snapshot.Averages.Sum(static loop => loop.Utilisation);
            if (snapshot.Plan.SyscallCores.Count > 0)
            {
                double loopNs = busy / entries * NanosecondsPerSecond;
                double coreNs = snapshot.SyscallCores.Sum(static core => core.Utilisation) / entries * NanosecondsPerSecond;

                // A loop without calls of its own would make smaller batches than it gets now; the least that it can come to is one.
                double batch = Math.Max(1, snapshot.Averages.Average(static loop => loop.EntriesPerBatch));
                return new Split(
                    Math.Max(0, loopNs - costs.SubmitNs) + costs.PollutionNs + Math.Max(0, coreNs - costs.TransferNs) + (costs.BatchNs / batch), loopNs, coreNs);
            }

            double kernelNs = snapshot.Averages.Sum(static loop => loop.Utilisation * loop.SystemShare) / entries * NanosecondsPerSecond;
            double userNs = (busy / entries * NanosecondsPerSecond) - kernelNs;
            double traps = snapshot.Averages.Sum(static loop => loop.TrapsPerEntry * loop.EntriesPerSecond) / entries;
            return new Split(
                userNs + kernelNs,
                Math.Max(0, userNs - costs.PollutionNs) + costs.SubmitNs,
                Math.Max(0, kernelNs - (costs.BatchNs * traps)) + costs.TransferNs);
        }

        /// <summary>Calls a second with so many syscall cores.</summary>
        public double Capacity(int cores, int syscallCores) => syscallCores == 0
            ? cores / InlineNs
            : Balance * Math.Min((cores - syscallCores) / LoopNs, syscallCores / CoreNs);

        public override string ToString() =>
            string.Create(CultureInfo.InvariantCulture, $"ns a call: inline {InlineNs:0}, else loop {LoopNs:0} and core {CoreNs:0}");
    }
}
