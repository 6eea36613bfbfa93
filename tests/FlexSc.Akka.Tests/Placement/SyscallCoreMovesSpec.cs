using FlexSc.Akka.Loops;
using FlexSc.Akka.Placement;
using FlexSc.Akka.Tests.IO;
using FlexSc.Interop.Linux;
using Xunit;

namespace FlexSc.Akka.Tests.Placement;

/// <summary>Loops that are given a core, one of which is held up.</summary>
public sealed class SyscallCoreMovesSpec() : TcpFixture("flexsc.loops { backend = syscall-threads, count = 2 }")
{
    [Fact]
    public async Task What_a_loop_has_not_begun_in_time_it_does_not_do_later()
    {
        LoopGroup group = Extension.Group;
        IReadOnlyList<int> allowed = ThreadAffinity.AllowedCpus();
        int core = allowed[^1];
        SyscallCoreMoves moves = new(group, longestWaitMs: 100);
        LoopPlace served = new(LoopRole.Open, ServedBy: core);
        using LoopHold hold = new();
        Assert.True(group.Loops[0].TrySchedule(hold));
        await hold.Reached.WaitAsync(Deadline);
        SyscallCoreOutcome outcome = await moves.Ask(new PlacementPlan([served, served], [core], []), allowed, isServing: true)!.WaitAsync(Deadline);
        Assert.Equal(
            $"loop 0 keeps its calls where they are: loop 0 did not come to it within 100 ms (as long as placement waits): {typeof(LoopHold).FullName} holds it up",
            outcome.Failure);
        Assert.False(outcome.IsLasting);
        hold.Dispose();
        await group.Loops[0].RunAsync(static () => Task.FromResult(0)).WaitAsync(Deadline);
        Assert.Equal((null, core), (group.Loops[0].Loop.ServedBy, group.Loops[1].Loop.ServedBy));

        // As it was at first.
        moves.Forget();
        Assert.Null((await moves.Ask(PlacementPlan.Unplaced(2), allowed, isServing: true)!.WaitAsync(Deadline)).Failure);
        Assert.All(group.Loops, static loop => Assert.Null(loop.Loop.ServedBy));
    }
}
