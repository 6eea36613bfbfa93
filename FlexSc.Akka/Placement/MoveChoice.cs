namespace FlexSc.Akka.Placement;

/// <summary>A loop, as far as it matters for what moves.</summary>
/// <param name="Role">What the plan says of it.</param>
/// <param name="IsServing">It does what it is given: no error has ended it, and nothing holds it up.</param>
/// <param name="Demand">Cores that it asks for, averaged.</param>
/// <param name="Connections">Open connections.</param>
/// <param name="OnTheirWay">Actors and connections that are about to leave it.</param>
/// <param name="IsDue">Whether it may be asked now: not while it has just been, nor soon after one has found nothing to move.</param>
internal sealed record LoopStanding(LoopRole Role, bool IsServing, double Demand, int Connections, int OnTheirWay = 0, bool IsDue = true);

/// <summary>What a loop is to give away.</summary>
/// <param name="From">The loop.</param>
/// <param name="IsAll">All that can move is to, sooner or later; else only what has nothing to do at that moment.</param>
/// <param name="Targets">Where the first goes, the second and so on; no more than these.</param>
internal sealed record MoveOrder(int From, bool IsAll, IReadOnlyList<int> Targets);

/// <summary>
/// Which loops give away how much, and to which. A pure function: a loop that is not needed gives all; one that has too much gives half of
/// what it has beyond the others, since what it has left shows only later; an open one nothing.
/// </summary>
internal static class MoveChoice
{
    /// <summary>Part of what a loop has too much that it gives away before it is looked at again.</summary>
    private const double Haste = 0.5;

    /// <summary>Part of its time that a loop is taken to have left at least, as where new connections go.</summary>
    private const double LeastLeft = 1.0 / 16;

    /// <summary>The orders.</summary>
    /// <param name="loops">Each loop, by its index.</param>
    /// <param name="atATime">Most that a loop has on their way.</param>
    /// <param name="allowed">Most that all loops together are told to give away now.</param>
    public static IReadOnlyList<MoveOrder> Choose(IReadOnlyList<LoopStanding> loops, int atATime, int allowed)
    {
        int[] used = [.. Enumerable.Range(0, loops.Count).Where(loop => loops[loop].Role != LoopRole.Parked && loops[loop].IsServing)];
        int[] open = [.. used.Where(loop => loops[loop].Role == LoopRole.Open)];
        if (open.Length == 0 || allowed <= 0)
        {
            return [];
        }

        double share = used.Average(loop => loops[loop].Demand);
        int[] given = new int[loops.Count];
        List<MoveOrder> orders = [];

        // What waits on a loop that has too much comes before what only keeps another one from sleeping.
        foreach (int from in Enumerable.Range(0, loops.Count).OrderBy(loop => loops[loop].Role == LoopRole.Parked))
        {
            LoopStanding loop = loops[from];
            int most = Math.Min(allowed, atATime - loop.OnTheirWay);
            if (most <= 0 || loop is not { IsServing: true, IsDue: true, Connections: > 0, Role: not LoopRole.Open })
            {
                continue;
            }

            bool isAll = loop.Role == LoopRole.Parked;
            int wanted = isAll ? loop.Connections - loop.OnTheirWay : Excess(loop, share);
            int[] takers = isAll ? open : [.. open.Where(taker => loops[taker].Demand < share)];
            int[] targets = takers.Length == 0 ? [] : [.. Enumerable.Range(0, Math.Clamp(wanted, 0, most)).Select(_ => Least(takers, loops, given))];
            if (targets.Length > 0)
            {
                orders.Add(new MoveOrder(from, isAll, targets));
                allowed -= targets.Length;
            }
        }

        return orders;
    }

    private static int Excess(LoopStanding loop, double share) =>
        loop.Demand <= share ? 0 : (int)Math.Ceiling(loop.Connections * Haste * (loop.Demand - share) / loop.Demand);

    /// <summary>The least loaded, with what it was given before; connections count by the time that the loop has left.</summary>
    private static int Least(int[] takers, IReadOnlyList<LoopStanding> loops, int[] given)
    {
        int least = takers.MinBy(taker => (1 + loops[taker].Connections + given[taker]) / Math.Max(1 - loops[taker].Demand, LeastLeft));
        given[least]++;
        return least;
    }
}
