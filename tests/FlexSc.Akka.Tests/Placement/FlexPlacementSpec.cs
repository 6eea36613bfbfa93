using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using Akka.IO;
using Akka.TestKit.Xunit2;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Placement;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using Xunit;

namespace FlexSc.Akka.Tests.Placement;

public sealed class FlexPlacementSpec : TestKit
{
    private const int LoopCount = 3;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    public FlexPlacementSpec()
        : base(Configuration)
    {
    }

    private static Config Configuration => ConfigurationFactory.ParseString(
        $"""
        akka.actor.default-dispatcher.type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka"
        flexsc.loops.count = {LoopCount}
        flexsc.eviction.automatic = off
        flexsc.placement.interval-ms = 10
        flexsc.placement.policy = "FlexSc.Akka.Tests.Placement.PoliciesTests+LastOnly, FlexSc.Akka.Tests"
        """);

    [Fact]
    public void New_actors_and_connections_go_where_the_plan_says_and_everywhere_again_when_it_says_so()
    {
        IActorRef placement = StartAndAwaitChange();
        Assert.All(LoopsOfNewActors(6), loop => Assert.EndsWith("-2", loop, StringComparison.Ordinal));
        Assert.Equal([0, 0, 6], ConnectionsOf(6));

        placement.Tell(new FlexPlacement.SetPolicy("FlexSc.Akka.Tests.Placement.FlexPlacementSpec+AllOpen, FlexSc.Akka.Tests"), TestActor);
        ExpectMsg<FlexPlacement.Done>(Deadline);
        Assert.Equal("all of them", ExpectMsg<PlacementChanged>(Deadline).Reason);

        // To those with the fewest, which the last one is not any more.
        Assert.All(LoopsOfNewActors(2), loop => Assert.False(loop.EndsWith("-2", StringComparison.Ordinal), loop));
        Assert.Equal([3, 3, 6], ConnectionsOf(6));
    }

    [Fact]
    public void What_was_decided_is_told_with_its_reason()
    {
        IActorRef placement = StartAndAwaitChange();
        placement.Tell(FlexPlacement.GetPlacement.Instance, TestActor);
        FlexPlacement.State state = ExpectMsg<FlexPlacement.State>(Deadline);
        Assert.Equal(1, state.Plan.OpenLoops);
        Assert.Equal("the last one only", Assert.Single(state.Decisions).Reason);
        Assert.Equal(ThreadAffinity.AllowedCpusOfProcess(), state.Allowance!.Cpus);
        Assert.Equal(LoopCount, state.Loops.Count);
        Assert.True(state.Abilities.SyscallCores);
    }

    [Fact]
    public void A_busy_loop_shows()
    {
        IActorRef placement = StartAndAwaitChange();
        using CancellationTokenSource stop = new();
        IActorRef spinning = Sys.ActorOf(Props.Create(() => new Spinning(stop.Token)));
        spinning.Tell("go");
        AwaitAssert(
            () =>
            {
                placement.Tell(FlexPlacement.GetPlacement.Instance, TestActor);
                FlexPlacement.State state = ExpectMsg<FlexPlacement.State>(Deadline);
                Assert.True(state.Loops[2].Demand > 0.5, $"loop 2 asks for {state.Loops[2].Demand} cores");
                Assert.True(state.Loops[0].Utilisation < state.Loops[2].Utilisation);
            },
            Deadline);
        stop.Cancel();
    }

    [Fact]
    public void An_actor_runs_on_the_loop_it_is_pinned_to_from_its_next_run_on()
    {
        IActorRef placement = StartAndAwaitChange();
        IActorRef actor = Sys.ActorOf(Props.Create(() => new WhereAmI()));
        placement.Tell(new FlexPlacement.PinActor(actor, 0), TestActor);
        ExpectMsg<FlexPlacement.Done>(Deadline);

        // The run that was due when it was pinned is still on the loop before.
        AwaitAssert(
            () =>
            {
                actor.Tell("where", TestActor);
                Assert.EndsWith("-0", ExpectMsg<string>(Deadline), StringComparison.Ordinal);
            },
            Deadline);
    }

