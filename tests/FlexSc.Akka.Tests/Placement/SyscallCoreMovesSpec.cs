using FlexSc.Akka.Loops;
using FlexSc.Akka.Placement;
using FlexSc.Akka.Tests.IO;
using FlexSc.Interop.Linux;
using Xunit;

namespace FlexSc.Akka.Tests.Placement;

/// <summary>Loops that are given a core, one of which is held up or given up.</summary>
public sealed class SyscallCoreMovesSpec() : TcpFixture("flexsc.loops { backend = syscall-threads, count = 2, pin = off, stall-warning-ms = 0, give-up-ms = 0 }")
{
    [Fact]
    public async Task A_loop_that_is_given_up_is_asked_when_it_is_back()
    {
        LoopGroup group = Extension.Group;
        IReadOnlyList<int> allowed = ThreadAffinity.AllowedCpusOfProcess();
        int core = allowed[0];
        SyscallCoreMoves moves = new(group);
        Assert.Null((await moves.Ask(PlacementPlan.Unplaced(2), allowed, isServing: true)!.WaitAsync(Deadline)).Failure);
        PlacementPlan served = new([.. Enumerable.Repeat(new LoopPlace(LoopRole.Open, ServedBy: core), 2)], [core], []);
        group.Loops[1].GivenUp = new LoopGivenUp(1, "an actor", "which waits", DateTimeOffset.UnixEpoch);
        Assert.Null((await moves.Ask(served, allowed, isServing: true)!.WaitAsync(Deadline)).Failure);

        // However often it is looked at: each time something would wait for the loop.
        Assert.Null(moves.Ask(served, allowed, isServing: true));
        Assert.Equal([core, null], group.Loops.Select(static loop => loop.Loop.ServedBy));
        group.Loops[1].GivenUp = null;
        Assert.Null((await moves.Ask(served, allowed, isServing: true)!.WaitAsync(Deadline)).Failure);
        Assert.Equal([core, core], group.Loops.Select(static loop => loop.Loop.ServedBy));
    }

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
