using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Placement;
using FlexSc.Akka.Tests.IO;
using FlexSc.Akka.Tests.Tls;
using Xunit;

namespace FlexSc.Akka.Tests.Placement;

/// <summary>An actor that is pinned to another loop has its connections live there.</summary>
public abstract class PinnedHandlerSpec(string backend, string mailbox) : TlsFixture($$"""
    flexsc.loops { backend = {{backend}}, count = 2 }
    flexsc.tcp.move-limit-ms = 200
    akka.actor.serialize-messages = off
    flexsc.placement { policy = inline, interval-ms = 3600000 }
    loops { type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka"{{mailbox}} }
    """)
{
    private const int Connections = 3;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Its_connections_go_first_and_the_log_tells_it(bool secured)
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync(options: secured ? [Server()] : null);
        IActorRef placement = Sys.FlexPlacement();
        IActorRef echo = await StartEchoAsync();
        List<Stream> peers = [];
        for (int i = 0; i < Connections; i++)
        {
            (Stream peer, IActorRef connection) = await ConnectStreamAsync(bind, endpoint, secured ? ClientOptions() : null);
            connection.Tell(new Tcp.Register(echo), bind);
            await AssertEchoAsync(peer);
            peers.Add(peer);
        }

        Sys.EventStream.Subscribe(TestActor, typeof(PlacementChanged));
        int[] actors = [];
        int alive = Actors().Sum();
        ActorLoop from = LoopAssignments.TryLoopOf(echo, Extension.Group)!;
        int target = 1 - from.Index;
        int toMove = Extension.Group.Loops[from.Index].Io.ConnectionCount;
        for (int round = 0; round < 4; round++)
        {
            placement.Tell(new FlexPlacement.PinActor(echo, target), TestActor);
            await ExpectMsgAsync<FlexPlacement.Done>(Deadline);
            PlacementChanged changed = await ExpectMsgAsync<PlacementChanged>(Deadline);
            Assert.Contains($" moves from loop {1 - target} to {target} with {toMove} connection", changed.Reason, StringComparison.Ordinal);
            Assert.Equal(Connections, Extension.Group.Loops[target].Io.ConnectionCount);
            Assert.Equal(0, Extension.Group.Loops[1 - target].Io.ConnectionCount);
            Assert.Same(Extension.Group.Loops[target], LoopAssignments.TryLoopOf(echo, Extension.Group));
            foreach (Stream peer in peers)
            {
                await AssertEchoAsync(peer);
            }

            // One that has followed its connection counts on its dispatcher's loop until it is moved.
            actors = round == 1 ? Actors() : actors;
            target = 1 - target;
            toMove = Connections;
        }

        Assert.Equal(actors, Actors());
        Assert.Equal(alive, actors.Sum());
        placement.Tell(FlexPlacement.GetPlacement.Instance, TestActor);
        Assert.Equal(4, (await ExpectMsgAsync<FlexPlacement.State>(Deadline)).Decisions.Count(static decision => decision.Reason.Contains("PinActor", StringComparison.Ordinal)));
        await WatchAsync(echo);
        Sys.Stop(echo);
        await ExpectTerminatedAsync(echo, Deadline);
        peers.ForEach(static peer => peer.Dispose());
        await AssertNothingIsLeftAsync();
        await AwaitAssertAsync(() => Assert.Equal(alive - 1, Actors().Sum()), Deadline);
    }

    [Fact]
    public async Task It_stays_with_a_connection_that_cannot_move()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        IActorRef placement = Sys.FlexPlacement();
        IActorRef echo = await StartEchoAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint, register: false);
        pair.Connection.Tell(new Tcp.Register(echo), bind);
        await using NetworkStream peer = new(pair.Peer);
        await AssertEchoAsync(peer);
        pair.Connection.Tell(Tcp.Write.Create(ByteString.FromBytes(new byte[30_000_000])), bind);

        // What is not yet on its way moves along.
        await AwaitConditionAsync(() => Task.FromResult(((TcpConnection)pair.Connection).Sender.Operation.IsPending), Deadline);
        ActorLoop from;
        object answer;
        do
        {
            // As long as the kernel takes some of it, the connection moves between two sends.
            from = LoopAssignments.TryLoopOf(echo, Extension.Group)!;
            placement.Tell(new FlexPlacement.PinActor(echo, 1 - from.Index), TestActor);
            answer = await ExpectMsgAsync<object>(Deadline);
        }
        while (answer is FlexPlacement.Done);

        FlexPlacement.Refused refused = Assert.IsType<FlexPlacement.Refused>(answer);
        Assert.Matches("^one of its connections stays where it is: .*flexsc.tcp.move-limit-ms", refused.Reason);
        Assert.Same(from, LoopAssignments.TryLoopOf(echo, Extension.Group));
        pair.Connection.Tell(Tcp.Abort.Instance);
        await AssertNothingIsLeftAsync();
    }

    /// <summary>An actor follows its first connection once it has begun.</summary>
    private async Task<IActorRef> StartEchoAsync()
    {
        IActorRef echo = Sys.ActorOf(Props.Create(() => new Echo()).WithDispatcher("loops"));
        await echo.Ask<ActorIdentity>(new Identify("begun"), Deadline);
        return echo;
    }

    private int[] Actors() => [.. Extension.Group.Loops.Select(loop => Extension.Group.Population.Of(loop.Index))];

    private static async Task AssertEchoAsync(Stream peer)
    {
        await peer.WriteAsync(new byte[] { 1, 2, 3 });
        Assert.Equal([1, 2, 3], await ReadExactlyAsync(peer, 3));
    }

    private sealed class Echo : ReceiveActor
    {
        public Echo()
        {
            Receive<Tcp.Received>(message => Sender.Tell(Tcp.Write.Create(message.Data)));
            ReceiveAny(static _ => { });
        }
    }
}

public sealed class PinnedHandlerOnIoUringSpec() : PinnedHandlerSpec("auto", "\n mailbox-type = \"FlexSc.Akka.Dispatch.LoopMailbox, FlexSc.Akka\"");

public sealed class PinnedHandlerOnSyscallThreadsSpec() : PinnedHandlerSpec("syscall-threads", "");
