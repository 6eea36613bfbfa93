using System.Net;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Placement;
using FlexSc.Akka.Tests.IO;
using Xunit;

namespace FlexSc.Akka.Tests.Placement;

/// <summary>An actor is to move from a loop that something holds up, and that is not given up.</summary>
public sealed class PinWithStuckLoopSpec() : TcpFixture("""
    flexsc.loops { count = 2, stall-warning-ms = 0, give-up-ms = 0 }
    flexsc.tcp.move-limit-ms = 100
    akka.actor.serialize-messages = off
    flexsc.placement { policy = inline, interval-ms = 3600000 }
    """)
{
    [Fact]
    public async Task The_answer_says_which_loop_is_held_up_and_by_whom_and_nothing_moves_later()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        IActorRef placement = Sys.FlexPlacement();
        IActorRef handler = await StartWorkerAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint, register: false);
        pair.Connection.Tell(new Tcp.Register(handler), bind);
        TcpConnection connection = (TcpConnection)pair.Connection;
        await AwaitConditionAsync(() => Task.FromResult(LoopAssignments.TryLoopOf(handler, Extension.Group) == connection.ActorLoop), Deadline);
        ActorLoop stuck = connection.ActorLoop;
        IActorRef blocker = await StartWorkerOnAsync(stuck);
        using (LoopHold hold = new())
        {
            blocker.Tell(hold);
            await hold.Reached.WaitAsync(Deadline);
            placement.Tell(new FlexPlacement.PinActor(handler, 1 - stuck.Index), TestActor);
            FlexPlacement.Refused refused = await ExpectMsgAsync<FlexPlacement.Refused>(Deadline);
            Assert.Equal(
                $"loop {stuck.Index} did not come to it within 300 ms (3 times flexsc.tcp.move-limit-ms): {blocker.Path} holds it up", refused.Reason);
        }

        // It has come to everything that it was asked before.
        await stuck.RunAsync(static () => Task.FromResult(0));
        await connection.Ask<ActorIdentity>(new Identify("settled"), Deadline);
        Assert.Same(stuck, connection.ActorLoop);
        Assert.Same(stuck, LoopAssignments.TryLoopOf(handler, Extension.Group));

        // Now that nothing holds it up it moves when it is asked to again.
        placement.Tell(new FlexPlacement.PinActor(handler, 1 - stuck.Index), TestActor);
        await ExpectMsgAsync<FlexPlacement.Done>(Deadline);
        Assert.NotSame(stuck, connection.ActorLoop);
        connection.Tell(Tcp.Abort.Instance);
        await AssertNothingIsLeftAsync();
    }

    private async Task<IActorRef> StartWorkerOnAsync(ActorLoop loop)
    {
        IActorRef worker = await StartWorkerAsync();
        return LoopAssignments.TryLoopOf(worker, Extension.Group) == loop ? worker : await StartWorkerOnAsync(loop);
    }

    private async Task<IActorRef> StartWorkerAsync()
    {
        IActorRef worker = Sys.ActorOf(Props.Create(() => new Worker()).WithFlexDispatcher());
        await worker.Ask<ActorIdentity>(new Identify("begun"), Deadline);
        return worker;
    }

    private sealed class Worker : ReceiveActor
    {
        public Worker()
        {
            Receive<LoopHold>(static hold => hold.Run());
            ReceiveAny(static _ => { });
        }
    }
}
