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
    /// actor, and a look-up more for each would put all actors on every second loop.
    /// </summary>
    /// <param name="closed">Loops that are passed over, unless all are; null for none.</param>
    public int Fewest(bool[]? closed)
    {
        uint start = Interlocked.Increment(ref _next);
        int fewest = (int)(start % (uint)_actors.Length);
        for (int i = 1; i < _actors.Length; i++)
        {
            int candidate = (int)((start + (uint)i) % (uint)_actors.Length);
            bool isBetter = closed is null || closed[candidate] == closed[fewest]
                ? Volatile.Read(ref _actors[candidate]) < Volatile.Read(ref _actors[fewest])
                : closed[fewest];
            fewest = isBetter ? candidate : fewest;
        }

        return fewest;
    }
}
