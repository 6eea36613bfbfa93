using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Placement;
using Xunit;

namespace FlexSc.Akka.Tests.Dispatch;

/// <summary>Actors of the top level that their guardian has not come to: something in it waits until the test says so.</summary>
public sealed class StartingActorsSpec : FlexScSpec
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private readonly Gate _gate;
    private readonly LoopGroup _group;

    public StartingActorsSpec()
        : base(ConfigurationFactory.ParseString("""
            flexsc.loops { count = 3, pin = off }
            loops.type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka"
            held.mailbox-type = "FlexSc.Akka.Tests.Dispatch.StartingActorsSpec+HeldMailbox, FlexSc.Akka.Tests"
            akka.actor.deployment."/deployed".dispatcher = loops
            """))
    {
        FlexScDefaults.Ensure(Sys);
        _group = LoopGroup.Of(Sys);
        _gate = Sys.WithExtension<Gate, GateProvider>();
    }

    [Theory]
    [InlineData("flexsc.mailbox", null)]
    [InlineData("akka.actor.default-mailbox", null)]
    [InlineData("akka.actor.default-mailbox", "deployed")]
    public async Task The_handler_of_a_connection_begins_on_its_loop(string mailbox, string? name)
    {
        HoldTheGuardian();
        Props props = Props.Create(() => new Idle()).WithMailbox(mailbox);
        IActorRef[] handlers = name is null
            ? [.. _group.Loops.Select(_ => Sys.ActorOf(props.WithDispatcher("loops")))]
            : [Sys.ActorOf(props, name)];
        ActorLoop target = _group.Loops[2];
        foreach (IActorRef handler in handlers)
        {
            Assert.Null(LoopAssignments.TryFind(handler));
            LoopAssignments.Follow(handler, target);

            // Its first connection decides.
            LoopAssignments.Follow(handler, _group.Loops[0]);
        }

        Assert.False(_group.Starting.IsEmpty);
        _gate.Opened.Set();
        foreach (IActorRef handler in handlers)
        {
            Assert.Equal(_group.Loops[2].Loop.Name, await handler.Ask<string>("where", Deadline));
            Assert.Same(target, LoopAssignments.TryLoopOf(handler, _group));
        }

        Assert.True(_group.Starting.IsEmpty);
    }

    [Fact]
    public async Task What_is_pinned_is_waited_for_and_then_lives_there()
    {
        IActorRef placement = Sys.FlexPlacement();
        HoldTheGuardian();
        IActorRef actor = StartIdle("flexsc.mailbox", "loops");
        Task<object> answer = placement.Ask(new FlexPlacement.PinActor(actor, 1), Deadline);
        await AwaitConditionAsync(() => Task.FromResult(!_group.Starting.IsEmpty), Deadline, TimeSpan.FromMilliseconds(1));
        Assert.False(answer.IsCompleted);
        _gate.Opened.Set();
        Assert.IsType<FlexPlacement.Done>(await answer);
        Assert.Same(_group.Loops[1], LoopAssignments.TryLoopOf(actor, _group));
    }

    [Fact]
    public async Task What_does_not_begin_in_time_is_refused_and_waited_for_no_longer()
    {
        HoldTheGuardian();
        IActorRef actor = StartIdle("flexsc.mailbox", "loops");
        ActorMove move = await ActorMoves.MoveAsync(_group, actor, _group.Loops[1]);
        Assert.Equal("it has not begun within 5 s", move.Refusal);
        _gate.Opened.Set();
        await actor.Ask<string>("where", Deadline);
        Assert.True(_group.Starting.IsEmpty);
    }

    [Fact]
    public async Task Nothing_waits_for_an_actor_of_another_dispatcher()
    {
        HoldTheGuardian();
        IActorRef actor = StartIdle("akka.actor.default-mailbox", null);
        LoopAssignments.Follow(actor, _group.Loops[1]);
        ActorMove move = await ActorMoves.MoveAsync(_group, actor, _group.Loops[1]);
        Assert.Equal("it is no local actor of a FlexSC dispatcher, or it has ended", move.Refusal);
        Assert.True(_group.Starting.IsEmpty);
    }

    protected override void Dispose(bool disposing)
    {
        _gate.Opened.Set();
        base.Dispose(disposing);
    }

    private void HoldTheGuardian()
    {
        Sys.ActorOf(Props.Create(() => new Idle()).WithMailbox("held"));
        Assert.True(_gate.Reached.Wait(Deadline), "the guardian does not come to the actor that holds it");
    }

    private IActorRef StartIdle(string mailbox, string? dispatcher)
    {
        Props props = Props.Create(() => new Idle()).WithMailbox(mailbox);
        return Sys.ActorOf(dispatcher is null ? props : props.WithDispatcher(dispatcher));
    }

    private sealed class Idle : ReceiveActor
    {
        public Idle() => ReceiveAny(_ => Sender.Tell(Thread.CurrentThread.Name ?? ""));
    }

    private sealed class Gate : IExtension
    {
        public ManualResetEventSlim Reached { get; } = new();

        public ManualResetEventSlim Opened { get; } = new();
    }

    private sealed class GateProvider : ExtensionIdProvider<Gate>
    {
        public override Gate CreateExtension(ExtendedActorSystem system) => new();
    }

    /// <summary>Made by the guardian for each of its actors.</summary>
    public sealed class HeldMailbox(Settings settings, Config config) : MailboxType(settings, config)
    {
        public override IMessageQueue Create(IActorRef owner, ActorSystem system)
        {
            Gate gate = system.WithExtension<Gate, GateProvider>();
            gate.Reached.Set();
            gate.Opened.Wait(Deadline);
            return new UnboundedMessageQueue();
        }
    }
}
