using Akka.Actor;

namespace FlexSc.Akka.Loops;

/// <summary>What a loop keeps for a protocol: buffers, connections. Made when the protocol first asks for it. On the loop's thread.</summary>
internal interface ILoopResident
{
    /// <summary>
    /// The loop was asked to stop: what holds descriptors closes them. May be called again, as long as the loop has calls in flight.
    /// </summary>
    void OnStopping();

    /// <summary>The loop takes no calls any more: what is still open is closed without it, and memory is freed.</summary>
    void OnEnded();
}

/// <summary>
/// What the protocols on a loop share: its syscall entries, dealt out by reservation, and a place for what each of them keeps. On the
/// loop's thread, but for the counts.
/// </summary>
internal sealed class LoopIo
{
    /// <summary>
    /// Entries a connection may have in use at once: its receive, its send, and one of cancel, shut down, set option, close. They are
    /// counted out, not taken: a silent connection has its receive in use and nothing else, and what was never used takes no memory.
    /// </summary>
    private const int EntriesPerConnection = 3;

    /// <summary>Entries left for accepting, connecting, files and whatever else an application submits.</summary>
    private const int ReservedEntries = 128;

    private readonly ActorLoop _loop;

    /// <summary>Replaced as a whole when one is added: other threads look into it.</summary>
    private Dictionary<Type, ILoopResident> _residents = [];
    private readonly int _reservableEntries;
    private int _reservedEntries;
    private int _connectionCount;
    private int _expected;
    private long _arrived;
    private long _departed;
    private long _takenConnections;
    private long _refusedConnections;

    /// <summary>Written by whatever thread sends for itself.</summary>
    private long _bytesSentByOthers;

    public LoopIo(ActorLoop loop)
    {
        _loop = loop;
        _reservableEntries = Math.Max(EntriesPerConnection, loop.Loop.EntryCount - ReservedEntries);
    }

    /// <summary>Entries with which a loop carries so many connections.</summary>
    public static long EntriesFor(int connections) => ((long)connections * EntriesPerConnection) + ReservedEntries;

    /// <summary>Open connections; from any thread.</summary>
    public int ConnectionCount => Volatile.Read(ref _connectionCount);

    /// <summary>Connections that came so far, those that have gone included; from any thread.</summary>
    public long TakenConnections => Volatile.Read(ref _takenConnections);

    /// <summary>Bytes received and sent so far, whoever made the call; from any thread.</summary>
    public long TransferredBytes => _loop.Loop.TransferredBytes + Volatile.Read(ref _bytesSentByOthers);

    /// <summary>Connections refused because the page set would have no entries for them; from any thread.</summary>
    public long RefusedConnections => Volatile.Read(ref _refusedConnections);

    /// <summary>What a protocol keeps on this loop; made when it is not there yet.</summary>
    public T Get<T>(Func<ActorLoop, T> make)
        where T : class, ILoopResident
    {
        if (_residents.TryGetValue(typeof(T), out ILoopResident? resident))
        {
            return (T)resident;
        }

        T made = make(_loop);
        Volatile.Write(ref _residents, new Dictionary<Type, ILoopResident>(_residents) { [typeof(T)] = made });
        return made;
    }

    /// <summary>What a protocol keeps on this loop, or null when it has asked for nothing yet. From any thread.</summary>
    public T? Find<T>()
        where T : class, ILoopResident => Volatile.Read(ref _residents).TryGetValue(typeof(T), out ILoopResident? resident) ? (T)resident : null;

    /// <summary>Counts a connection in. False when there is no room for it: it is to be refused.</summary>
    public bool TryReserveConnection()
    {
        if (!TryReserve(EntriesPerConnection))
        {
            _refusedConnections++;
            return false;
        }

        _connectionCount++;
        _takenConnections++;
        return true;
    }

    public void ReleaseReservation()
    {
        Release(EntriesPerConnection);
        _connectionCount--;
    }

    /// <summary>Connections that came from other loops so far; from any thread.</summary>
    public long ArrivedConnections => Volatile.Read(ref _arrived);

    /// <summary>Connections that left for other loops so far; from any thread.</summary>
    public long DepartedConnections => Volatile.Read(ref _departed);

    /// <summary>Connections that are on their way here. On the loop's thread.</summary>
    public int ExpectedConnections => _expected;

    /// <summary>Sets room aside for a connection that is to come from another loop. False when there is none.</summary>
    public bool TryReserveArrival()
    {
        if (!TryReserve(EntriesPerConnection))
        {
            return false;
        }

        _expected++;
        return true;
    }

    /// <summary>It does not come.</summary>
    public void ReleaseArrival()
    {
        Release(EntriesPerConnection);
        _expected--;
    }

    /// <summary>It has come.</summary>
    public void OnArrived()
    {
        _expected--;
        _connectionCount++;
        _arrived++;
    }

    /// <summary>A connection has left for another loop.</summary>
    public void OnDeparted()
    {
        ReleaseReservation();
        _departed++;
    }

    /// <summary>Another thread has sent for a connection by a call of its own. On that thread.</summary>
    public void OnSentByOther(long bytes) => Interlocked.Add(ref _bytesSentByOthers, bytes);

    /// <summary>Reserves an entry beyond those of a connection. False when there is none to spare.</summary>
    public bool TryReserveEntry() => TryReserve(1);

    public void ReleaseEntry() => Release(1);

    /// <summary>The longest of <see cref="IMovingResident.MoveLimit"/>; null where nothing is kept of which some could move. From any thread.</summary>
    public TimeSpan? MoveLimit => Volatile.Read(ref _residents).Values.OfType<IMovingResident>().Max(static resident => (TimeSpan?)resident.MoveLimit);

    /// <summary>All that live here now and may come to live elsewhere, as they are at this moment.</summary>
    public IMovable[] Movables() => [.. _residents.Values.OfType<IMovingResident>().SelectMany(static resident => resident.Movables)];

    /// <inheritdoc cref="IMovingResident.Move"/>
    public IReadOnlyList<(IActorRef Handler, Task<string?> Answer)> Move(IReadOnlySet<IActorRef> handlers, ActorLoop target) =>
        [.. _residents.Values.OfType<IMovingResident>().SelectMany(resident => resident.Move(handlers, target))];

    /// <summary>The loop stops.</summary>
    public void AbortAll()
    {
        foreach (ILoopResident resident in _residents.Values.ToArray())
        {
            resident.OnStopping();
        }
    }

    /// <summary>The loop has ended.</summary>
    public void Free()
    {
        foreach (ILoopResident resident in _residents.Values)
        {
            resident.OnEnded();
        }
    }

    private bool TryReserve(int entries)
    {
        if (_reservedEntries + entries > _reservableEntries || !_loop.Loop.TryReserveEntries(entries))
        {
            return false;
        }

        _reservedEntries += entries;
        return true;
    }

    private void Release(int entries)
    {
        _reservedEntries -= entries;
        _loop.Loop.ReleaseEntries(entries);
    }
}
