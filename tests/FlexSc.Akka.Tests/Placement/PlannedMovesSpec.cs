using System.Net;
using System.Text.RegularExpressions;
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

/// <summary>A plan has connections and actors move, and nothing moves that must not.</summary>
[Collection(nameof(PlannedMovesSpec))]
public abstract partial class PlannedMovesSpec(string backend) : PlannedMovesFixture(backend, "minimum-stay-ms = 3600000, retry-ms = 100")
{
    private const int Count = 24;
    private const int Enough = 4;

    [Fact]
    public async Task All_that_a_parked_loop_has_goes_to_the_other_and_the_loop_sleeps()
    {
        List<TcpPair> pairs = await ConnectAsync(Count);
        IActorRef shared = await StartEchoAsync();
        pairs.AddRange(await ConnectAsync(4, shared));
        pairs.AddRange(await ConnectAsync(Count / 2, dispatcher: null));
        int before = Connections[1];
        Assert.InRange(before, 1, pairs.Count - 1);
        IActorRef placement = StartPlacement(LoopRole.Open, LoopRole.Parked);

        // Those that are on their way count nowhere.
        await EchoUntilAsync(pairs, () => Connections[0] == pairs.Count, () => string.Join(", ", Connections));
        Assert.Equal(0, Connections[1]);
        Assert.Equal(before, Arrived);
        Assert.Same(Loops[0], LoopAssignments.TryLoopOf(shared, Extension.Group));
        await AwaitSleepAsync(Loops[1], pairs);
        List<string> news = await TakeNewsAsync(placement);
        Assert.All(news, static text => Assert.EndsWith(" moved from loop 1 to 0", text, StringComparison.Ordinal));
        Assert.Equal(before, news.SelectMany(static text => NumberOfConnections().Matches(text)).Sum(static number => int.Parse(number.Groups[1].ValueSpan)));
        await CloseAsync(pairs);
    }

    [Fact]
    public async Task Nothing_moves_back_and_forth_however_a_policy_changes_its_mind()
    {
        List<TcpPair> pairs = await ConnectAsync(Count);
        StartPlacement();
        using CancellationTokenSource over = new();
        Task talking = EchoUntilAsync(pairs, () => over.IsCancellationRequested, static () => "it is over when the looks are");
        await AwaitLooksAsync(100);
        await over.CancelAsync();
        await talking;
        Assert.InRange(Arrived, 1, Count);
        Assert.Equal(Count, Connections.Sum());
        await CloseAsync(pairs);
    }

    [Fact]
    public async Task What_cannot_come_to_rest_stays_and_that_is_told_once_however_often_it_is_tried()
    {
        List<TcpPair> pairs = await ConnectAsync(1);
        TcpPair stuck = pairs[0];
        int from = ((TcpConnection)stuck.Connection).ActorLoop.Index;
        stuck.Connection.Tell(Tcp.Write.Create(ByteString.FromBytes(new byte[30_000_000])));
        await AwaitStuckAsync((TcpConnection)stuck.Connection);
        IActorRef placement = StartPlacement(RoleOf(0), RoleOf(1));
        LoopRole RoleOf(int loop) => loop == from ? LoopRole.Parked : LoopRole.Open;

        // Each attempt takes the limit and is tried again after a time: in so many looks there are several.
        await AwaitLooksAsync(150);
        string told = Assert.Single(await TakeNewsAsync(placement));
        Assert.Matches($"^1 connection stayed on loop {from}: .*flexsc.tcp.move-limit-ms", told);
        Assert.Equal(1, Connections[from]);
        stuck.Connection.Tell(Tcp.Abort.Instance);
        await CloseAsync(pairs);
    }

