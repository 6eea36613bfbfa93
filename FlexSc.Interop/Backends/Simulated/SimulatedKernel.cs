using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Backends.Simulated;

/// <summary>
/// A world of processes, sockets and files that depends on nothing but its seed, its profile and the calls made: a model of what the
/// calls of a page do. One thread at a time; <see cref="Gate"/> is for the tests that use it from several.
/// </summary>
/// <param name="seed">Where its chance begins.</param>
/// <param name="profile">How it behaves.</param>
/// <param name="trace">Takes a line for every step; null for none.</param>
internal sealed class SimulatedKernel(ulong seed, SimulationProfile profile, Action<string>? trace = null)
{
    private readonly PriorityQueue<Action, (long DueNs, long Order)> _events = new();
    private readonly List<BlockedCall> _blocked = [];
    private readonly List<(SimulatedProcess, SimulatedProcess)> _partitions = [];
    private long _lastOrder;
    private int _lastProcess;

    public SimulatedRandom Random { get; } = new(seed);

    public SimulationProfile Profile => profile;

    public SimulatedClock Clock { get; } = new();

    public SimulatedNetwork Network { get; } = new();

    public SimulatedFileSystem Files { get; } = new(profile.FileSystemBytes);

    /// <summary>Events and attempts so far.</summary>
    public long Steps { get; private set; }

    /// <summary>When the next event is due; null when nothing is to happen.</summary>
    public long? NextDueNs => _events.TryPeek(out _, out (long DueNs, long Order) next) ? next.DueNs : null;

    /// <summary>Held by whoever uses the world, when several threads do; pulsed at every change.</summary>
    public object Gate { get; } = new();

    public bool IsTraced => trace is not null;

    /// <summary>Makes a process with no descriptor open.</summary>
    /// <param name="name">How the trace names it.</param>
    /// <param name="id">What getpid(2) answers; 0 gives the next number.</param>
    public SimulatedProcess StartProcess(string name, int id = 0) => new(this, name, id > 0 ? id : ++_lastProcess);

    /// <summary>Has something happen later. What is due at the same time happens in the order of the calls.</summary>
    public void After(long delayNs, Action happen) => _events.Enqueue(happen, (Clock.NowNs + delayNs, ++_lastOrder));

    /// <summary>Makes the next event happen; the clock moves on to its time.</summary>
    /// <param name="untilNs">Only when it is due by then.</param>
    /// <returns>False when there is none.</returns>
    public bool Step(long untilNs = long.MaxValue)
    {
        lock (Gate)
        {
            if (NextDueNs is not { } dueNs || dueNs > untilNs)
            {
                return false;
            }

            Clock.MoveTo(Math.Max(dueNs, Clock.NowNs));
            Steps++;
            _events.Dequeue()();
            return true;
        }
    }

    /// <summary>Separates two processes, or joins them again. Streams between them wait, datagrams are lost.</summary>
    public void Partition(SimulatedProcess one, SimulatedProcess other, bool separated)
    {
        _partitions.RemoveAll(pair => pair == (one, other) || pair == (other, one));
        if (separated)
        {
            _partitions.Add((one, other));
        }

        Trace($"{one.Name} and {other.Name} are {(separated ? "separated" : "joined")}");
    }

    public bool AreSeparated(SimulatedProcess one, SimulatedProcess other) =>
        _partitions.Count > 0 && (_partitions.Contains((one, other)) || _partitions.Contains((other, one)));

    /// <summary>A time for a segment or datagram to come across.</summary>
    public long NetworkDelayNs() => Random.Between(profile.LeastNetworkDelayNs, profile.MostNetworkDelayNs);

    /// <summary>Makes a call as a thread does that may wait in it.</summary>
    /// <param name="attempt">One attempt; -EAGAIN when it has to wait for a change.</param>
    /// <param name="completed">Takes the result.</param>
    /// <returns>The call, which can be taken back until it has begun.</returns>
    public BlockedCall Execute(Func<long> attempt, Action<long> completed)
    {
        BlockedCall call = new(attempt, completed);
        After(Random.Between(profile.LeastCallDelayNs, profile.MostCallDelayNs), () => Begin(call));
        return call;
    }

    /// <summary>Something has changed for which calls may wait.</summary>
    public void OnChanged()
    {
        if (_blocked.Count > 0)
        {
            BlockedCall[] retried = [.. _blocked];
            _blocked.Clear();
            foreach (BlockedCall call in retried)
            {
                After(0, () => Begin(call));
            }
        }
    }

    public void CountAttempt() => Steps++;

    public void Trace(string text) => trace?.Invoke($"{Clock.NowNs} {text}");

    private void Begin(BlockedCall call)
    {
        if (call.IsOver)
        {
            return;
        }

        call.HasBegun = true;
        long result = call.Attempt();
        if (result == -Errno.Again)
        {
            _blocked.Add(call);
        }
        else
        {
            call.End(result);
        }
    }
}

/// <summary>A call that a thread makes and may wait in.</summary>
internal sealed class BlockedCall(Func<long> attempt, Action<long> completed)
{
    public bool HasBegun { get; set; }

    public bool IsOver { get; private set; }

    public long Attempt() => attempt();

    public void End(long result)
    {
        IsOver = true;
        completed(result);
    }

    /// <summary>Takes the call back when it has not begun; it does not complete then.</summary>
    public bool TryCancel()
    {
        IsOver |= !HasBegun;
        return !HasBegun;
    }
}
