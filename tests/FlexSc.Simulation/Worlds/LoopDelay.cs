using FlexSc.Interop.Loop;

namespace FlexSc.Simulation.Worlds;

/// <summary>A timer of a loop, to be awaited once.</summary>
internal sealed class LoopDelay : LoopTimer
{
    // Continuations run where the timer is due: on the loop.
    private readonly TaskCompletionSource _due = new();

    public static Task Of(SyscallLoop loop, long delayMs)
    {
        LoopDelay delay = new();
        loop.StartTimer(delay, delayMs);
        return delay._due.Task;
    }

    protected internal override void OnDue(SyscallLoop loop) => _due.SetResult();
}
