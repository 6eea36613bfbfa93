using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.Dispatch;

public abstract class DispatcherSpec(string dispatcherConfig) : FlexScSpec(ConfigurationFactory.ParseString($$"""
    akka.loglevel = WARNING
    akka.actor.serialize-messages = on
    akka.actor.serialize-creators = on
    akka.test.single-expect-default = 30s
    akka.test.filter-leeway = 30s
    flexsc.loops { count = 2, pin = off, stall-warning-ms = 100 }
    loops { {{dispatcherConfig}} }
    """))
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task An_actor_lives_on_one_loop()
    {
        IActorRef[] actors = [.. Enumerable.Range(0, 8).Select(_ => Create())];
        foreach (IActorRef actor in actors)
        {
            string first = await actor.Ask<string>("thread", Deadline);
            Assert.Contains("-flexsc-", first, StringComparison.Ordinal);
            for (int i = 0; i < 20; i++)
            {
                Assert.Equal(first, await actor.Ask<string>("thread", Deadline));
            }
        }

        string[] threads = await Task.WhenAll(actors.Select(actor => actor.Ask<string>("thread", Deadline)));
        Assert.Equal(2, threads.Distinct().Count());
    }

    [Fact]
    public async Task Messages_keep_their_order_from_each_sender()
    {
        const int Messages = 20_000;
        IActorRef collector = Sys.ActorOf(Props.Create(() => new Collector(2 * Messages)).WithDispatcher("loops"));
        Task<bool> done = collector.Ask<bool>("done", Deadline);
        await Task.WhenAll(Enumerable.Range(0, 2).Select(sender => Task.Run(() =>
        {
            for (int i = 0; i < Messages; i++)
            {
                collector.Tell((sender, i));
            }
        })));
        Assert.True(await done);
    }

    [Fact]
    public async Task Scheduled_work_may_block_because_it_is_not_on_a_loop()
    {
        using ManualResetEventSlim release = new();
        TaskCompletionSource<string> ran = new(TaskCreationOptions.RunContinuationsAsynchronously);
        for (int i = 0; i < 4; i++)
        {
            Sys.Dispatchers.Lookup("loops").Schedule(() =>
            {
                ran.TrySetResult(Thread.CurrentThread.Name ?? "");
                release.Wait(Deadline);
            });
        }

        Assert.DoesNotContain("-flexsc-", await ran.Task.WaitAsync(Deadline), StringComparison.Ordinal);
        Assert.Contains("-flexsc-", await Create().Ask<string>("thread", Deadline), StringComparison.Ordinal);
        release.Set();
    }

    [Fact]
    public async Task An_awaiting_handler_comes_back_to_its_loop()
    {
        IActorRef actor = Create();
        string thread = await actor.Ask<string>("thread", Deadline);
        Assert.Equal(thread, await actor.Ask<string>("await", Deadline));
    }

    [Fact]
    public async Task A_failing_actor_is_restarted_and_goes_on()
    {
        IActorRef actor = Create();
        string thread = await actor.Ask<string>("thread", Deadline);
        await EventFilter.Exception<InvalidOperationException>(contains: "as told").ExpectOneAsync(() =>
        {
            actor.Tell("fail");
            return Task.CompletedTask;
        });
        Assert.Equal(thread, await actor.Ask<string>("thread", Deadline));
    }

    [Fact]
    public async Task A_handler_that_blocks_is_named()
    {
        using ManualResetEventSlim release = new();
        IActorRef actor = Create();
        TestProbe warnings = CreateTestProbe();
        Sys.EventStream.Subscribe(warnings, typeof(Warning));
        actor.Tell(new WaitFor(release));

        // Others may be named as well, where the machine holds them up.
        await warnings.FishForMessageAsync(
            message => message is Warning warning && warning.Message.ToString()!.StartsWith($"{actor.Path} has been running for more than", StringComparison.Ordinal),
            Deadline);
        release.Set();
    }

    [Fact]
    public async Task The_loops_end_with_the_system()
    {
        await Create().Ask<string>("thread", Deadline);
        IReadOnlyList<ActorLoop> loops = LoopGroup.Of(Sys).StartedLoops;
        Assert.Equal(2, loops.Count);
        await Sys.Terminate().WaitAsync(Deadline);
        foreach (ActorLoop loop in loops)
        {
            await loop.Loop.Ended.WaitAsync(Deadline);
        }

        Assert.All(loops, loop => Assert.False(loop.Loop.TryPost(_ => { })));
    }

    [Fact]
    public async Task Waves_of_actors_come_and_go()
    {
        for (int wave = 0; wave < 5; wave++)
        {
            IActorRef[] actors = [.. Enumerable.Range(0, 200).Select(_ => Create())];
            await Task.WhenAll(actors.Select(actor => actor.Ask<string>("thread", Deadline)));
            await Task.WhenAll(actors.Select(actor => actor.GracefulStop(Deadline)));
        }
    }

    private IActorRef Create() => Sys.ActorOf(Props.Create(() => new Worker()).WithDispatcher("loops"));

    private sealed record WaitFor(ManualResetEventSlim Release) : INoSerializationVerificationNeeded;

    private sealed class Worker : ReceiveActor
    {
        public Worker()
        {
            Receive<WaitFor>(message => message.Release.Wait(Deadline));
            ReceiveAsync<string>(message => message == "await", async _ =>
            {
                await Task.Yield();
                Sender.Tell(Thread.CurrentThread.Name!);
            });
            Receive<string>(message =>
            {
                if (message == "fail")
                {
                    throw new InvalidOperationException("as told");
                }

                Sender.Tell(Thread.CurrentThread.Name!);
            });
        }
    }

    private sealed class Collector : ReceiveActor
    {
        private readonly int[] _next = new int[2];
        private IActorRef _asker = ActorRefs.Nobody;

        public Collector(int expected)
        {
            bool ordered = true;
            Receive<string>(_ => _asker = Sender);
            Receive<(int Sender, int Number)>(message =>
            {
                ordered &= _next[message.Sender]++ == message.Number;
                if (_next.Sum() == expected)
                {
                    _asker.Tell(ordered);
                }
            });
        }
    }
}

public sealed class FlexDispatcherSpec() : DispatcherSpec("""type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka" """);

public sealed class FlexDispatcherWithLoopMailboxSpec() : DispatcherSpec("""
    type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka"
    mailbox-type = "FlexSc.Akka.Dispatch.LoopMailbox, FlexSc.Akka"
    """);

public sealed class FlexExecutorSpec() : DispatcherSpec("""
    type = Dispatcher
    executor = "FlexSc.Akka.Dispatch.FlexExecutorConfigurator, FlexSc.Akka"
    throughput = 10
    """);
