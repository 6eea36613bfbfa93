using FlexSc.Akka.Placement;

namespace FlexSc.PlacementModel.Model;

/// <summary>One loop: what waits for it, whom it serves, and what it did since the last sample.</summary>
internal sealed class LoopModel(int index)
{
    public int Index => index;

    public RequestQueue Waiting { get; } = new();

    /// <summary>Messages of the actor of its own that wait for it.</summary>
    public int ActorMessages { get; set; }

    public LoopPlace Place { get; set; } = new(LoopRole.Open);

    /// <summary>A turn is under way, or is to begin.</summary>
    public bool IsBusy { get; set; }

    /// <summary>Connections that belong to it.</summary>
    public int Connections { get; set; }

    /// <summary>Of those, what may go to other loops until the next sample.</summary>
    public int MayLeave { get; set; }

    public LoopTally Tally { get; } = new();
}

/// <summary>Figures since the last sample, in microseconds of CPU and counts.</summary>
internal sealed class LoopTally
{
    public double User { get; set; }

    public double Kernel { get; set; }

    public double Waited { get; set; }

    public double Entries { get; set; }

    public double Batches { get; set; }

    public double NewConnections { get; set; }

    public LoopLoad TakeLoad(LoopModel loop, double intervalMicroseconds, double noise)
    {
        double busy = User + Kernel;
        double seconds = intervalMicroseconds / 1e6;
        LoopLoad load = new()
        {
            Index = loop.Index,
            Utilisation = Math.Min(1, busy / intervalMicroseconds * noise),
            Waiting = Math.Min(1, Waited / intervalMicroseconds),
            SystemShare = busy > 0 ? Kernel / busy : 0,
            EntriesPerSecond = Entries / seconds * noise,
            EntriesPerBatch = Batches > 0 ? Entries / Batches : 0,
            TrapsPerEntry = Entries > 0 ? Batches / Entries : 0,
            QueuedWork = loop.Waiting.Count,
            Connections = loop.Connections,
            NewConnectionsPerSecond = NewConnections / seconds,
        };
        User = Kernel = Waited = Entries = Batches = NewConnections = 0;
        return load;
    }
}

/// <summary>One core that executes system calls for loops.</summary>
internal sealed class SyscallCoreModel(int cpu)
{
    private readonly Queue<(int Loop, int Count)> _askers = new();
    private (int Loop, int Count) _served;

    public int Cpu => cpu;

    public RequestQueue Waiting { get; } = new();

    public bool IsBusy { get; set; }

    public double Busy { get; set; }

    public double Entries { get; set; }

    /// <summary>A loop hands over so many requests, which are in <see cref="Waiting"/>.</summary>
    public void Ask(int loop, int count) => _askers.Enqueue((loop, count));

    /// <summary>Whose requests are next, and how many of one loop, up to a number; none when nothing waits.</summary>
    public (int Loop, int Count) Take(int most)
    {
        if (_served.Count == 0)
        {
            _askers.TryDequeue(out _served);
        }

        int taken = Math.Min(most, _served.Count);
        _served.Count -= taken;
        return (_served.Loop, taken);
    }

    public SyscallCoreLoad TakeLoad(double intervalMicroseconds)
    {
        SyscallCoreLoad load = new(cpu, Math.Min(1, Busy / intervalMicroseconds), Entries / (intervalMicroseconds / 1e6));
        Busy = Entries = 0;
        return load;
    }
}
