using FlexSc.Akka.Placement;

namespace FlexSc.PlacementModel.Model;

/// <summary>Connections that go to another loop, between two requests.</summary>
internal static class ConnectionMoves
{
    /// <summary>Part of what a loop has too much that it gives away between two samples.</summary>
    private const double Haste = 0.5;

    /// <summary>What a loop may have beyond its share before it gives some away.</summary>
    private const double Tolerance = 1.1;

    /// <summary>
    /// Says what each loop may give away until the next sample: a parked one all, a closed one a part, an open one what it has beyond its
    /// share.
    /// </summary>
    public static void Allow(LoopModel[] loops, PlacementPlan plan)
    {
        double share = (double)loops.Sum(static loop => loop.Connections) / Math.Max(1, plan.LoopsInUse);
        for (int i = 0; i < loops.Length; i++)
        {
            loops[i].MayLeave = plan.Loops[i].Role switch
            {
                LoopRole.Parked => loops[i].Connections,
                LoopRole.Closed => (int)Math.Ceiling(loops[i].Connections * Haste),
                _ => loops[i].Connections > share * Tolerance ? (int)((loops[i].Connections - share) * Haste) : 0,
            };
        }
    }

    /// <summary>Has so many connections leave, as far as they may.</summary>
    /// <returns>Where they went, and how many; null and 0 when none left.</returns>
    public static (LoopModel? Target, int Count) Leave(LoopModel loop, LoopModel[] loops, int count)
    {
        int leaving = Math.Min(Math.Min(loop.MayLeave, count), loop.Connections);
        if (leaving == 0)
        {
            return (null, 0);
        }

        LoopModel target = loops.Where(static other => other.Place.Role == LoopRole.Open).MinBy(static other => other.Connections)!;
        loop.MayLeave -= leaving;
        loop.Connections -= leaving;
        target.Connections += leaving;
        return (target, leaving);
    }
}
