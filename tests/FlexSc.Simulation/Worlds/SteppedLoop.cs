using FlexSc.Akka.Loops;
using FlexSc.Interop.Backends.Simulated;
using FlexSc.Interop.Loop;

namespace FlexSc.Simulation.Worlds;

/// <summary>A loop that the world steps.</summary>
internal sealed class SteppedLoop(SimulatedProcess process, LoopEnvironment environment, SyscallLoop loop, SimulatedAttempts attempts) : ISteppable
{
    public SyscallLoop Loop => loop;

    public bool IsDue => !process.HasCrashed && !loop.HasEnded && (!loop.IsWaiting || attempts.IsDue || loop.HasCompletions);

    public long DeadlineNs => process.HasCrashed || loop.HasEnded ? long.MaxValue : attempts.DeadlineNs;

    public void Step()
    {
        using Surroundings surroundings = new(environment, loop.Host as ActorLoop);
        loop.Step();
    }

    public override string ToString() => process.HasCrashed || loop.HasEnded
        ? $"{loop.Name} {(process.HasCrashed ? "has crashed" : "has ended")}"
        : $"{loop.Name} has {loop.UsedEntries} calls in flight, {loop.StartedTimers} timers, {process.OpenDescriptors} descriptors, "
            + $"{loop.Buffers.Count - loop.Buffers.Available} buffers outside";
}
