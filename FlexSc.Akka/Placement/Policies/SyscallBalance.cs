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

    /// <summary>Part of the calls before that has to come through after a change, for it to stay.</summary>
    private const double Kept = 0.97;

    /// <summary>
    /// Part of what a change has to promise that averages have to show when calls are hindered: what has lasted for three looks or more, as
    /// the queue of a full loop grows meanwhile.
    /// </summary>
    private const double Lasting = 0.3;

    /// <summary>
    /// Part of the quota's periods in which the process was held back from which loops have less of it than was left for them: other threads
    /// of the process use it. Then there are no more threads than it carries.
    /// </summary>
    private const double HeldBack = 0.5;

    private const int MostDoublings = 16;

    private static readonly TimeSpan FirstBackoff = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromMinutes(10);

    /// <summary>How many.</summary>
    /// <param name="snapshot">What is known.</param>
    /// <param name="time">CPU time for loops and syscall cores together.</param>
    /// <param name="reasons">Gets why something changes.</param>
    public int Choose(PlacementSnapshot snapshot, CpuTime time, List<string> reasons)
    {
        int cores = time.FullCores;
        int now = Math.Min(snapshot.Plan.SyscallCores.Count, time.MostSyscallCores);
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
        double share = Math.Max(
            demand / Math.Max(1, Math.Min(snapshot.Plan.LoopsInUse, cores)),
            snapshot.SyscallCores.Select(static core => core.Utilisation).DefaultIfEmpty().Average());
        if (now > 0 && (share < Idle || entries < FewestEntriesPerSecond * cores))
        {
            Tell(reasons, snapshot, 0, $"{Text(share)} of the cores are busy, with {Text(entries / 1000)} thousand calls a second");
            return 0;
        }

        if (share < Busy || entries < FewestEntriesPerSecond * cores)
        {
            return now;
        }

        if (now > 0 && snapshot.Throttled >= HeldBack && time.IsShared(snapshot.Plan.LoopsInUse, now))
        {
            Tell(reasons, snapshot, 0, $"the quota was used up in {Text(snapshot.Throttled)} of its periods");
            return 0;
        }

        if (last is not null && TakesBack(snapshot, time, last, entries, reasons) is int before)
        {
            return Math.Min(before, time.MostSyscallCores);
        }

        return Best(snapshot, time, now, reasons);
    }

    private int Best(PlacementSnapshot snapshot, CpuTime time, int now, List<string> reasons)
    {
        double gain = limits.MinimumGainPercent / 100.0;
        Promise averaged = new(LoopRoom.Of(snapshot, snapshot.Averages), snapshot.Averages, time, now);
        Promise latest = new(LoopRoom.Of(snapshot, snapshot.Loops), snapshot.Loops, time, now);

        // Averages over a change of the load are of a load that never was: what was measured last has to say the same. Calls that a full loop
        // hinders show there first.
        bool isHindered = latest.Hindered > 0 && averaged.Hindered > 0;
        Promise leading = isHindered ? latest : averaged;
        int best = Enumerable.Range(0, time.MostSyscallCores + 1).MaxBy(leading.Calls);
        bool isPromised = best < now
            ? averaged.Gain(best) >= gain
            : latest.Gain(best) >= gain && averaged.Gain(best) >= (isHindered ? gain * Lasting : gain) && !IsBackingOff(snapshot);
        if (best == now || !isPromised)
        {
            return now;
        }

        Tell(reasons, snapshot, best, $"promises {Text(1 + leading.Gain(best))} times the calls ({leading})");
        return best;
    }

    /// <summary>The number before the last change when that one, under no less demand, let fewer calls through; else null.</summary>
    private static int? TakesBack(PlacementSnapshot snapshot, CpuTime time, PlacementDecision last, double entries, List<string> reasons)
    {
        int before = last.Before.SyscallCores.Count;

        // Later it may be another load.
        bool isTrial = snapshot.Time - last.Time < FirstBackoff;
        bool isReturn = snapshot.Decisions.Any(earlier =>
            earlier.Time < last.Time && ChangesSplit(earlier) && earlier.Before.SyscallCores.Count == last.After.SyscallCores.Count);

        // Of a quota that is smaller now there would be as many fewer.
        double used = last.Demand + before;
        double expected = last.EntriesPerSecond * Math.Min(1, time.Total / Math.Max(1, used));
        bool wasBusy = last.Demand >= Busy * last.Before.LoopsInUse;
        if (!isTrial || isReturn || !wasBusy || entries >= expected * Kept || before == snapshot.Plan.SyscallCores.Count)
        {
            return null;
        }

        Tell(reasons, snapshot, before, $"calls a second went from {Text(expected / 1000)} to {Text(entries / 1000)} thousand");
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
        long backoff = FirstBackoff.Ticks << Math.Min(MostDoublings, Math.Max(0, failures.Length - 1));
        return failures.Length > 0 && snapshot.Time - failures[^1].Time < TimeSpan.FromTicks(Math.Min(LongestBackoff.Ticks, backoff));
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

    /// <summary>What splits would let through, by what loops did with the one in force.</summary>
    private sealed class Promise(LoopRoom room, IReadOnlyList<LoopLoad> loads, CpuTime time, int now)
    {
        private readonly double _entries = loads.Sum(static loop => loop.EntriesPerSecond);

        /// <summary>Calls a second that do not come because their loop is full.</summary>
        public double Hindered => room.HinderedCalls;

        /// <summary>Calls a second with so many syscall cores; no more than are asked for, where it shows how many that is.</summary>
        public double Calls(int syscallCores)
        {
            if (Hindered > 0 && syscallCores == now)
            {
                return _entries;
            }

            // What loops take for a call is less when they are busier, and wake up for more of them at a time: what comes through, does.
            double capacity = room.Costs.Capacity(time, syscallCores, room.OwnCores);
            capacity = syscallCores == now ? Math.Max(capacity, _entries) : capacity;
            return Hindered > 0 ? Math.Min(capacity, _entries + Hindered) : capacity;
        }

        /// <summary>Of a split beyond the one in force: 0.1 is a tenth.</summary>
        public double Gain(int syscallCores) => (Calls(syscallCores) / Calls(now)) - 1;

        public override string ToString() => Hindered > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{room.Costs}; full loops hinder {Hindered:0} a second")
            : $"{room.Costs}";
    }
}
