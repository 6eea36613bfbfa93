using System.Globalization;

namespace FlexSc.Akka.Placement.Policies;

/// <summary>How many loops the load needs, and which of them get new work.</summary>
internal sealed class LoopDemand(AdaptiveLimits limits)
{
    /// <summary>Demand of a loop from which it counts as overloaded.</summary>
    private const double Overloaded = 0.9;

    /// <summary>Demand below which it gets new work again.</summary>
    private const double Relieved = 0.7;

    /// <summary>What the other loops may have for one to give work to them.</summary>
    private const double HasRoom = 0.6;

    /// <summary>
    /// Where open connections cannot be moved, fewer loops are right only when connections are soon gone: what comes later would find
    /// them all on few loops.
    /// </summary>
    private static readonly TimeSpan LongestLife = TimeSpan.FromSeconds(10);

    /// <summary>Fewer loops that are more again within this time should have stayed.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    /// <summary>After this time that is forgotten.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(10);

    private const int MostDoublings = 8;

    /// <summary>A role for each loop.</summary>
    /// <param name="snapshot">What is known.</param>
    /// <param name="time">CPU time for loops and syscall cores together.</param>
    /// <param name="syscallCores">How many there are to be.</param>
    /// <param name="freed">Syscall cores that are given back: loops come in their place.</param>
    /// <param name="reasons">Gets why something changes.</param>
    public IReadOnlyList<LoopRole> Choose(PlacementSnapshot snapshot, CpuTime time, int syscallCores, int freed, List<string> reasons)
    {
        int inUse = snapshot.Plan.LoopsInUse;
        int limit = Math.Min(time.MostLoops(syscallCores), snapshot.Plan.Loops.Count);
        int wanted = freed > 0 ? Math.Min(limit, inUse + freed) : Count(snapshot, limit, time, syscallCores, reasons);
        LoopRole[] roles = [.. snapshot.Plan.Loops.Select(static loop => loop.Role)];
        if (wanted > inUse)
        {
            foreach (int loop in Indexes(roles, LoopRole.Parked).Take(wanted - inUse))
            {
                roles[loop] = LoopRole.Open;
            }
        }
        else
        {
            // The last ones, so that those in use stay together on the first cores.
            int[] used = [.. Enumerable.Range(0, roles.Length).Where(loop => roles[loop] != LoopRole.Parked)];
            foreach (int loop in used.Reverse().Take(inUse - wanted))
            {
                roles[loop] = LoopRole.Parked;
            }
        }

        Relieve(snapshot, roles, reasons, HasStayed(snapshot, regrets: 0));
        return roles;
    }

    private int Count(PlacementSnapshot snapshot, int most, CpuTime time, int syscallCores, List<string> reasons)
    {
        int inUse = snapshot.Plan.LoopsInUse;
        if (inUse > most)
        {
            reasons.Add($"loops {inUse} -> {most}: {most} cores are left for them, by mask, quota and syscall cores");
            return most;
        }

        double now = AskedFor(snapshot);
        double grow = limits.GrowAtPercent / 100.0;
        double shrink = limits.ShrinkToPercent / 100.0;
        if (now > grow * inUse && inUse < most && !IsShareUsed(snapshot, time, syscallCores))
        {
            // Beyond what a loop can do nobody sees how much there would be: then all.
            int wanted = now >= Overloaded * inUse ? most : Math.Clamp((int)Math.Ceiling(now / shrink), inUse + 1, most);
            reasons.Add($"loops {inUse} -> {wanted}: they ask for {Text(now)} cores");
            return wanted;
        }

        // A syscall core without a loop would serve nobody.
        int fewer = Math.Max(syscallCores, Fewest(snapshot, now));
        if (fewer >= inUse || !HasStayed(snapshot, Regrets(snapshot)) || !MayConsolidate(snapshot))
        {
            return inUse;
        }

        reasons.Add($"loops {inUse} -> {fewer}: they ask for {Text(snapshot.PeakDemand)} cores at the most, and use {Text(snapshot.PeakUtilisation)}");
        return fewer;
    }

    /// <summary>Cores that the loops ask for now.</summary>
    private static double AskedFor(PlacementSnapshot snapshot) => WaitsForMore(snapshot) ? DemandOf(snapshot.Loops) : UsedOf(snapshot.Loops);

    /// <summary>
    /// Whether the time that loops wait for a core asks for more of them. A pinned one waits for its own core, and another loop would have
    /// another. One that may run on any waits only where all are taken, by other threads, and a loop more would wait as well: then it does
    /// where loops have no time left, so that nobody sees what they do not come to.
    /// </summary>
    private static bool WaitsForMore(PlacementSnapshot snapshot) =>
        snapshot.Abilities.Pins || DemandOf(snapshot.Averages) >= Overloaded * snapshot.Plan.LoopsInUse;

