using Akka.Actor;
using Akka.TestKit;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.Loops;

/// <summary>An actor whose messages take long again and again leaves its loop, also where no watchdog looks.</summary>
public abstract class SlowRunsSpec(string dispatcher) : EvictionFixture(dispatcher, stallWarningMs: 0)
{
    [Fact]
    public async Task It_comes_back_when_it_was_quick_for_a_while()
    {
        TestProbe evictions = Subscribe<ActorEvicted>();
        TestProbe returns = Subscribe<ActorReturned>();
        IActorRef slow = Create();

        // The first one is not timed: it has the loop begin to look. Longer than is slow, for others may take the core meanwhile.
        do
        {
            await slow.Ask<bool>(new Compute(Milliseconds: 40), Deadline);
        }
        while (!evictions.HasMessages);
        ActorEvicted evicted = await evictions.ExpectMsgAsync<ActorEvicted>(Deadline);
        Assert.Equal((slow.Path.ToString(), EvictionReason.SlowRuns), (evicted.Path, evicted.Reason));
        while (!returns.HasMessages)
        {
            await IsOnLoopAsync(slow);
        }

        Assert.Equal(slow.Path.ToString(), (await returns.ExpectMsgAsync<ActorReturned>(Deadline)).Path);
        await RunsOnLoopAsync(slow, expected: true);
        Assert.Empty(FlexEviction.Evicted(Sys));
    }
}

public sealed class SlowRunsOfDispatcherSpec() : SlowRunsSpec(Dispatcher);

public sealed class SlowRunsOfLoopMailboxSpec() : SlowRunsSpec(DispatcherWithLoopMailbox);