    [Fact]
    public void What_cannot_be_done_is_refused_with_the_reason()
    {
        IActorRef placement = StartAndAwaitChange();
        (object Command, string Reason)[] refusals =
        [
            (new FlexPlacement.SetPolicy("best"), "must be inline, static, adaptive"),
            (new FlexPlacement.SetPolicy(null!), "must be inline, static, adaptive"),
            (new FlexPlacement.SetPolicy("My.Policy"), "there is no such type; with its assembly"),
            (new FlexPlacement.SetPolicy("My.Policy, ,"), "must be inline, static, adaptive"),
            (new FlexPlacement.SetPolicy("FlexSc.Akka.Placement.FlexPlacement, FlexSc.Akka"), "which is a type that does not"),
            (new FlexPlacement.SetPolicy("FlexSc.Akka.Placement.IPlacementPolicy, FlexSc.Akka"), "cannot be made"),
            (new FlexPlacement.SetPolicy("FlexSc.Akka.Tests.Placement.FlexPlacementSpec+Open`1, FlexSc.Akka.Tests"), "cannot be made"),
            (new FlexPlacement.SetPolicy("FlexSc.Akka.Tests.Placement.FlexPlacementSpec+Failing, FlexSc.Akka.Tests"), "not today"),
            (new FlexPlacement.SetPolicy("static"), "loop-cpus names no core"),
            (new FlexPlacement.Evict(null!), "it is no local actor"),
            (new FlexPlacement.Return(null!), "it is not evicted"),
            (new FlexPlacement.PinActor(null!, 0), "no local actor of a FlexSC dispatcher"),
            (new FlexPlacement.PinActor(TestActor, -1), "there is no loop -1"),
            (new FlexPlacement.ReserveSyscallCores(-1), "no fewer than 0"),
            (new FlexPlacement.PinActor(TestActor, LoopCount), "there are loops 0 to 2"),
            (new FlexPlacement.PinActor(ActorRefs.Nobody, 0), "no local actor of a FlexSC dispatcher"),
        ];
        foreach ((object command, string reason) in refusals)
        {
            placement.Tell(command, TestActor);
            FlexPlacement.Refused refused = ExpectMsg<FlexPlacement.Refused>(Deadline);
            Assert.Equal(command, refused.Command);
            Assert.Contains(reason, refused.Reason, StringComparison.Ordinal);
        }

        // It goes on as it was: one that began anew would have forgotten what was decided.
        placement.Tell(FlexPlacement.GetPlacement.Instance, TestActor);
        Assert.Single(ExpectMsg<FlexPlacement.State>(Deadline).Decisions);
    }

    [Theory]
    [InlineData("flexsc.mailbox")]
    [InlineData("akka.actor.default-mailbox")]
    public void One_that_has_moved_while_it_was_evicted_returns_to_where_it_lives(string mailbox)
    {
        IActorRef placement = StartAndAwaitChange();
        IActorRef actor = Sys.ActorOf(Props.Create(() => new WhereAmI()).WithMailbox(mailbox));
        actor.Tell("where", TestActor);
        Assert.EndsWith("-2", ExpectMsg<string>(Deadline), StringComparison.Ordinal);
        Sys.EventStream.Unsubscribe(TestActor, typeof(PlacementChanged));
        Sys.EventStream.Subscribe(TestActor, typeof(ActorReturned));
        placement.Tell(new FlexPlacement.Evict(actor), TestActor);
        ExpectMsg<FlexPlacement.Done>(Deadline);
        placement.Tell(new FlexPlacement.PinActor(actor, 0), TestActor);
        ExpectMsg<FlexPlacement.Done>(Deadline);
        placement.Tell(new FlexPlacement.Return(actor), TestActor);
        Assert.Equal(new ActorReturned(actor.Path.ToString(), 0), FishForMessage<ActorReturned>(static _ => true, Deadline));
        AwaitAssert(
            () =>
            {
                actor.Tell("where", TestActor);
                Assert.EndsWith("-0", FishForMessage<string>(static _ => true, Deadline), StringComparison.Ordinal);
            },
            Deadline);
    }

    [SkippableFact]
    public void What_a_mask_of_all_threads_has_undone_is_done_again()
    {
        IReadOnlyList<int> all = ThreadAffinity.AllowedCpusOfProcess();
        Skip.If(all.Count < 2, "the process may use one core, so there is none to take away");
        using ActorSystem system = ActorSystem.Create("masked-wholly", ConfigurationFactory.ParseString(
            "flexsc.loops { count = 2, pin = on }\nflexsc.placement { interval-ms = 10, policy = inline }"));
        system.EventStream.Subscribe(TestActor, typeof(PlacementChanged));
        system.FlexPlacement();
        int[] threads = [.. LoopGroup.Of(system).Loops.Select(loop => loop.Loop.ThreadId)];
        try
        {
            SetAll([all[0]]);
            FishForMessage<PlacementChanged>(change => change.After.OpenLoops == 1 && change.After.Loops[0].Cpu == all[0], Deadline);
        }
        finally
        {
            SetAll(all);
        }

        FishForMessage<PlacementChanged>(change => change.After.OpenLoops == 2, Deadline);
        AwaitAssert(() => Assert.Equal([$"{all[0]}", $"{all[1]}"], threads.Select(CpusOf)), Deadline);

        // As `taskset -apc LIST PID` does; the threads first, since placement goes by the process.
        void SetAll(IReadOnlyList<int> cpus)
        {
            Array.ForEach([.. threads, Environment.ProcessId], thread => ThreadAffinity.Set(thread, cpus));
        }
    }