    /// <summary>
    /// How few loops will do: none is to have more than it may for there to be fewer, at the most of a while. Where a wait is no reason for
    /// more loops it is none for as many: then what they use on average counts, as long as the most of it would not have them be more at
    /// once, and they have time left now. Whether fewer wait less shows only then; <see cref="Regrets"/> bounds how often that is tried.
    /// </summary>
    private int Fewest(PlacementSnapshot snapshot, double now)
    {
        double shrink = limits.ShrinkToPercent / 100.0;
        double grow = limits.GrowAtPercent / 100.0;
        double needed = WaitsForMore(snapshot)
            ? Math.Max(snapshot.PeakDemand, now) / shrink
            : Math.Max(UsedOf(snapshot.Averages) / shrink, snapshot.PeakUtilisation / grow);
        return Math.Max(1, (int)Math.Ceiling(needed));
    }

    /// <summary>
    /// Loops that share what syscall cores leave of a quota use as much of it as they may: more of them would wait for the same time.
    /// </summary>
    private static bool IsShareUsed(PlacementSnapshot snapshot, CpuTime time, int syscallCores) =>
        syscallCores > 0 && time.IsShared(snapshot.Plan.LoopsInUse, syscallCores)
        && snapshot.Loops.Sum(static loop => loop.Utilisation) >= time.ForLoops(syscallCores);

    /// <summary>A loop that has too much beside others that have room gets nothing new, until it has little more than they.</summary>
    private static void Relieve(PlacementSnapshot snapshot, LoopRole[] roles, List<string> reasons, bool mayClose)
    {
        int[] used = [.. Enumerable.Range(0, roles.Length).Where(loop => roles[loop] != LoopRole.Parked)];
        double total = used.Sum(loop => snapshot.Averages[loop].Demand);
        foreach (int loop in used)
        {
            double own = snapshot.Averages[loop].Demand;
            double others = used.Length > 1 ? (total - own) / (used.Length - 1) : 1;
            if (mayClose && roles[loop] == LoopRole.Open && own >= Overloaded && others <= HasRoom && Indexes(roles, LoopRole.Open).Count() > 1)
            {
                roles[loop] = LoopRole.Closed;
                reasons.Add($"loop {loop} gets nothing new: it asks for {Text(own)} cores, the others for {Text(others)}");
            }
            else if (roles[loop] == LoopRole.Closed && (own <= Relieved || others > Overloaded || used.Length == 1))
            {
                roles[loop] = LoopRole.Open;
                reasons.Add($"loop {loop} is open again: it asks for {Text(own)} cores, the others for {Text(others)}");
            }
        }

        if (!roles.Contains(LoopRole.Open))
        {
            roles[used[0]] = LoopRole.Open;
        }
    }

    private bool HasStayed(PlacementSnapshot snapshot, int regrets)
    {
        PlacementDecision? last = snapshot.Decisions.LastOrDefault(static decision =>
            decision.Before.LoopsInUse != decision.After.LoopsInUse);
        return snapshot.Time - (last?.Time ?? TimeSpan.Zero) >= limits.MinimumStay * (1 << Math.Min(MostDoublings, Math.Max(0, regrets - 1)));
    }

    /// <summary>
    /// How often fewer loops were soon more again, in the log as it is: from the second time on each doubles the time that a number stays.
    /// </summary>
    private static int Regrets(PlacementSnapshot snapshot)
    {
        PlacementDecision[] changes = [.. snapshot.Decisions.Where(static decision => decision.Before.LoopsInUse != decision.After.LoopsInUse
            && decision.Before.SyscallCores.Count == decision.After.SyscallCores.Count)];
        return changes.Skip(1).Zip(changes).Count(pair =>
            pair.Second.After.LoopsInUse < pair.Second.Before.LoopsInUse && pair.First.After.LoopsInUse > pair.First.Before.LoopsInUse
            && pair.First.Time - pair.Second.Time < Soon && snapshot.Time - pair.First.Time < Remembered);
    }

    private static bool MayConsolidate(PlacementSnapshot snapshot)
    {
        double connections = snapshot.Averages.Sum(static loop => loop.Connections);
        double newOnes = snapshot.Averages.Sum(static loop => loop.NewConnectionsPerSecond);

        // By Little's law they live for so long on average.
        return snapshot.Abilities.MovedConnections || connections <= newOnes * LongestLife.TotalSeconds;
    }

    private static double DemandOf(IReadOnlyList<LoopLoad> loads) => loads.Sum(static loop => loop.Demand);

    private static double UsedOf(IReadOnlyList<LoopLoad> loads) => loads.Sum(static loop => loop.Utilisation);

    private static IEnumerable<int> Indexes(LoopRole[] roles, LoopRole role) =>
        Enumerable.Range(0, roles.Length).Where(loop => roles[loop] == role);

    private static string Text(double cores) => cores.ToString("0.00", CultureInfo.InvariantCulture);
}
