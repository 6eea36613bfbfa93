using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Placement;
using FlexSc.Akka.Tests.IO;
using Xunit;

namespace FlexSc.Akka.Tests.Placement;

/// <summary>Two loops, echo actors for each connection or for several, and placement that looks a hundred times a second.</summary>
public abstract class PlannedMovesFixture(string backend, string moves) : TcpFixture($$"""
    flexsc.loops { backend = {{backend}}, count = 2, stall-warning-ms = 0 }
    flexsc.eviction.automatic = off
    flexsc.tcp.move-limit-ms = 200
    akka.actor.serialize-messages = off
    flexsc.placement {
      policy = "FlexSc.Akka.Tests.Placement.PlannedMovesFixture+Scripted, FlexSc.Akka.Tests"
      interval-ms = 10, averaging-ms = 100, peak-window-ms = 200
      adaptive { minimum-stay-ms = 200 }
      moves { {{moves}} }
    }
    loops { type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka" }
    staying { type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka", evict = off }
    """)
{
    private const int MostBytes = 3_000;

    private protected IReadOnlyList<ActorLoop> Loops => Extension.Group.Loops;

    /// <summary>How many connections each loop has.</summary>
    protected int[] Connections => [.. Loops.Select(static loop => loop.Io.ConnectionCount)];

    protected long Arrived => Loops.Sum(static loop => loop.Io.ArrivedConnections);

    private TimeSpan LastLook => Sys.WithExtension<FlexPlacementExt, FlexPlacementProvider>().Board.Latest?.Time ?? TimeSpan.Zero;

    protected override void Dispose(bool disposing)
    {
        Scripted.Reset();
        base.Dispose(disposing);
    }

    protected IActorRef StartPlacement(params LoopRole[] roles)
    {
        Scripted.Roles = roles;
        Sys.EventStream.Subscribe(TestActor, typeof(PlacementChanged));
        return Sys.FlexPlacement();
    }

    /// <summary>A handler on the loops, or on the default dispatcher where none is named.</summary>
    protected async Task<IActorRef> StartEchoAsync(string? dispatcher = "loops")
    {
        // It brings its mailbox along.
        _ = Extension;
        Props props = Props.Create(() => new Echo());
        IActorRef echo = Sys.ActorOf(dispatcher is null ? props : props.WithDispatcher(dispatcher).WithMailbox(FlexTcpExt.MailboxId));
        await echo.Ask<ActorIdentity>(new Identify("begun"), Deadline);
        return echo;
    }

    /// <summary>Connections with a handler each, or with one for all.</summary>
    protected async Task<List<TcpPair>> ConnectAsync(int count, IActorRef? handler = null, string? dispatcher = "loops")
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        List<TcpPair> pairs = [];
        for (int i = 0; i < count; i++)
        {
            TcpPair pair = await ConnectAsync(bind, endpoint, register: false);
            pair.Connection.Tell(new Tcp.Register(handler ?? await StartEchoAsync(dispatcher)), bind);
            await AssertEchoAsync(pair.Peer, i);
            pairs.Add(pair);
        }

        return pairs;
    }

    /// <summary>Bytes come back as they were sent.</summary>
    protected static async Task AssertEchoAsync(Socket peer, int seed)
    {
        Random random = new(seed);
        byte[] sent = new byte[1 + random.Next(MostBytes)];
        random.NextBytes(sent);
        using CancellationTokenSource deadline = new(Deadline);
        await peer.SendAsync(sent, SocketFlags.None, deadline.Token);
        Assert.Equal(sent, await ReceiveExactlyAsync(peer, sent.Length));
    }

    /// <summary>Lets all of them echo, one after the other, until something is so.</summary>
    protected static async Task EchoUntilAsync(List<TcpPair> pairs, Func<bool> isSo, Func<string> describe)
    {
        using CancellationTokenSource deadline = new(Deadline);
        for (int seed = 0; !isSo(); seed++)
        {
            await AssertEchoAsync(pairs[seed % pairs.Count].Peer, seed);
            Assert.False(deadline.IsCancellationRequested, $"not so after {Deadline}: {describe()}");
        }
    }

    /// <summary>Waits until a send does not go on: one that is in flight may only be the next of those that the socket still takes.</summary>
    private protected async Task AwaitStuckAsync(TcpConnection connection)
    {
        const int looks = 10;
        (long sent, int same) = (-1, 0);
        await AwaitConditionAsync(
            () =>
            {
                long now = connection.ActorLoop.Loop.TransferredBytes;
                same = connection.Sender.Operation.IsPending && now == sent ? same + 1 : 0;
                sent = now;
                return Task.FromResult(same >= looks);
            },
            Deadline,
            TimeSpan.FromMilliseconds(10));
    }

    /// <summary>Waits for placement to have looked so many times more.</summary>
    protected async Task AwaitLooksAsync(int looks)
    {
        TimeSpan last = LastLook;
        for (int seen = 0; seen < looks;)
        {
            await AwaitConditionAsync(() => Task.FromResult(LastLook > last), Deadline, TimeSpan.FromMilliseconds(1));
            last = LastLook;
            seen++;
        }
    }

    /// <summary>What was told of moves so far, and no more of it is on its way.</summary>
    protected async Task<List<string>> TakeNewsAsync(IActorRef placement)
    {
        placement.Tell(FlexPlacement.GetPlacement.Instance, TestActor);
        List<string> news = [];
        while (true)
        {
            switch (await ReceiveOneAsync(Deadline))
            {
                case PlacementChanged change when change.Before == change.After:
                    news.Add(change.Reason);
                    break;
                case FlexPlacement.State:
                    return news;
                case null:
                    throw new TimeoutException("placement does not answer");
            }
        }
    }

    /// <summary>Answers the roles that the test says, or in turn one parked and the other.</summary>
    public sealed class Scripted : IPlacementPolicy
    {
        // One test at a time: the tests of this folder that script share a collection.
        private static LoopRole[] s_roles = [];

        public static LoopRole[] Roles
        {
            get => Volatile.Read(ref s_roles);
            set => Volatile.Write(ref s_roles, value);
        }

        public static void Reset() => Roles = [];

        public PlacementProposal Decide(PlacementSnapshot snapshot)
        {
            LoopRole[] roles = Roles;
            if (roles.Length == 0)
            {
                LoopRole first = snapshot.Plan.Loops[0].Role == LoopRole.Parked ? LoopRole.Open : LoopRole.Parked;
                roles = [first, first == LoopRole.Open ? LoopRole.Parked : LoopRole.Open];
            }

            return new PlacementProposal(snapshot.Plan with { Loops = [.. roles.Select(static role => new LoopPlace(role))] }, "as scripted");
        }
    }

    private protected sealed class Echo : ReceiveActor
    {
        public Echo()
        {
            Receive<Tcp.Received>(message => Sender.Tell(Tcp.Write.Create(message.Data)));
            ReceiveAny(static _ => { });
        }
    }
}