    [Fact]
    public void What_a_static_map_says_in_vain_is_told()
    {
        int core = ThreadAffinity.AllowedCpusOfProcess()[0];
        using ActorSystem system = ActorSystem.Create("mapped", ConfigurationFactory.ParseString(
            $"flexsc.loops {{ count = 1, pin = off }}\nflexsc.placement {{ interval-ms = 10, policy = static, static.loop-cpus = \"{core}\" }}"));
        system.EventStream.Subscribe(TestActor, typeof(PlacementWarning));
        system.FlexPlacement();
        PlacementWarning warning = ExpectMsg<PlacementWarning>(Deadline);
        Assert.Equal(
            ("flexsc.placement.static.loop-cpus says only how many loops are used, 1: loops are not pinned here", "set flexsc.loops.pin = on"),
            (warning.Text, warning.Remedy));
    }

    [SkippableFact]
    public void Another_mask_of_the_process_is_honoured_while_it_runs()
    {
        IReadOnlyList<int> all = ThreadAffinity.AllowedCpusOfProcess();
        Skip.If(all.Count < 2, "the process may use one core, so there is none to take away");
        using ActorSystem system = ActorSystem.Create("masked", ConfigurationFactory.ParseString(
            "flexsc.loops { count = 2, pin = on }\nflexsc.placement { interval-ms = 10, policy = inline }"));
        system.EventStream.Subscribe(TestActor, typeof(PlacementChanged));
        system.FlexPlacement();
        int[] threads = [.. LoopGroup.Of(system).Loops.Select(loop => loop.Loop.ThreadId)];
        Assert.Equal($"{all[0]}", CpusOf(threads[0]));
        try
        {
            // As `taskset -pc 1 PID` does.
            ThreadAffinity.Set(Environment.ProcessId, [all[1]]);
            FishForMessage<PlacementChanged>(change => change.After.OpenLoops == 1 && change.After.Loops[0].Cpu == all[1], Deadline);
            AwaitAssert(() => Assert.Equal([$"{all[1]}", $"{all[1]}"], threads.Select(CpusOf)), Deadline);
        }
        finally
        {
            ThreadAffinity.Set(Environment.ProcessId, all);
        }

        FishForMessage<PlacementChanged>(change => change.After.OpenLoops == 2, Deadline);
        AwaitAssert(() => Assert.Equal([$"{all[0]}", $"{all[1]}"], threads.Select(CpusOf)), Deadline);
    }

    private static string CpusOf(int threadId) => File.ReadLines($"/proc/self/task/{threadId}/status")
        .Single(line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal)).Split(':')[1].Trim();

    private IActorRef StartAndAwaitChange()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(PlacementChanged));
        IActorRef placement = Sys.FlexPlacement();
        Assert.Equal("the last one only", ExpectMsg<PlacementChanged>(Deadline).Reason);
        return placement;
    }

    private string[] LoopsOfNewActors(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Sys.ActorOf(Props.Create(() => new WhereAmI())).Tell("where", TestActor);
        }

        return [.. Enumerable.Range(0, count).Select(_ => ExpectMsg<string>(Deadline))];
    }

    /// <summary>Opens connections and answers how many each loop has; they stay open.</summary>
    private int[] ConnectionsOf(int count)
    {
        Sys.FlexTcp().Tell(new Tcp.Bind(TestActor, new IPEndPoint(IPAddress.Loopback, 0)), TestActor);
        EndPoint address = ExpectMsg<Tcp.Bound>(Deadline).LocalAddress;
        IActorRef handler = Sys.ActorOf(Props.Create(() => new Ignoring()).WithDispatcher("akka.actor.internal-dispatcher"));
        for (int i = 0; i < count; i++)
        {
            Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            client.Connect(address);
            _ = ExpectMsg<Tcp.Connected>(Deadline);
            LastSender.Tell(new Tcp.Register(handler));
            _clients.Add(client);
        }

        return [.. LoopGroup.Of(Sys).Loops.Select(loop => loop.Io.ConnectionCount)];
    }

    private readonly List<Socket> _clients = [];

    protected override void AfterAll()
    {
        base.AfterAll();
        _clients.ForEach(client => client.Dispose());
    }

    public sealed class AllOpen : IPlacementPolicy
    {
        public PlacementProposal Decide(PlacementSnapshot snapshot) => new(PlacementPlan.Unplaced(snapshot.Plan.Loops.Count), "all of them");
    }

    public sealed class Open<T> : IPlacementPolicy
    {
        public PlacementProposal Decide(PlacementSnapshot snapshot) => throw new NotSupportedException(typeof(T).Name);
    }

    public sealed class Failing : IPlacementPolicy
    {
        static Failing() => throw new InvalidOperationException("not today");

        public PlacementProposal Decide(PlacementSnapshot snapshot) => throw new NotSupportedException();
    }

    private sealed class WhereAmI : ReceiveActor
    {
        public WhereAmI() => ReceiveAny(_ => Sender.Tell(SyscallLoop.Current?.Name ?? "no loop"));
    }

    private sealed class Ignoring : ReceiveActor
    {
        public Ignoring() => ReceiveAny(static _ => { });
    }

    private sealed class Spinning : ReceiveActor
    {
        public Spinning(CancellationToken stop) => ReceiveAny(_ =>
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
