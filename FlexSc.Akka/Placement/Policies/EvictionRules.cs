using System.Globalization;

namespace FlexSc.Akka.Placement.Policies;

/// <summary>Which actors run on the thread pool, because they hold up their loop.</summary>
internal sealed class EvictionRules(AdaptiveLimits limits)
{
    /// <summary>The paths of all that are to be evicted, ascending.</summary>
    public IReadOnlyList<string> Choose(PlacementSnapshot snapshot, List<string> reasons)
    {
        if (!snapshot.Abilities.Evictions)
        {
            return snapshot.Plan.Evicted;
        }

        SortedSet<string> evicted = new(snapshot.Plan.Evicted, StringComparer.Ordinal);
        foreach (ActorLoad actor in snapshot.Actors)
        {
            if (actor.CleanFor is TimeSpan clean)
            {
                if (clean >= limits.CleanPeriod && evicted.Remove(actor.Path))
                {
                    reasons.Add($"{actor.Path} returns to loop {actor.Loop}: no slow run for {Text(clean.TotalSeconds)} s");
                }
            }
            else if (!actor.IsPinned && Holds(actor) && evicted.Add(actor.Path))
            {
                reasons.Add(
                    $"{actor.Path} leaves loop {actor.Loop}: its longest run took {Text(actor.LongestRunMs)} ms, and {actor.SlowRuns} were slow");
            }
        }

        return [.. evicted];
    }

    private bool Holds(ActorLoad actor) => actor.LongestRunMs >= limits.EvictAfter.TotalMilliseconds || actor.SlowRuns >= limits.EvictAfterSlowRuns;

    private static string Text(double figure) => figure.ToString("0.#", CultureInfo.InvariantCulture);
}
