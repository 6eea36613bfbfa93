using System.Diagnostics;
using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit.Xunit2;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.Loops;

/// <summary>A loop that has too much to do gives actors to one that has time.</summary>
public abstract class ActorSharingFixture(string mailbox, string sharing = "", string evict = "on") : TestKit(ConfigurationFactory.ParseString($$"""
    flexsc.loops { count = 2, pin = off, {{sharing}} }
    loops {
      type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka"
      evict = {{evict}}
      {{mailbox}}
    }
    """))
{
    protected const string LoopMailbox = """mailbox-type = "FlexSc.Akka.Dispatch.LoopMailbox, FlexSc.Akka" """;

    /// <summary>Those of one loop have more to do than a turn holds, and the other has nothing.</summary>
    protected const int Actors = 32;

    /// <summary>In so many of the first loop's, each a third of its time and more, it is judged several times.</summary>
    protected const int Turns = 1_000;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly List<IActorRef> _all = [];

    private protected LoopGroup Group => LoopGroup.Of(Sys);

    private protected long Given => Group.StartedLoops.Sum(static loop => loop.GivenActors);

    /// <summary>Actors that live on the first loop, each on its way.</summary>
    protected async Task<IReadOnlyList<IActorRef>> BeginAsync()
    {
        // One after the other: many at once would be shared as they begin.
        List<IActorRef> first = [];
        for (int i = 0; i < Actors; i++)
        {
            IActorRef actor = Sys.ActorOf(Props.Create(() => new Runner()).WithDispatcher("loops"));
            _all.Add(actor);
            if (await LoopOfAsync(actor) == 0)
            {
                first.Add(actor);
            }
        }

        Assert.InRange(first.Count, Actors / 4, Actors);
        return first;
    }

    /// <summary>Ends all of them, and waits until the loops count none.</summary>
    protected async Task EndAsync()
    {
        await Task.WhenAll(_all.Select(static actor => actor.GracefulStop(Deadline)));
        Assert.True(SpinWait.SpinUntil(() => Group.Population.Of(0) + Group.Population.Of(1) == 0, Deadline));
        _all.Clear();
    }

    protected static void Run(IEnumerable<IActorRef> actors)
    {
        foreach (IActorRef actor in actors)
        {
            actor.Tell(Command.Run);
        }
    }

    /// <summary>Waits until some, and not all, live on the other loop.</summary>
    protected static async Task<IReadOnlyList<IActorRef>> WaitUntilSharedAsync(IReadOnlyList<IActorRef> actors)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            IActorRef[] moved = [.. (await LoopsOfAsync(actors)).Zip(actors).Where(static pair => pair.First == 1).Select(static pair => pair.Second)];
            if (moved.Length > actors.Count / 4)
            {
                return moved;
            }

            Assert.True(Stopwatch.GetElapsedTime(start) < Deadline, $"{moved.Length} of {actors.Count} actors have been given to the other loop");
        }
    }

    /// <summary>Has each do so many runs more, and then rest.</summary>
    protected static Task RestAsync(IReadOnlyList<IActorRef> actors) => Task.WhenAll(actors.Select(static actor => actor.Ask<bool>(Command.Rest, Deadline)));

    protected static Task<int> LoopOfAsync(IActorRef actor) => actor.Ask<int>(Command.Where, Deadline);

    protected static Task<int[]> LoopsOfAsync(IEnumerable<IActorRef> actors) => Task.WhenAll(actors.Select(LoopOfAsync));

    protected enum Command
    {
        Run,
        Again,
        Where,
        Rest,
    }

    /// <summary>Computes for a third of what a turn may take, again and again, by messages of its own whose order it checks.</summary>
    protected sealed class Runner : ReceiveActor
    {
        private long _sent;
        private long _received;
        private bool _rests;
        private int _running;

        public Runner()
        {
            Receive<Command>(command =>
            {
                switch (command)
                {
                    case Command.Run:
                        _rests = false;
                        Self.Tell(_sent++);
                        Self.Tell(_sent++);
                        break;
                    case Command.Rest:
                        _rests = true;
                        Sender.Tell(true);
                        break;
                    default:
                        Sender.Tell(ActorLoop.Current?.Index ?? -1);
                        break;
                }
            });
            Receive<long>(number =>
            {
                if (Interlocked.Exchange(ref _running, 1) != 0 || number != _received++)
                {
                    throw new InvalidOperationException($"message {number} came as {_received - 1}, or while another one was handled");
                }

                long start = Stopwatch.GetTimestamp();
                while (Stopwatch.GetElapsedTime(start).TotalMicroseconds < 70)
                {
                }

                if (!_rests)
                {
                    Self.Tell(_sent++);
                }

                Interlocked.Exchange(ref _running, 0);
            });
        }

        /// <summary>It would begin anew, and nobody would see it.</summary>
        protected override void PreRestart(Exception reason, object message) => Environment.FailFast(reason.ToString());
    }
}

