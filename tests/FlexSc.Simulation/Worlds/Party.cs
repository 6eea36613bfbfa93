using FlexSc.Interop.Backends.Simulated;
using FlexSc.Interop.Loop;

namespace FlexSc.Simulation.Worlds;

/// <summary>A process of a world and its one loop, which the world steps.</summary>
internal sealed class Party(SimulatedProcess process)
{
    private SyscallLoop? _loop;
    private SimulatedAttempts? _attempts;

    public SimulatedProcess Process => process;

    public SyscallLoop Loop => _loop!;

    /// <summary>A step would do something.</summary>
    public bool IsDue => !process.HasCrashed && _loop is { HasEnded: false } && (!_loop.IsWaiting || _attempts!.IsDue || _loop.HasCompletions);

    /// <summary>When it is due by itself.</summary>
    public long DeadlineNs => process.HasCrashed || _loop is not { HasEnded: false } ? long.MaxValue : _attempts!.DeadlineNs;

    public void Attach(SyscallLoop loop, SimulatedAttempts attempts)
    {
        _loop = loop;
        _attempts = attempts;
    }

    /// <summary>Has work run on the loop, as other threads have it: in its next turn.</summary>
    public void Post(Action<SyscallLoop> work)
    {
        if (!process.HasCrashed && !Loop.TryPost(work))
        {
            throw new SimulationFailure($"{process.Name} refuses posted work");
        }
    }

    public override string ToString() => process.HasCrashed || Loop.HasEnded
        ? $"{process.Name} {(process.HasCrashed ? "has crashed" : "has ended")}"
        : $"{process.Name} has {Loop.UsedEntries} calls in flight, {Loop.StartedTimers} timers, {process.OpenDescriptors} descriptors, "
            + $"{Loop.Buffers.Count - Loop.Buffers.Available} buffers outside";

    /// <summary>Ends the process where it is.</summary>
    public void Crash()
    {
        process.Crash();
        Loop.Abandon();
    }
}