    [Fact]
    public async Task Of_an_actor_with_one_that_stays_it_is_told_how_many_moved_and_how_many_stayed()
    {
        IActorRef placement = StartPlacement(LoopRole.Parked, LoopRole.Open);
        await AwaitLooksAsync(2);
        List<TcpPair> pairs = await ConnectAsync(3, await StartEchoAsync());
        Assert.Equal([0, 3], Connections);
        TcpConnection stuck = (TcpConnection)pairs[0].Connection;
        stuck.Tell(Tcp.Write.Create(ByteString.FromBytes(new byte[30_000_000])));
        await AwaitStuckAsync(stuck);
        await TakeNewsAsync(placement);
        Scripted.Roles = [LoopRole.Open, LoopRole.Parked];
        await AwaitConditionAsync(() => Task.FromResult(Connections[0] == 2), Deadline);
        await AwaitLooksAsync(150);
        Assert.Equal([2, 1], Connections);
        string told = string.Join("; ", await TakeNewsAsync(placement));
        Assert.Contains("2 connections moved from loop 1 to 0", told, StringComparison.Ordinal);
        Assert.Contains("1 connection stayed on loop 1: ", told, StringComparison.Ordinal);
        stuck.Tell(Tcp.Abort.Instance);
        await CloseAsync(pairs);
    }

    [Fact]
    public async Task All_connections_count_of_an_actor_whose_dispatcher_keeps_it()
    {
        IActorRef placement = StartPlacement(LoopRole.Parked, LoopRole.Open);
        await AwaitLooksAsync(2);
        List<TcpPair> pairs = await ConnectAsync(3, await StartEchoAsync("staying"));
        Assert.Equal([0, 3], Connections);
        await TakeNewsAsync(placement);
        Scripted.Roles = [LoopRole.Open, LoopRole.Parked];
        await AwaitLooksAsync(30);
        Assert.StartsWith("3 connections stayed on loop 1: their actors depend", Assert.Single(await TakeNewsAsync(placement)), StringComparison.Ordinal);
        await CloseAsync(pairs);
    }

    [Fact]
    public async Task What_a_pass_has_not_come_to_is_let_go_of_when_it_is_gone()
    {
        List<TcpPair> pairs = await ConnectAsync(Count);
        PlannedMoves moves = new(Extension.Group, new MoveLimits { PerSecond = 1 }, TimeSpan.Zero);
        PlacementPlan plan = new([new LoopPlace(LoopRole.Open), new LoopPlace(LoopRole.Parked)], [], []);
        LoopLoad[] loads = [new LoopLoad { Index = 0 }, new LoopLoad { Index = 1 }];

        // One a second, so that the pass is not through.
        await AwaitConditionAsync(
            () =>
            {
                moves.CarryOut(plan, loads);
                return Task.FromResult(moves.LoopsInPass == 1);
            },
            Deadline,
            TimeSpan.FromMilliseconds(1));
        pairs.ForEach(static pair => pair.Dispose());
        await AwaitConditionAsync(() => Task.FromResult(Connections.Sum() == 0), Deadline);
        moves.CarryOut(plan, loads);
        Assert.Equal(0, moves.LoopsInPass);
        await CloseAsync(pairs);
    }

    [Fact]
    public async Task An_actor_stays_where_somebody_has_pinned_it_or_its_dispatcher_keeps_it()
    {
        IActorRef pinned = await StartEchoAsync();
        List<TcpPair> pairs = await ConnectAsync(2, pinned);
        IActorRef placement = StartPlacement(LoopRole.Open, LoopRole.Open);
        placement.Tell(new FlexPlacement.PinActor(pinned, 1), TestActor);
        await FishForMessageAsync<FlexPlacement.Done>(static _ => true, Deadline);
        Assert.Equal([0, 2], Connections);
        pairs.AddRange(await ConnectAsync(8, dispatcher: "staying"));
        int[] before = Connections;
        int stay = before[1] - 2;
        Assert.InRange(stay, 1, 8);
        await TakeNewsAsync(placement);
        Scripted.Roles = [LoopRole.Open, LoopRole.Parked];
        await AwaitLooksAsync(30);
        Assert.Equal(before, Connections);
        Assert.Contains(await TakeNewsAsync(placement), text => text.StartsWith($"{stay} connection", StringComparison.Ordinal) && text.Contains("evict = off", StringComparison.Ordinal));
        await CloseAsync(pairs);
    }

