using System.Diagnostics;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.Loops;

/// <summary>An actor that holds up its loop leaves it, and its neighbours go on.</summary>
public abstract class EvictionSpec(string dispatcher) : EvictionFixture(dispatcher, stallWarningMs: 50)
{
    [Fact]
    public async Task One_who_blocks_leaves_and_does_not_hold_up_others_again()
    {
        TestProbe evictions = Subscribe<ActorEvicted>();
        IActorRef blocking = Create();
        IActorRef neighbour = Create();
        Assert.True(await IsOnLoopAsync(blocking));
        using (ManualResetEventSlim release = new())
        {
            blocking.Tell(new WaitFor(release));
            ActorEvicted evicted = await evictions.ExpectMsgAsync<ActorEvicted>(Deadline);
            Assert.Equal((blocking.Path.ToString(), 0, EvictionReason.Stall), (evicted.Path, evicted.Loop, evicted.Reason));
            release.Set();
        }

        await RunsOnLoopAsync(blocking, expected: false);
        using ManualResetEventSlim second = new();
        blocking.Tell(new WaitFor(second));
        Assert.True(await IsOnLoopAsync(neighbour));
        Assert.Equal([blocking.Path.ToString()], FlexEviction.Evicted(Sys).Select(static away => away.Path));
        second.Set();
    }

    [Fact]
    public async Task A_run_that_is_under_way_ends_behind_its_message()
    {
        TestProbe evictions = Subscribe<ActorEvicted>();
        IActorRef blocking = Create();
        using ManualResetEventSlim release = new();
        blocking.Tell(new WaitFor(release));
        Task<bool> second = IsOnLoopAsync(blocking);
        await evictions.ExpectMsgAsync<ActorEvicted>(Deadline);
        release.Set();
        Assert.False(await second);
    }

    [Fact]
    public async Task Where_the_dispatcher_keeps_its_actors_one_who_blocks_stays()
    {
        TestProbe warnings = Subscribe<Warning>();
        IActorRef actor = Create("staying");
        using ManualResetEventSlim release = new();
        actor.Tell(new WaitFor(release));
        await warnings.FishForMessageAsync(
            message => message is Warning warning && warning.Message.ToString()!.StartsWith($"{actor.Path} has been running", StringComparison.Ordinal), Deadline);
        release.Set();
        Assert.True(await IsOnLoopAsync(actor));
        Assert.Empty(FlexEviction.Evicted(Sys));
        Assert.True(FlexEviction.Evict(actor));
        await RunsOnLoopAsync(actor, expected: false);
    }
}

public sealed class EvictionOfDispatcherSpec() : EvictionSpec(Dispatcher);

public sealed class EvictionOfLoopMailboxSpec() : EvictionSpec(DispatcherWithLoopMailbox);

public sealed class EvictionBoundSpec() : TestKit(ConfigurationFactory.ParseString("""
    akka.loglevel = WARNING
    akka.test.single-expect-default = 30s
    flexsc.loops { count = 2, pin = off, stall-warning-ms = 500 }
    flexsc.eviction { most = 1 }
    loops.type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka"
    """))
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Beyond_the_bound_actors_stay_and_a_warning_says_so()
    {
        IActorRef first = Create();
        IActorRef second = Create();
        await LoopOfAsync(first);
        await LoopOfAsync(second);
        Assert.True(FlexEviction.Evict(first));
        await EventFilter.Warning(contains: "which the application asked to leave it, and so do others: as many actors are evicted as may be (flexsc.eviction.most = 1)").ExpectOneAsync(() =>
        {
            Assert.False(FlexEviction.Evict(second));
            Assert.False(FlexEviction.Evict(second));
            return Task.CompletedTask;
        });
        while (await LoopOfAsync(first) != -1)
        {
        }

        Assert.NotEqual(-1, await LoopOfAsync(second));
        Assert.True(FlexEviction.Return(first));
        Assert.True(FlexEviction.Evict(second));
    }

    [Fact]
    public async Task A_loop_that_is_held_up_gets_no_new_actors()
    {
        TestProbe evictions = CreateTestProbe();
        Sys.EventStream.Subscribe(evictions, typeof(ActorEvicted));
        IActorRef blocking = Create();
        int heldUp = await LoopOfAsync(blocking);
        using ManualResetEventSlim release = new();
        blocking.Tell(release);
        await evictions.ExpectMsgAsync<ActorEvicted>(Deadline);
        IActorRef[] others = [.. Enumerable.Range(0, 8).Select(_ => Create())];
        int[] loops = await Task.WhenAll(others.Select(LoopOfAsync));
        Assert.All(loops, loop => Assert.Equal(1 - heldUp, loop));
        release.Set();

        // It has fewer actors than the other one, so the first after the stall is its own.
        await AwaitConditionAsync(async () => await LoopOfAsync(Create()) == heldUp, Deadline);
    }

    private static Task<int> LoopOfAsync(IActorRef actor) => actor.Ask<int>("loop", Deadline);

    private IActorRef Create() => Sys.ActorOf(Props.Create(() => new Placed()).WithDispatcher("loops"));

    private sealed class Placed : ReceiveActor
    {
        public Placed()
        {
            Receive<string>(_ => Sender.Tell(ActorLoop.Current?.Index ?? -1));
            Receive<ManualResetEventSlim>(static release => release.Wait(Deadline));
        }
    }
}
