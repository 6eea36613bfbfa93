using Akka.TestKit;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Tests.IO;
using Xunit;

namespace FlexSc.Akka.Tests.Loops;

/// <summary>The end of an actor system some of whose loops do not come back.</summary>
public sealed class EndWithStuckLoopsSpec() : TcpFixture(
    "flexsc.loops { count = 3, stall-warning-ms = 100, give-up-ms = 200, socket-close-limit-ms = 100 }")
{
    [Fact]
    public async Task Each_is_asked_to_end_whatever_becomes_of_the_others()
    {
        TestProbe events = CreateTestProbe();
        Sys.EventStream.Subscribe(events, typeof(LoopGivenUp));
        IReadOnlyList<ActorLoop> loops = Extension.Group.Loops;
        ActorLoop[] stuck = [loops[0], loops[2]];
        LoopHold[] holds = [new(), new()];
        try
        {
            for (int i = 0; i < stuck.Length; i++)
            {
                Assert.True(stuck[i].TrySchedule(holds[i]));
                await holds[i].Reached.WaitAsync(Deadline);
                await events.ExpectMsgAsync<LoopGivenUp>(Deadline);
            }

            await Sys.Terminate().WaitAsync(Deadline);
            await loops[1].Loop.Ended.WaitAsync(Deadline);
            await AwaitConditionAsync(() => Task.FromResult(stuck.All(static loop => loop.Loop.IsStopping)), Deadline);
            Assert.All(stuck, static loop => Assert.False(loop.Loop.Ended.IsCompleted, "it came back before the other one was asked"));
        }
        finally
        {
            Array.ForEach(holds, static hold => hold.Dispose());
        }

        await Task.WhenAll(stuck.Select(static loop => loop.Loop.Ended)).WaitAsync(Deadline);
    }
}