    [Fact]
    public async Task An_actor_that_never_rests_stays_on_a_loop_that_has_too_much_and_idle_ones_leave()
    {
        IActorRef placement = StartPlacement(LoopRole.Open, LoopRole.Parked);
        await AwaitLooksAsync(2);
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        List<TcpPair> pairs = await ConnectAsync(Count);
        using CancellationTokenSource stop = new();
        TcpPair hot = await ConnectAsync(bind, endpoint, register: false);
        IActorRef spinning = Sys.ActorOf(Props.Create(() => new Spinning(stop.Token)).WithDispatcher("loops").WithMailbox(FlexTcpExt.MailboxId));
        await spinning.Ask<ActorIdentity>(new Identify("begun"), Deadline);
        hot.Connection.Tell(new Tcp.Register(spinning), bind);
        await AwaitConditionAsync(() => Task.FromResult(LoopAssignments.TryLoopOf(spinning, Extension.Group) == Loops[0]), Deadline);
        Assert.Equal([Count + 1, 0], Connections);
        spinning.Tell("go");

        // It opens the other loop, closes this one, and gives away what has nothing to do, as long as the other one has less to do, which
        // on a machine where others have the cores need not last.
        placement.Tell(new FlexPlacement.SetPolicy("adaptive"), TestActor);
        await EchoUntilAsync(pairs, () => Connections[1] >= Enough, () => string.Join(", ", Connections));
        Assert.Same(Loops[0], LoopAssignments.TryLoopOf(spinning, Extension.Group));
        Assert.Same(Loops[0], ((TcpConnection)hot.Connection).ActorLoop);
        Assert.InRange(Arrived, Enough, Count);
        await stop.CancelAsync();
        await CloseAsync([.. pairs, hot]);
    }

    [Fact]
    public async Task The_adaptive_policy_puts_two_loops_with_little_to_do_together_and_they_stay_so()
    {
        List<TcpPair> pairs = await ConnectAsync(Count);
        IActorRef placement = StartPlacement(LoopRole.Open, LoopRole.Open);
        placement.Tell(new FlexPlacement.SetPolicy("adaptive"), TestActor);
        int before = Connections[1];
        int echoes = 0;
        using CancellationTokenSource deadline = new(Deadline);
        while (Connections[1] > 0)
        {
            // Little to do, also where the machine has much.
            await AssertEchoAsync(pairs[echoes % Count].Peer, echoes++);
            await AwaitLooksAsync(3);
            Assert.False(deadline.IsCancellationRequested, $"not together after {echoes} echoes: {string.Join(", ", Connections)}");
        }

        for (int i = 0; i < Count; i++)
        {
            await AssertEchoAsync(pairs[i].Peer, i);
            await AwaitLooksAsync(3);
        }

        Assert.Equal([Count, 0], Connections);
        Assert.Equal(before, Arrived);
        await CloseAsync(pairs);
    }

    /// <summary>Over many looks it begins no turn, while the other one works.</summary>
    private async Task AwaitSleepAsync(ActorLoop loop, List<TcpPair> pairs)
    {
        using CancellationTokenSource deadline = new(Deadline);
        long turns;
        do
        {
            Assert.False(deadline.IsCancellationRequested, $"loop {loop.Index} does not sleep");
            turns = loop.Loop.Turns;
            for (int i = 0; i < 10; i++)
            {
                await AssertEchoAsync(pairs[i % pairs.Count].Peer, i);
                await AwaitLooksAsync(3);
            }
        }
        while (loop.Loop.Turns != turns);
    }

    private async Task CloseAsync(List<TcpPair> pairs)
    {
        pairs.ForEach(static pair => pair.Dispose());
        await AssertNothingIsLeftAsync();
    }

    [GeneratedRegex("([0-9]+) connection")]
    private static partial Regex NumberOfConnections();

    private sealed class Spinning : ReceiveActor
    {
        public Spinning(CancellationToken stop)
        {
            Receive<Tcp.ConnectionClosed>(_ => Context.Stop(Self));
            Receive<string>(_ =>
            {
                // A message a turn, so that the loop goes on with its turns.
                long until = Environment.TickCount64 + 1;
                while (Environment.TickCount64 < until)
                {
                }

                if (!stop.IsCancellationRequested)
                {
                    Self.Tell("again");
                }
            });
        }
    }
}

[Collection(nameof(PlannedMovesSpec))]
public sealed class PlannedMovesOnIoUringSpec() : PlannedMovesSpec("auto");

[Collection(nameof(PlannedMovesSpec))]
public sealed class PlannedMovesOnSyscallThreadsSpec() : PlannedMovesSpec("syscall-threads");