public abstract class ActorSharingSpec(string mailbox) : ActorSharingFixture(mailbox)
{
    [Fact]
    public async Task Actors_of_a_loop_with_too_much_to_do_go_to_one_that_has_time_and_keep_their_messages_in_order()
    {
        IReadOnlyList<IActorRef> actors = await BeginAsync();
        Run(actors);
        IReadOnlyList<IActorRef> moved = await WaitUntilSharedAsync(actors);
        Assert.True(Given >= moved.Count, $"{Given} counted, {moved.Count} seen");
        Assert.Equal(Actors, Group.Population.Of(0) + Group.Population.Of(1));
        await RestAsync(actors);

        // They stay where they are, and are taken out of the tables when they end.
        Assert.True(await moved[0].GracefulStop(TimeSpan.FromSeconds(30)));
        Assert.True(SpinWait.SpinUntil(() => Group.Population.Of(0) + Group.Population.Of(1) == Actors - 1, TimeSpan.FromSeconds(30)));
        Assert.All(await LoopsOfAsync(moved.Skip(1)), static loop => Assert.InRange(loop, 0, 1));
    }

    [Fact]
    public async Task What_waits_is_shared_at_once_with_a_loop_that_has_nothing_to_do()
    {
        // Each is over long before an average of it is taken, so that one or two of them might be shared by that.
        const int bursts = 20;
        int shared = 0;
        for (int burst = 0; burst < bursts; burst++)
        {
            // Others each time: those of before live on both loops.
            IReadOnlyList<IActorRef> actors = await BeginAsync();
            Assert.True(SpinWait.SpinUntil(() => Group.Loops.All(static loop => loop.Loop.IsIdle), TimeSpan.FromSeconds(30)));
            long given = Given;
            Run(actors);
            await RestAsync(actors);
            shared += Given > given ? 1 : 0;
            await EndAsync();
        }

        Assert.InRange(shared, bursts / 2, bursts);
    }

    [Fact]
    public async Task One_that_was_placed_by_name_stays()
    {
        IReadOnlyList<IActorRef> actors = await BeginAsync();
        foreach (IActorRef actor in actors.Take(4))
        {
            Assert.True(LoopAssignments.TryMove(actor, Group.Loops[0]));
        }

        LoopAssignments.Follow(actors[4], Group.Loops[0]);
        Run(actors);
        await WaitUntilSharedAsync(actors);
        await RestAsync(actors);
        Assert.All(await LoopsOfAsync(actors.Take(5)), static loop => Assert.Equal(0, loop));
    }

    [Fact]
    public async Task The_only_one_with_work_stays()
    {
        IReadOnlyList<IActorRef> actors = await BeginAsync();
        Run(actors.Take(1));
        long begin = Group.Loops[0].Loop.Turns;
        while (Group.Loops[0].Loop.Turns < begin + Turns)
        {
            Assert.Equal(0, await LoopOfAsync(actors[0]));
        }

        await RestAsync([actors[0]]);
    }

    [Fact]
    public async Task One_that_was_given_away_follows_a_connection()
    {
        IReadOnlyList<IActorRef> actors = await BeginAsync();
        Run(actors);
        IActorRef moved = (await WaitUntilSharedAsync(actors))[0];
        await RestAsync(actors);
        LoopAssignments.Follow(moved, Group.Loops[0]);
        Assert.Equal(0, await AtLastOnAsync(moved, 0));
        LoopAssignments.Follow(moved, Group.Loops[1]);
        Assert.Equal(0, await LoopOfAsync(moved));
    }

    /// <summary>A run that is under way may take in a message where it is.</summary>
    private static async Task<int> AtLastOnAsync(IActorRef actor, int expected)
    {
        int loop;
        while ((loop = await LoopOfAsync(actor)) != expected)
        {
        }

        return loop;
    }
}

public sealed class ActorSharingOfDispatcherSpec() : ActorSharingSpec("");

public sealed class ActorSharingOfLoopMailboxSpec() : ActorSharingSpec(ActorSharingFixture.LoopMailbox);

/// <summary>Where it is not to be, nothing is given: as many turns as suffice elsewhere are made.</summary>
public abstract class NoActorSharingSpec(string sharing, string evict) : ActorSharingFixture(LoopMailbox, sharing, evict)
{
    [Fact]
    public async Task Actors_stay_where_they_are()
    {
        IReadOnlyList<IActorRef> actors = await BeginAsync();
        Run(actors);
        long begin = Group.Loops[0].Loop.Turns;
        while (Group.Loops[0].Loop.Turns < begin + Turns)
        {
            Assert.All(await LoopsOfAsync(actors), static loop => Assert.Equal(0, loop));
        }

        await RestAsync(actors);
        Assert.Equal(0, Given);
    }
}

public sealed class NoActorSharingWhereItIsOffSpec() : NoActorSharingSpec("share-actors = off", evict: "on");

public sealed class NoActorSharingWhereActorsDependOnTheirLoopSpec() : NoActorSharingSpec("", evict: "off");
