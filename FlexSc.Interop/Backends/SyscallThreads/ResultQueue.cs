namespace FlexSc.Interop.Backends.SyscallThreads;

/// <summary>Results on their way from the threads that made the calls to the loop. An entry has at most one, which bounds them.</summary>
internal sealed class ResultQueue
{
    private readonly Lock _gate = new();
    private List<(uint Index, long Result)> _filling = [];
    private List<(uint Index, long Result)> _taken = [];
    private int _count;

    /// <summary>True when nothing is there. From the loop's thread.</summary>
    public bool IsEmpty => Volatile.Read(ref _count) == 0;

    /// <summary>Adds a result, from any thread.</summary>
    public void Add(uint index, long result)
    {
        lock (_gate)
        {
            _filling.Add((index, result));
            Volatile.Write(ref _count, _filling.Count);
        }
    }

    /// <summary>Takes all results; the list is valid until the next call. On the loop's thread.</summary>
    public List<(uint Index, long Result)> TakeAll()
    {
        _taken.Clear();
        lock (_gate)
        {
            (_filling, _taken) = (_taken, _filling);
            Volatile.Write(ref _count, 0);
        }

        return _taken;
    }
}
