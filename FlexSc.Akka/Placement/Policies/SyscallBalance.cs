using System.Globalization;

namespace FlexSc.Akka.Placement.Policies;

/// <summary>
/// How many cores system calls are worth. What a call takes of the loop and of the kernel is measured, what it would take by the other
/// way follows from <see cref="PlacementCosts"/>; the split that lets most calls through is the best. A core that executes calls for
/// others gains nothing where loops are not busy, so it is given back then.
/// </summary>
internal sealed class SyscallBalance(AdaptiveLimits limits)
{
    /// <summary>Part of their cores that loops must ask for, on average or in bursts, for a syscall core to be of use.</summary>
    private const double Busy = 0.7;

    /// <summary>Part below which they are idle enough all the time to execute their calls themselves.</summary>
    private const double Idle = 0.4;

    /// <summary>Fewer calls a second of each core than this make no difference.</summary>
    private const double FewestEntriesPerSecond = 1_000;

    /// <summary>Part of the calls before that has to come through after a change, for it to stay.</summary>
    private const double Kept = 0.97;

    /// <summary>
    /// Part of what more syscall cores have to promise that averages have to show: what has lasted for three looks or more. All of it would
    /// be late where the queue of a full loop grows, and never there where loads take turns.
    /// </summary>
    private const double Lasting = 0.3;

    /// <summary>
    /// A call that takes so many times what it takes on average, or took, is of another load: loads take turns, or one has just changed.
    /// Neither says how the split serves what comes next.
    /// </summary>
    private const double AnotherLoad = 3;

    /// <summary>
    /// Part of the quota's periods in which the process was held back from which loops have less of it than was left for them: other threads
    /// of the process use it. Then there are no more threads than it carries.
    /// </summary>
    private const double HeldBack = 0.5;

    private const int MostDoublings = 16;
    private const double NanosecondsPerSecond = 1e9;

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

        // Before, too, there is no more than a look or two, which the averages do not go beyond.
        if (snapshot.Time - (last?.Time ?? TimeSpan.Zero) < limits.MinimumStay)
        {
            return now;
        }

        double entries = snapshot.Averages.Sum(static loop => loop.EntriesPerSecond);
        double loops = Math.Max(1, Math.Min(snapshot.Plan.LoopsInUse, cores));
        double share = Math.Max(
            snapshot.Averages.Sum(static loop => loop.Demand) / loops,
            snapshot.SyscallCores.Select(static core => core.Utilisation).DefaultIfEmpty().Average());

        // Bursts leave little on average, and it is in them that it matters: what serves one stays for the next, as loops do.
        double peak = Math.Max(share, Math.Max(snapshot.PeakDemand / loops, snapshot.PeakSyscallUtilisation));
        if (now > 0 && (peak < Idle || entries < FewestEntriesPerSecond * cores))
        {
            Tell(reasons, snapshot, 0, $"{Text(peak)} of the cores were busy at the most, with {Text(entries / 1000)} thousand calls a second");
            return 0;
        }

        if ((share < Busy && (peak < Busy || !HasSettled(snapshot, time.MostLoops(now)))) || entries < FewestEntriesPerSecond * cores)
        {
            return now;
        }

        if (now > 0 && snapshot.Throttled >= HeldBack && time.IsShared(snapshot.Plan.LoopsInUse, now))
        {
            Tell(reasons, snapshot, 0, $"the quota was used up in {Text(snapshot.Throttled)} of its periods");
            return 0;
        }

        if (last is not null && share >= Busy && TakesBack(snapshot, time, last, entries, reasons) is int before)
        {
            return Math.Min(before, time.MostSyscallCores);
        }

        return Best(snapshot, time, now, reasons);
    }

    private int Best(PlacementSnapshot snapshot, CpuTime time, int now, List<string> reasons)
    {
        double gain = limits.MinimumGainPercent / 100.0;
        SharedCores shared = new(snapshot, time);
        PlacementSnapshot working = snapshot with { SyscallCores = shared.WorkOf(snapshot.SyscallCores) };
        Promise averaged = new(LoopRoom.Of(working, shared.WorkOf(snapshot.Averages)), snapshot.Averages, shared, now);
        Promise latest = new(LoopRoom.Of(working, shared.WorkOf(snapshot.Loops)), snapshot.Loops, shared, now);

        // Averages over a change of the load are of a load that never was, and best for that is what is best for none: what was measured
        // last says which split it is, and averages whether that has lasted.
        int best = Enumerable.Range(0, time.MostSyscallCores + 1).MaxBy(latest.Calls);

        // A loop that is full for the first time says nothing yet.
        bool isFirst = latest.Hindered > 0 && averaged.Hindered <= 0;
        bool isPromised = latest.Gain(best) >= gain
            && averaged.Gain(best) >= (best < now || isFirst ? gain : gain * Lasting)
            && (best < now || !IsBackingOff(snapshot));
        double turn = latest.InlineNs / averaged.InlineNs;
        if (best == now || !isPromised || turn is >= AnotherLoad or <= 1 / AnotherLoad)
        {
            return now;
        }

        Tell(reasons, snapshot, best, $"promises {Text(1 + latest.Gain(best))} times the calls ({latest})");
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

        // Averages still show a load that has just gone.
        double most = Math.Max(entries, snapshot.Loops.Sum(static loop => loop.EntriesPerSecond));
        double tookNs = used / Math.Max(1, last.EntriesPerSecond) * NanosecondsPerSecond;
        bool isAnotherLoad = CallCosts.Of(snapshot, snapshot.Loops).InlineNs >= tookNs * AnotherLoad;
        if (isAnotherLoad || !isTrial || isReturn || !wasBusy || most >= expected * Kept || before == snapshot.Plan.SyscallCores.Count)
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

    /// <summary>Whether nothing changes: then a peak is of bursts, and not of a load that has just come, or of what its coming takes.</summary>
    private bool HasSettled(PlacementSnapshot snapshot, int mostLoops) =>
        snapshot.Plan.LoopsInUse >= Math.Min(mostLoops, snapshot.Plan.Loops.Count)
        && snapshot.Time - (snapshot.Decisions.Count > 0 ? snapshot.Decisions[^1].Time : TimeSpan.Zero) >= limits.MinimumStay;

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
    private sealed class Promise(LoopRoom room, IReadOnlyList<LoopLoad> loads, SharedCores shared, int now)
    {
        private readonly double _entries = loads.Sum(static loop => loop.EntriesPerSecond);

        /// <summary>Calls a second that do not come because their loop is full.</summary>
        public double Hindered => room.HinderedCalls;

        /// <summary>What a call takes where loops make it themselves.</summary>
        public double InlineNs => room.Costs.InlineNs;

        /// <summary>Calls a second with so many syscall cores; no more than are asked for, where it shows how many that is.</summary>
        public double Calls(int syscallCores)
        {
            if (Hindered > 0 && syscallCores == now)
            {
                return _entries;
            }

            // What loops take for a call is less when they are busier, and wake up for more of them at a time: what comes through, does.
            double capacity = room.Costs.Capacity(shared, syscallCores, room.OwnCores);
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
