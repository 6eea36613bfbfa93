using Akka.Actor;
using Akka.Configuration;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Placement;
using FlexSc.Akka.Placement.Policies;
using FlexSc.Interop.Loop;
using Xunit;

namespace FlexSc.Akka.Tests.Placement;

/// <summary>Who is evicted, by the placement's own words.</summary>
public sealed class PlacementEvictionSpec() : FlexScSpec(ConfigurationFactory.ParseString(
    """
    flexsc.loops { count = 1, pin = off, stall-warning-ms = 20 }
    flexsc.placement { interval-ms = 10, policy = "FlexSc.Akka.Tests.Placement.FlexPlacementSpec+AllOpen, FlexSc.Akka.Tests" }
    loops.type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka"
    """))
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Fact]
    public void An_actor_is_evicted_and_returns_by_request()
    {
        IActorRef placement = Start();
        IActorRef actor = Sys.ActorOf(Props.Create(() => new Worker()).WithDispatcher("loops"), "asked");
        string path = actor.Path.ToString();
        AwaitWhere(actor, isOnLoop: true);

        placement.Tell(new FlexPlacement.Evict(actor), TestActor);
        ExpectMsg<FlexPlacement.Done>(Deadline);
        AwaitWhere(actor, isOnLoop: false);
        FlexPlacement.State state = AwaitState(placement, found => found.Decisions.Count == 1);
        Assert.Equal(new ActorEvicted(path, 0, EvictionReason.Request), Assert.Single(state.Evicted));
        Assert.Equal([path], state.Plan.Evicted);
        Assert.Equal($"{path} leaves loop 0 for the thread pool: the application asked for it", state.Decisions[0].Reason);

        placement.Tell(new FlexPlacement.Return(actor), TestActor);
        ExpectMsg<FlexPlacement.Done>(Deadline);
        AwaitWhere(actor, isOnLoop: true);
        state = AwaitState(placement, found => found.Decisions.Count == 2);
        Assert.Empty(state.Evicted);
        Assert.Empty(state.Plan.Evicted);

        // What is said of it comes first, or the look at who is away.
        Assert.Contains(state.Decisions[1].Reason, new[] { $"{path} runs on loop 0 again", $"{path} is not evicted any more" });
        Assert.Equal(state.Decisions[0].After, state.Decisions[1].Before);
    }

    [Fact]
    public void One_that_the_loop_evicts_is_told_with_its_reason_and_forgotten_when_it_has_ended()
    {
        IActorRef placement = Start();
        Sys.EventStream.Subscribe(TestActor, typeof(PlacementChanged));
        IActorRef actor = Sys.ActorOf(Props.Create(() => new Worker()).WithDispatcher("loops"), "blocking");
        string path = actor.Path.ToString();
        using ManualResetEventSlim release = new();
        actor.Tell(release);
        PlacementChanged change = ExpectMsg<PlacementChanged>(Deadline);
        Assert.Equal((0, 1), (change.Before.Evicted.Count, change.After.Evicted.Count));
        Assert.Equal($"{path} leaves loop 0 for the thread pool: its handler held the loop up (flexsc.loops.stall-warning-ms)", change.Reason);
        release.Set();
        AwaitWhere(actor, isOnLoop: false);

        Sys.Stop(actor);
        Assert.Equal($"{path} is not evicted any more", ExpectMsg<PlacementChanged>(Deadline).Reason);
        Assert.Empty(AwaitState(placement, static found => found.Decisions.Count == 2).Evicted);
    }

    [Fact]
    public void What_is_heard_when_it_is_not_so_any_more_is_not_told()
    {
        LoopGroup group = LoopGroup.Of(Sys);
        PlacementCourse course = new(new InlinePolicy(), new PlacementSettings(), PlacementAbilities.All, PlacementPlan.Unplaced(1));
        EvictionWatch watch = new(group, course);
        IActorRef actor = Sys.ActorOf(Props.Create(() => new Worker()).WithDispatcher("loops"), "heard-late");
        AwaitWhere(actor, isOnLoop: true);
        string path = actor.Path.ToString();
        Assert.Null(watch.Evict(actor));
        watch.Compare(TimeSpan.FromSeconds(1));
        Assert.Null(EvictionWatch.Return(actor));
        watch.Compare(TimeSpan.FromSeconds(2));
        Assert.Null(watch.Evict(actor));
        watch.Compare(TimeSpan.FromSeconds(3));

        // Of the return before.
        watch.OnReturned(new ActorReturned(path, 0));
        watch.Compare(TimeSpan.FromSeconds(4));
        Assert.Equal([path], course.Plan.Evicted);
        Assert.Null(EvictionWatch.Return(actor));
        watch.OnReturned(new ActorReturned(path, 0));
        watch.Compare(TimeSpan.FromSeconds(5));
        string leaves = $"{path} leaves loop 0 for the thread pool: the application asked for it";
        Assert.Equal([leaves, $"{path} is not evicted any more", leaves, $"{path} runs on loop 0 again"], course.Log.Select(static decision => decision.Reason));
        Assert.Empty(course.Plan.Evicted);
    }

    [Fact]
    public void Of_many_that_leave_at_once_some_are_named()
    {
        LoopGroup group = LoopGroup.Of(Sys);
        PlacementCourse course = new(new InlinePolicy(), new PlacementSettings(), PlacementAbilities.All, PlacementPlan.Unplaced(1));
        EvictionWatch watch = new(group, course);
        for (int i = 0; i < 20; i++)
        {
            IActorRef actor = Sys.ActorOf(Props.Create(() => new Worker()).WithDispatcher("loops"));
            AwaitWhere(actor, isOnLoop: true);
            Assert.Null(watch.Evict(actor));
        }

        watch.Compare(TimeSpan.FromSeconds(1));
        string reason = Assert.Single(course.Log).Reason;
        Assert.EndsWith("; and 4 more", reason, StringComparison.Ordinal);
        Assert.Equal(20, course.Plan.Evicted.Count);
    }

    [Fact]
    public void What_cannot_be_done_is_refused_with_the_reason()
    {
        IActorRef placement = Start();
        IActorRef evicted = Sys.ActorOf(Props.Create(() => new Worker()).WithDispatcher("loops"));
        AwaitWhere(evicted, isOnLoop: true);
        placement.Tell(new FlexPlacement.Evict(evicted), TestActor);
        ExpectMsg<FlexPlacement.Done>(Deadline);
        (object Command, string Reason)[] refusals =
        [
            (new FlexPlacement.Evict(evicted), "it is evicted already"),
            (new FlexPlacement.Evict(TestActor), "no local actor that lives on a FlexSC loop"),
            (new FlexPlacement.Return(TestActor), "it is not evicted"),
        ];
        foreach ((object command, string reason) in refusals)
        {
            placement.Tell(command, TestActor);
            FlexPlacement.Refused refused = ExpectMsg<FlexPlacement.Refused>(Deadline);
            Assert.Equal(command, refused.Command);
            Assert.Contains(reason, refused.Reason, StringComparison.Ordinal);
        }
    }

    private IActorRef Start()
    {
        IActorRef placement = Sys.FlexPlacement();
        AwaitState(placement, static state => state.Loops.Count == 1);
        return placement;
    }

    private void AwaitWhere(IActorRef actor, bool isOnLoop) => AwaitAssert(
        () =>
        {
            actor.Tell("where", TestActor);
            Assert.Equal(isOnLoop, ExpectMsg<bool>(Deadline));
        },
        Deadline);

    private FlexPlacement.State AwaitState(IActorRef placement, Predicate<FlexPlacement.State> isIt)
    {
        FlexPlacement.State? state = null;
        AwaitCondition(
            () =>
            {
                placement.Tell(FlexPlacement.GetPlacement.Instance, TestActor);
                state = ExpectMsg<FlexPlacement.State>(Deadline);
                return isIt(state);
            },
            Deadline);
        return state!;
    }

    private sealed class Worker : ReceiveActor
    {
        public Worker()
        {
            Receive<string>(_ => Sender.Tell(SyscallLoop.Current is not null));
            Receive<ManualResetEventSlim>(release => release.Wait(Deadline));
        }
    }
}
