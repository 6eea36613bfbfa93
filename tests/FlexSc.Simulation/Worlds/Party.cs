using FlexSc.Interop.Backends.Simulated;
using FlexSc.Interop.Loop;

namespace FlexSc.Simulation.Worlds;

/// <summary>A process of a world and its one loop, which the world steps.</summary>
internal sealed class Party(SimulatedProcess process, SyscallLoop loop)
{
    public SimulatedProcess Process => process;

    public SyscallLoop Loop => loop;

    /// <summary>Has work run on the loop, as other threads have it: in its next turn.</summary>
    public void Post(Action<SyscallLoop> work)
    {
        if (!process.HasCrashed && !loop.TryPost(work))
        {
            throw new SimulationFailure($"{process.Name} refuses posted work");
        }
    }

    /// <summary>Ends the process where it is.</summary>
    public void Crash()
    {
        process.Crash();
        loop.Abandon();
    }
}
