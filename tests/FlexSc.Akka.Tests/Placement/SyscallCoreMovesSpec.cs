using FlexSc.Akka.Loops;
using FlexSc.Akka.Placement;
using FlexSc.Akka.Tests.IO;
using FlexSc.Interop.Linux;
using Xunit;

namespace FlexSc.Akka.Tests.Placement;

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
}
