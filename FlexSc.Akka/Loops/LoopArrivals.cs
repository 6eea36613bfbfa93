using System.Collections.Concurrent;

namespace FlexSc.Akka.Loops;

/// <summary>What another thread has given to a loop, which has not come to it yet.</summary>
internal interface IArrival
{
    /// <summary>
    /// The loop is given up: has another one take it, unless the loop came to it meanwhile (<see cref="LoopArrivals.TryTake"/>). From any thread.
    /// </summary>
    void GoElsewhere();
}

/// <summary>
/// What is on its way to a loop. Its queue cannot be taken from a loop whose work does not come back; what says for itself that it is still
/// waiting there can. From any thread.
/// </summary>
internal sealed class LoopArrivals
{
    private readonly ConcurrentDictionary<IArrival, bool> _waiting = new(ReferenceEqualityComparer.Instance);

    /// <summary>For a look at each scheduling; the table's own count locks all of it.</summary>
    private int _count;

    /// <summary>How many there are.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>One is about to be given to the loop.</summary>
    public void Add(IArrival arrival)
    {
        Interlocked.Increment(ref _count);
        _waiting.TryAdd(arrival, true);
    }

    /// <summary>Whoever gets it may act on it: the loop, or who has it go elsewhere.</summary>
    /// <returns>False when somebody else has it.</returns>
    public bool TryTake(IArrival arrival)
    {
        if (!_waiting.TryRemove(arrival, out _))
        {
            return false;
        }

        Interlocked.Decrement(ref _count);
        return true;
    }

    /// <summary>Has all that wait go elsewhere.</summary>
    public void SendElsewhere()
    {
        foreach ((IArrival arrival, _) in _waiting)
        {
            arrival.GoElsewhere();
        }
    }
}
