using FlexSc.Interop.Loop;

namespace FlexSc.Akka.Loops;

/// <summary>
/// Which loop takes an accepted connection: the one with the least load of those that get new work. A loop's load is its connections, by
/// the time that its thread has left: one that is busy for half of the time counts as having twice as many. From any thread.
/// </summary>
/// <param name="group">Whose loops.</param>
internal sealed class ConnectionSpread(LoopGroup group)
{
    /// <summary>Most loops whose load is looked at for a connection, so that accepting costs the same however many there are.</summary>
    private const int MostCompared = 8;

    /// <summary>
    /// Connections of each loop after which those that were given out count half. They count where connections are so short that none is
    /// open when the next one comes: else all would go to one loop until its time was measured again.
    /// </summary>
    private const int Remembered = 64;

    private readonly int[] _given = new int[group.Settings.Count];
    private int _givenSinceHalving;

    /// <summary>Chooses, and counts the connection as given to that loop.</summary>
    /// <param name="accepting">The loop that accepted it, for where none gets new work.</param>
    /// <param name="turn">Counts the connections of a listener: where all have the same load they are taken in turn.</param>
    public ActorLoop Choose(ActorLoop accepting, int turn)
    {
        ActorLoop chosen = Least(turn) ?? accepting;
        Interlocked.Increment(ref _given[chosen.Index]);
        if (Interlocked.Increment(ref _givenSinceHalving) % (Remembered * _given.Length) == 0)
        {
            Halve();
        }

        return chosen;
    }

    private ActorLoop? Least(int turn)
    {
        IReadOnlyList<ActorLoop> loops = group.StartedLoops;
        ActorLoop? least = null;
        long leastLoad = long.MaxValue;
        int compared = 0;
        for (uint i = 0; i < (uint)loops.Count && compared < MostCompared; i++)
        {
            ActorLoop loop = loops[(int)(((uint)turn + i) % (uint)loops.Count)];
            if (!group.TakesNew(loop))
            {
                continue;
            }

            compared++;
            long load = LoadOf(loop);
            (least, leastLoad) = load < leastLoad ? (loop, load) : (least, leastLoad);
        }

        return least;
    }

    private long LoadOf(ActorLoop loop) =>
        (1L + Math.Max(loop.Io.ConnectionCount + loop.Arrivals.Count, Volatile.Read(ref _given[loop.Index]))) * loop.Busyness.Factor;

    /// <summary>What is given out meanwhile may be counted in part; it is a weight, not an account.</summary>
    private void Halve()
    {
        for (int i = 0; i < _given.Length; i++)
        {
            Interlocked.Add(ref _given[i], -(Volatile.Read(ref _given[i]) / 2));
        }
    }
}
