using Akka.Dispatch;

namespace FlexSc.Akka.Loops;

/// <summary>How many actors live on each loop, as their dispatchers count them. From any thread.</summary>
internal sealed class LoopPopulation(int loops)
{
    private readonly int[] _actors = new int[loops];
    private readonly Lock _gate = new();

    /// <summary>Actors that were moved to another loop than their dispatcher's, by their mailbox, until they end.</summary>
    private readonly Dictionary<Mailbox, int> _moved = [];

    /// <summary>For a look without the lock.</summary>
    private int _movedCount;

    /// <summary>Where a search begins, so that loops with equally many actors are taken in turn.</summary>
    private uint _next;

    private volatile bool _hasHadActors;

    /// <summary>Whether an actor has lived on a loop since the loops were made: if none has, the handlers of all connections run elsewhere.</summary>
    public bool HasHadActors => _hasHadActors;

    /// <summary>Actors of a loop.</summary>
    public int Of(int loop) => Volatile.Read(ref _actors[loop]);

    public void Add(int loop)
    {
        NoteActors();
        Interlocked.Increment(ref _actors[loop]);
    }

    /// <summary>Actors live on the loops, whether they are counted or not.</summary>
    /// <remarks>The look first: it is noted for each actor that is made, and a line that all cores read stays theirs.</remarks>
    public void NoteActors()
    {
        if (!_hasHadActors)
        {
            _hasHadActors = true;
        }
    }

    /// <summary>An actor has ended; its mailbox is not the cell's any more.</summary>
    public void Remove(Mailbox mailbox, int home)
    {
        int loop = home;
        if (Volatile.Read(ref _movedCount) > 0)
        {
            lock (_gate)
            {
                loop = _moved.Remove(mailbox, out int moved) ? moved : home;
                Volatile.Write(ref _movedCount, _moved.Count);
            }
        }

        Interlocked.Decrement(ref _actors[loop]);
    }

    /// <summary>An actor lives on another loop from now on.</summary>
    /// <param name="mailbox">Its mailbox.</param>
    /// <param name="home">The loop of its dispatcher.</param>
    /// <param name="target">The other loop.</param>
    /// <param name="hasEnded">Whether it has ended: it counts nowhere then, or is about to be removed.</param>
    public void Move(Mailbox mailbox, int home, int target, Func<bool> hasEnded)
    {
        lock (_gate)
        {
            // Before the look: who ends meanwhile finds that it has to look here, or is found to have ended.
            Interlocked.Exchange(ref _movedCount, _moved.Count + 1);
            if (hasEnded())
            {
                Volatile.Write(ref _movedCount, _moved.Count);
                return;
            }

            int before = _moved.GetValueOrDefault(mailbox, home);
            _moved[mailbox] = target;
            Volatile.Write(ref _movedCount, _moved.Count);
            Interlocked.Decrement(ref _actors[before]);
            Interlocked.Increment(ref _actors[target]);
        }
    }

    /// <summary>
    /// Of the loops with the best rank the one with the fewest actors. Not simply the next in turn: dispatchers are looked up by more than
    /// those who make an actor, and a look-up more for each would put all actors on every second loop.
    /// </summary>
    /// <param name="rankOf">The rank of a loop, by its index.</param>
    public int Fewest(Func<int, LoopRank> rankOf)
    {
        uint start = Interlocked.Increment(ref _next);
        int fewest = 0;
        (LoopRank Rank, int Actors) least = default;
        for (uint i = 0; i < (uint)_actors.Length; i++)
        {
            int candidate = (int)((start + i) % (uint)_actors.Length);
            (LoopRank Rank, int Actors) weight = (rankOf(candidate), Volatile.Read(ref _actors[candidate]));
            if (i == 0 || weight.Rank < least.Rank || (weight.Rank == least.Rank && weight.Actors < least.Actors))
            {
                (fewest, least) = (candidate, weight);
            }
        }

        return fewest;
    }
}
