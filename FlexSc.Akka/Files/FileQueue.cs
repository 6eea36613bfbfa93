namespace FlexSc.Akka.IO;

/// <summary>The commands of a handle: those under way, bounded, and those that wait for their turn, bounded, in order. On the loop's thread.</summary>
internal sealed class FileQueue(FileSettings settings)
{
    private readonly List<FileRequest> _inFlight = [];
    private readonly Queue<FileRequest> _waiting = new();
    private int _ordered;

    public bool IsEmpty => _inFlight.Count == 0 && _waiting.Count == 0;

    public int InFlight => _inFlight.Count;

    public IEnumerable<FileRequest> AllInFlight => _inFlight.ToArray();

    /// <summary>Takes a command in.</summary>
    /// <returns>False when too many wait.</returns>
    public bool TryAdd(FileRequest request)
    {
        // One that can begin at once does not wait.
        if (_waiting.Count >= settings.MaxQueued && (_waiting.Count > 0 || !MayStart(request)))
        {
            return false;
        }

        _waiting.Enqueue(request);
        return true;
    }

    /// <summary>The next command, when there is one that may begin.</summary>
    public bool TryPeek(out FileRequest request)
    {
        return _waiting.TryPeek(out request!) && MayStart(request);
    }

    public void Drop() => _waiting.Dequeue();

    /// <summary>Takes one out that waits, so that it holds no place.</summary>
    public void Remove(FileRequest request)
    {
        for (int count = _waiting.Count; count > 0; count--)
        {
            FileRequest next = _waiting.Dequeue();
            if (next != request)
            {
                _waiting.Enqueue(next);
            }
        }
    }

    /// <summary>The command that was peeked at begins.</summary>
    public void Start(FileRequest request)
    {
        _waiting.Dequeue();
        _inFlight.Add(request);
        _ordered += IsOrdered(request) ? 1 : 0;
    }

    /// <summary>It is over.</summary>
    public void End(FileRequest request)
    {
        int index = _inFlight.IndexOf(request);
        _inFlight[index] = _inFlight[^1];
        _inFlight.RemoveAt(_inFlight.Count - 1);
        _ordered -= IsOrdered(request) ? 1 : 0;
    }

    public FileRequest? FindInFlight(FlexFile.Command command) => _inFlight.Find(request => ReferenceEquals(request.Command, command));

    public FileRequest? FindWaiting(FlexFile.Command command) => _waiting.FirstOrDefault(request => ReferenceEquals(request.Command, command));

    /// <summary>All that wait, which do not any more.</summary>
    public IReadOnlyList<FileRequest> TakeWaiting()
    {
        FileRequest[] all = [.. _waiting];
        _waiting.Clear();
        return all;
    }

    /// <summary>Anything but a read, which nothing but a change has to be compared with.</summary>
    private static bool IsOrdered(FileRequest request) => request.Order != FileOrder.Read;

    private bool MayStart(FileRequest request)
    {
        if (_inFlight.Count >= settings.MaxInFlight)
        {
            return false;
        }

        if (_ordered == 0 && !IsOrdered(request))
        {
            return true;
        }

        foreach (FileRequest earlier in _inFlight)
        {
            if (request.MustFollow(earlier))
            {
                return false;
            }
        }

        return true;
    }
}
