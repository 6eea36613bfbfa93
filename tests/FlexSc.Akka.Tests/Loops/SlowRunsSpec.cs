using Akka.Actor;
using Akka.TestKit;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.Loops;

/// <summary>An actor whose messages take long again and again leaves its loop, also where no watchdog looks.</summary>
public abstract class SlowRunsSpec(string dispatcher) : EvictionFixture(dispatcher, stallWarningMs: 0)
{
    private const int MostRuns = 100;

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

    [Fact]
    public async Task A_run_of_several_times_a_slow_one_counts_as_several()
    {
        TestProbe evictions = Subscribe<ActorEvicted>();
        IActorRef slow = Create();
        Assert.InRange(await HaveEvictedAsync(slow, evictions), 3, 4);
    }

    [Fact]
    public async Task Runs_that_wait_count_by_their_time_and_those_as_short_that_compute_do_not()
    {
        TestProbe evictions = Subscribe<ActorEvicted>();
        IActorRef computing = Sys.ActorOf(Props.Create(() => new OtherWorker()).WithDispatcher("loops"));
        IActorRef waiting = Create();
        int runs = 0;
        do
        {
            await computing.Ask<bool>(new Compute(Milliseconds: 4), Deadline);
            await waiting.Ask<bool>(new Sleep(Milliseconds: 4), Deadline);
            runs++;
        }
        while (runs < MostRuns && await IsOnLoopAsync(waiting));

        // Thirty milliseconds are too many, after a run that has the loop look and one that makes a suspect. Where the look ends before that, others
        // having taken the core, the next one comes after a pause, some 25 runs later.
        Assert.InRange(runs, 4, 60);
        Assert.Equal(waiting.Path.ToString(), (await evictions.ExpectMsgAsync<ActorEvicted>(Deadline)).Path);
        Assert.True(await IsOnLoopAsync(computing));
    }

    [Fact]
    public async Task Slow_runs_of_several_of_a_class_count_together()
    {
        TestProbe evictions = Subscribe<ActorEvicted>();
        int actors = 0;
        IActorRef actor;
        do
        {
            actor = Create();
            await actor.Ask<bool>(new Sleep(Milliseconds: 15), Deadline);
            actors++;
        }
        while (actors < MostRuns && await IsOnLoopAsync(actor));

        // Two runs as for one actor, then three too many, or fewer that took as long; none of them was slow more than once.
        Assert.InRange(actors, 3, 6);
        Assert.Equal(actor.Path.ToString(), (await evictions.ExpectMsgAsync<ActorEvicted>(Deadline)).Path);
    }

    [Fact]
    public async Task Of_the_class_of_one_who_left_others_leave_after_one_slow_run()
    {
        TestProbe evictions = Subscribe<ActorEvicted>();
        IActorRef first = Create();
        await HaveEvictedAsync(first, evictions);

        // Of another class one slow run says nothing: had it left, it would have been told before the next one.
        IActorRef other = Sys.ActorOf(Props.Create(() => new OtherWorker()).WithDispatcher("loops"));
        await other.Ask<bool>(new Sleep(Milliseconds: 15), Deadline);
        IActorRef second = Create();
        await second.Ask<bool>(new Sleep(Milliseconds: 15), Deadline);
        Assert.Equal(second.Path.ToString(), (await evictions.ExpectMsgAsync<ActorEvicted>(Deadline)).Path);
        Assert.True(await IsOnLoopAsync(other));
    }

    /// <summary>
    /// A run has the loop begin to look, another makes the actor a suspect, and the next is four times as long as a slow one, of which three are
    /// too many. A look that came late costs a run more.
    /// </summary>
    /// <returns>How many runs there were.</returns>
    private static async Task<int> HaveEvictedAsync(IActorRef actor, TestProbe evictions)
    {
        int runs = 0;
        do
        {
            await actor.Ask<bool>(new Sleep(Milliseconds: 40), Deadline);
            runs++;
        }
        while (runs < MostRuns && await IsOnLoopAsync(actor));
        Assert.Equal(actor.Path.ToString(), (await evictions.ExpectMsgAsync<ActorEvicted>(Deadline)).Path);
        return runs;
    }
}

public sealed class SlowRunsOfDispatcherSpec() : SlowRunsSpec(Dispatcher);

public sealed class SlowRunsOfLoopMailboxSpec() : SlowRunsSpec(DispatcherWithLoopMailbox);
