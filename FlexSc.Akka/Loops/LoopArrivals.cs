namespace FlexSc.Akka.Loops;

/// <summary>
/// What is on its way to a loop. Its queue cannot be taken from a loop whose work does not come back; what says for itself that it is still
/// waiting there can. From any thread.
/// </summary>
internal sealed class LoopArrivals
{
    private readonly Lock _gate = new();

    /// <summary>A table that keeps its memory: each accepted connection that another loop gets is in it for a moment.</summary>
    private readonly HashSet<LoopArrival> _waiting = new(ReferenceEqualityComparer.Instance);
    private int _count;

    /// <summary>How many there are.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>One is about to be given to the loop.</summary>
    public void Add(LoopArrival arrival)
    {
        lock (_gate)
        {
            _waiting.Add(arrival);
            Volatile.Write(ref _count, _waiting.Count);
        }
    }

    /// <summary>Whoever gets it may act on it: the loop, or who has it go elsewhere.</summary>
    /// <returns>False when somebody else has it.</returns>
    public bool TryTake(LoopArrival arrival)
    {
        lock (_gate)
        {
            bool isTaken = _waiting.Remove(arrival);
            Volatile.Write(ref _count, _waiting.Count);
            return isTaken;
        }
    }

    /// <summary>Has all that wait go elsewhere.</summary>
    public void SendElsewhere()
    {
        LoopArrival[] waiting;
        lock (_gate)
        {
            waiting = [.. _waiting];
        }

        Array.ForEach(waiting, static arrival => arrival.GoElsewhere());
    }
}
