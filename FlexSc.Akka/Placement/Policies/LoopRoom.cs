namespace FlexSc.Akka.Placement.Policies;

/// <summary>
/// What loops spend on calls, and what they spend on something else. The second shows where a loop is full while others are not: an actor
/// computes there, say. That takes as much of the loop by either way, and calls have what it leaves.
/// </summary>
/// <param name="Costs">What a call takes; where some loops are full, on the others.</param>
/// <param name="OwnCores">Cores' worth of full loops that their calls do not explain.</param>
/// <param name="HinderedCalls">
/// Calls a second that do not come because their loop is full, and would if it did not make them itself: what its connections would ask for if
/// they were as those of the others are, without what they do.
/// </param>
internal sealed record LoopRoom(CallCosts Costs, double OwnCores, double HinderedCalls)
{
    /// <summary>Demand of a loop from which its queue grows: all of a core but for what a look misses.</summary>
    private const double Full = 0.95;

    /// <summary>A split leaves at least half of the cores to loops, so each gets the connections of two at the most.</summary>
    private const double MostConnections = 2;

    private const double NanosecondsPerSecond = 1e9;

    /// <summary>From what was measured with the plan in force.</summary>
    /// <param name="snapshot">The plan, and the syscall cores.</param>
    /// <param name="loads">The loops, averaged or as they were last.</param>
    public static LoopRoom Of(PlacementSnapshot snapshot, IReadOnlyList<LoopLoad> loads)
    {
        // By the latest figures in any case: averages show a loop that has become full only when its queue is long.
        LoopLoad[] full = [.. loads.Where(loop => snapshot.Loops[loop.Index].Demand >= Full)];
        LoopLoad[] others = [.. loads.Where(loop => snapshot.Loops[loop.Index].Demand < Full && loop.Connections > 0)];
        double entries = others.Sum(static loop => loop.EntriesPerSecond);

        // More syscall cores do not make more room on a loop.
        if (full.Length == 0 || entries <= 0 || snapshot.Plan.SyscallCores.Count > 0)
        {
            return new LoopRoom(CallCosts.Of(snapshot, loads), 0, 0);
        }

        CallCosts costs = CallCosts.Of(snapshot, others);
        double each = entries / others.Sum(static loop => loop.Connections);
        double ownCores = 0;
        double hindered = 0;
        foreach (LoopLoad loop in full)
        {
            double wanted = each * loop.Connections;
            double own = Math.Max(0, loop.Utilisation - (loop.EntriesPerSecond * costs.InlineNs / NanosecondsPerSecond));
            double apart = own + (MostConnections * wanted * costs.LoopNs / NanosecondsPerSecond);
            ownCores += own;
            hindered += apart < Full ? Math.Max(0, wanted - loop.EntriesPerSecond) : 0;
        }

        return new LoopRoom(costs, ownCores, hindered);
    }
}
