using Akka.Actor;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.Loops;

/// <summary>Evicted actors that wait have threads of the pool at once; the fixture's bound is two.</summary>
public sealed class WaitingThreadsSpec() : EvictionFixture(Dispatcher, stallWarningMs: 0, automatic: false)
{
    private WaitingThreads Waiting => LoopGroup.Of(Sys).Evictions.Waiting;

    [Fact]
    public async Task Each_that_waits_has_one_up_to_the_bound()
    {
        IActorRef[] actors = [await EvictAsync(), await EvictAsync(), await EvictAsync()];
        Assert.Equal(0, Waiting.Asked);
        int[] asked = new int[actors.Length];
        for (int i = 0; i < actors.Length; i++)
        {
            await RunAsync(actors[i], new Sleep(Milliseconds: 20));
            asked[i] = Waiting.Asked;
        }

        Assert.Equal([1, 2, 2], asked);
        ThreadPool.GetMinThreads(out int minimum, out _);
        Assert.True(minimum >= Environment.ProcessorCount + 2, $"the pool's minimum is {minimum}");
    }

    [Fact]
    public async Task One_that_waits_briefly_has_one_when_it_does_so_again()
    {
        IActorRef actor = await EvictAsync();
        await RunAsync(actor, new Sleep(Milliseconds: 5));
        Assert.Equal(0, Waiting.Asked);
        int runs = 1;
        while (Waiting.Asked == 0)
        {
            await RunAsync(actor, new Sleep(Milliseconds: 5));
            Assert.InRange(++runs, 2, 20);
        }

        Assert.Equal(1, Waiting.Asked);
    }

    [Fact]
    public async Task One_that_computes_has_none()
    {
        IActorRef actor = await EvictAsync();
        await RunAsync(actor, new Sleep(Milliseconds: 20));
        Assert.Equal(1, Waiting.Asked);

        // Where others take the core, a run that waits for a lock as well can count as one that waits: then again.
        do
        {
            await RunAsync(actor, new Compute(Milliseconds: 40));
        }
        while (Waiting.Asked != 0);
    }

    [Fact]
    public async Task It_is_given_back_when_the_actor_returns_and_when_it_ends()
    {
        IActorRef returning = await EvictAsync();
        IActorRef ending = await EvictAsync();
        await RunAsync(returning, new Sleep(Milliseconds: 20));
        await RunAsync(ending, new Sleep(Milliseconds: 20));
        Assert.Equal(2, Waiting.Asked);
        Assert.True(FlexEviction.Return(returning));
        Assert.Equal(1, Waiting.Asked);
        Assert.True(await ending.GracefulStop(Deadline));

        // It is told before the run that ends it has come back.
        Assert.True(SpinWait.SpinUntil(() => Waiting.Asked == 0, Deadline));
    }

    [Theory]
    [InlineData(5, 5, 3, 2)] // as it was left
    [InlineData(50, 5, 3, 50)] // the application has set it since
    [InlineData(2, 0, 0, 2)] // never set here
    public void What_the_application_sets_the_minimum_to_stays(int minimum, int lastSet, int added, int expected) =>
        Assert.Equal(expected, WaitingThreads.OwnMinimum(minimum, lastSet, added));

    private async Task<IActorRef> EvictAsync()
    {
        IActorRef actor = Create();
        await IsOnLoopAsync(actor);
        Assert.True(FlexEviction.Evict(actor));
        await RunsOnLoopAsync(actor, expected: false);
        return actor;
    }

    /// <summary>Waits until the run has ended: it answers before, and the next one begins behind it.</summary>
    private static async Task RunAsync(IActorRef actor, object work)
    {
        await actor.Ask<bool>(work, Deadline);
        await IsOnLoopAsync(actor);
    }
}
