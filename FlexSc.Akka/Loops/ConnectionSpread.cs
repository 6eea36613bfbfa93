using FlexSc.Interop.Loop;

namespace FlexSc.Akka.Loops;

/// <summary>
/// Which loop takes an accepted connection: the one with the least load of those that get new work. A loop's load is its connections, by
/// the time that its thread has left: one that is busy for half of the time counts as having twice as many. While no actor lives on the
/// loops, connections stay on the first few: the rest of the work of each is another thread's then, and fewer loops are woken for what
/// comes, and find more of it in a turn. From any thread.
/// </summary>
/// <param name="group">Whose loops.</param>
/// <param name="withoutActors">Loops that get connections while no actor lives on any: 1 or more.</param>
internal sealed class ConnectionSpread(LoopGroup group, int withoutActors)
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
    /// <param name="isSecured">It is one over TLS, for which its loop has much to do whoever handles it.</param>
    public ActorLoop Choose(ActorLoop accepting, int turn, bool isSecured = false)
    {
        ActorLoop chosen = Least(turn, isSecured ? int.MaxValue : Wanted) ?? Least(turn, int.MaxValue) ?? accepting;
        Interlocked.Increment(ref _given[chosen.Index]);
        if (Interlocked.Increment(ref _givenSinceHalving) % (Remembered * _given.Length) == 0)
        {
            Halve();
        }

        return chosen;
    }

    /// <summary>The loop that is to accept: of those that get the connections, so that no other one is woken for each.</summary>
    public ActorLoop ChooseListening() => group.Next(Wanted);

    /// <summary>The first of the loops, so many, get connections.</summary>
    private int Wanted => group.Population.HasHadActors ? int.MaxValue : withoutActors;

    private ActorLoop? Least(int turn, int wanted)
    {
        IReadOnlyList<ActorLoop> loops = group.StartedLoops;
        uint count = (uint)Math.Min(loops.Count, wanted);
        ActorLoop? least = null;
        long leastLoad = long.MaxValue;
        int compared = 0;
        for (uint i = 0; i < count && compared < MostCompared; i++)
        {
            ActorLoop loop = loops[(int)(((uint)turn + i) % count)];
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
