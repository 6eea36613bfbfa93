namespace FlexSc.Akka.Loops;

/// <summary>How many actors live on each loop, as their dispatchers count them. From any thread.</summary>
internal sealed class LoopPopulation(int loops)
{
    private readonly int[] _actors = new int[loops];

    /// <summary>Where a search begins, so that loops with equally many actors are taken in turn.</summary>
    private uint _next;

    /// <summary>Actors of a loop.</summary>
    public int Of(int loop) => Volatile.Read(ref _actors[loop]);

    public void Add(int loop) => Interlocked.Increment(ref _actors[loop]);

    public void Remove(int loop) => Interlocked.Decrement(ref _actors[loop]);

    /// <summary>
    /// The loop with the fewest actors. Not simply the next in turn: dispatchers are looked up by more than those who make an
    /// actor, and a look-up more for each would put all actors on every second loop. A loop that does not serve, or that
    /// placement has closed, has none where another one is left.
    /// </summary>
    /// <param name="loops">Those that were started; empty before.</param>
    /// <param name="closed">Loops that get no new actors, by their index; null for none.</param>
    public int Fewest(IReadOnlyList<ActorLoop> loops, bool[]? closed)
    {
        uint start = Interlocked.Increment(ref _next);
        int fewest = (int)(start % (uint)_actors.Length);
        long fewestActors = Weigh(loops, closed, fewest);
        for (int i = 1; i < _actors.Length; i++)
        {
            int candidate = (int)((start + (uint)i) % (uint)_actors.Length);
            long actors = Weigh(loops, closed, candidate);
            (fewest, fewestActors) = actors < fewestActors ? (candidate, actors) : (fewest, fewestActors);
        }

        return fewest;
    }

    /// <summary>A loop that gets nothing new counts as one with more actors than there can be; one that does not serve still more.</summary>
    private long Weigh(IReadOnlyList<ActorLoop> loops, bool[]? closed, int loop)
    {
        const long beyondAll = 1L << 32;
        return Volatile.Read(ref _actors[loop])
            + (closed is not null && closed[loop] ? beyondAll : 0) + (loops.Count > 0 && !loops[loop].IsServing ? 2 * beyondAll : 0);
    }
}
