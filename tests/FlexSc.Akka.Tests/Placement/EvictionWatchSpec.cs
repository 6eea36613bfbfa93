using Akka.Actor;
using Akka.Configuration;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Placement;
using FlexSc.Akka.Placement.Policies;
using FlexSc.Interop.Loop;
using Xunit;

namespace FlexSc.Akka.Tests.Placement;

/// <summary>What the placement knows of who is evicted, where looks and messages come in any order.</summary>
public sealed class EvictionWatchSpec() : FlexScSpec(ConfigurationFactory.ParseString(
    """
    flexsc.loops { count = 1, pin = off }
    flexsc.eviction.automatic = off
    loops.type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka"
    """))
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task What_a_look_has_found_is_no_news_when_it_is_said()
    {
        IActorRef actor = Sys.ActorOf(Props.Create(() => new Worker()).WithDispatcher("loops"), "found");
        string path = actor.Path.ToString();
        Assert.True(await actor.Ask<bool>("where", Deadline));
        PlacementCourse course = new(new InlinePolicy(), new PlacementSettings(), PlacementAbilities.All, PlacementPlan.Unplaced(1));
        EvictionWatch watch = new(LoopGroup.Of(Sys), course);
        Assert.True(FlexEviction.Evict(actor));
        watch.Compare(TimeSpan.FromSeconds(1));
        Assert.Equal([path], course.Plan.Evicted);
        Assert.True(FlexEviction.Return(actor));
        watch.Compare(TimeSpan.FromSeconds(2));
        Assert.Empty(course.Plan.Evicted);

        // What is said of the first time comes late; then it leaves once more.
        ActorEvicted said = new(path, 0, EvictionReason.Request);
        watch.OnEvicted(TimeSpan.FromSeconds(3), said);
        Assert.Empty(course.Plan.Evicted);
        watch.OnEvicted(TimeSpan.FromSeconds(4), said);
        Assert.Equal([path], course.Plan.Evicted);
    }

    private sealed class Worker : ReceiveActor
    {
        public Worker() => Receive<string>(_ => Sender.Tell(SyscallLoop.Current is not null));
    }
}
