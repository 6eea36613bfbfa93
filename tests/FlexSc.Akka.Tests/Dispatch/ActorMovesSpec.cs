using Akka.Actor;
using Akka.Configuration;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.Dispatch;

public sealed class ActorMovesSpec() : FlexScSpec(ConfigurationFactory.ParseString("""
    flexsc.loops { count = 3, pin = off }
    loops.type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka"
    """))
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("flexsc.mailbox")]
    [InlineData("akka.actor.default-mailbox")]
    public async Task An_actor_that_was_moved_elsewhere_while_its_connections_moved_stays_there(string mailbox)
    {
        FlexScDefaults.Ensure(Sys);
        IActorRef actor = Sys.ActorOf(Props.Create(() => new Idle()).WithDispatcher("loops").WithMailbox(mailbox));
        await actor.Ask<ActorIdentity>(new Identify("begun"), Deadline);
        LoopGroup group = LoopGroup.Of(Sys);
        ActorLoop from = LoopAssignments.TryLoopOf(actor, group)!;
        ActorLoop planned = group.Loops[(from.Index + 1) % 3];
        ActorLoop asked = group.Loops[(from.Index + 2) % 3];
        Movable connection = new(actor, from) { WhileMoving = () => Assert.True(LoopAssignments.TryMove(actor, asked)) };
        ActorMove move = await ActorMoves.MoveAsync(actor, [connection], planned, 1);
        Assert.Same(asked, LoopAssignments.TryLoopOf(actor, group));
        Assert.Equal((1, $"it has come to live on loop {asked.Index} meanwhile"), (move.Connections, move.Refusal));

        connection = new Movable(actor, asked);
        move = await ActorMoves.MoveAsync(actor, [connection], planned, 1);
        Assert.Null(move.Refusal);
        Assert.Same(planned, LoopAssignments.TryLoopOf(actor, group));
    }

    private sealed class Movable(IActorRef handler, ActorLoop from) : IMovable
    {
        public IActorRef? Handler => handler;

        public ActorLoop ActorLoop { get; private set; } = from;

        public bool IsEnding => false;

        public Action WhileMoving { get; init; } = static () => { };

        public Task<string?> MoveAsync(ActorLoop target)
        {
            ActorLoop = target;
            WhileMoving();
            return Task.FromResult<string?>(null);
        }
    }

    private sealed class Idle : ReceiveActor
    {
        public Idle() => ReceiveAny(static _ => { });
    }
}
