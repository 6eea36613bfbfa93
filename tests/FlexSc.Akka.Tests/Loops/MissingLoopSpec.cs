using Akka.TestKit;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Tests.IO;
using Xunit;

namespace FlexSc.Akka.Tests.Loops;

/// <summary>Those who wait for a loop that is given up, or ends, are told.</summary>
public sealed class MissingLoopSpec() : TcpFixture("flexsc.loops { count = 2, stall-warning-ms = 100, give-up-ms = 200 }")
{
    [Fact]
    public async Task Work_that_it_has_not_begun_is_withdrawn_with_the_reason()
    {
        (ActorLoop loop, TestProbe events) = Start();
        bool hasRun = false;
        using LoopHold hold = await HoldAsync(loop);
        Task<int> asked = FlexLoops.RunAsync(Sys, loop.Index, _ =>
        {
            hasRun = true;
            return Task.FromResult(1);
        });
        LoopGivenUpException failure = await Assert.ThrowsAsync<LoopGivenUpException>(() => asked.WaitAsync(Deadline));
        Assert.Equal(loop.GivenUp, failure.GivenUp);
        Assert.StartsWith($"loop {loop.Index} is given up: {typeof(LoopHold).FullName}, which waits, holds it up since ", failure.Message, StringComparison.Ordinal);
        hold.Dispose();
        await events.ExpectMsgAsync<LoopCameBack>(Deadline);
        Assert.Equal(2, await FlexLoops.RunAsync(Sys, loop.Index, static _ => Task.FromResult(2)).WaitAsync(Deadline));
        Assert.False(hasRun, "it was done after it had failed");
    }

    [Fact]
    public async Task Work_that_it_has_begun_is_waited_for()
    {
        (ActorLoop loop, TestProbe events) = Start();
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource<int> result = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<int> asked = FlexLoops.RunAsync(Sys, loop.Index, _ =>
        {
            begun.SetResult();
            return result.Task;
        });
        await begun.Task.WaitAsync(Deadline);
        using LoopHold hold = await HoldAsync(loop);
        Assert.Equal(loop.Index, (await loop.Missing.WaitAsync(Deadline))?.Loop);
        Assert.False(asked.IsCompleted, "it did not wait");
        hold.Dispose();
        await events.ExpectMsgAsync<LoopCameBack>(Deadline);
        result.SetResult(3);
        Assert.Equal(3, await asked.WaitAsync(Deadline));
    }

    [Fact]
    public async Task It_is_not_missing_once_it_is_back_and_is_for_good_when_it_has_ended()
    {
        (ActorLoop loop, TestProbe events) = Start();
        using (LoopHold hold = await HoldAsync(loop))
        {
            await loop.Missing.WaitAsync(Deadline);
        }

        await events.ExpectMsgAsync<LoopCameBack>(Deadline);
        Task<LoopGivenUp?> missing = loop.Missing;
        Assert.False(missing.IsCompleted, "it is back");
        await Sys.Terminate().WaitAsync(Deadline);
        Assert.Null(await missing.WaitAsync(Deadline));
        Assert.True(loop.Missing.IsCompleted);
        Exception ended = await Assert.ThrowsAnyAsync<InvalidOperationException>(() => loop.AskAsync(static () => Task.FromResult(0)));
        Assert.Equal($"the loop '{loop.Loop.Name}' has ended with its actor system", ended.Message);
    }

    private (ActorLoop Loop, TestProbe Events) Start()
    {
        TestProbe events = CreateTestProbe();
        Sys.EventStream.Subscribe(events, typeof(LoopCameBack));
        return (Extension.Group.Loops[0], events);
    }

    private static async Task<LoopHold> HoldAsync(ActorLoop loop)
    {
        LoopHold hold = new();
        Assert.True(loop.TrySchedule(hold));
        await hold.Reached.WaitAsync(Deadline);
        return hold;
    }
}
