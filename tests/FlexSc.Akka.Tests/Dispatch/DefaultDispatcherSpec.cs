using Akka.Actor;
using Akka.Configuration;
using Akka.Streams;
using Akka.Streams.Dsl;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.Dispatch;

/// <summary>One line makes the default dispatcher FlexSC's: every actor that names no other lives on a loop.</summary>
public sealed class DefaultDispatcherSpec : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private readonly LeftBehind _leftBehind = new();

    private readonly ActorSystem _system = ActorSystem.Create("default-flexsc", ConfigurationFactory.ParseString("""
        akka.loglevel = WARNING
        akka.actor.serialize-messages = on
        akka.actor.serialize-creators = on
        akka.actor.default-dispatcher.type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka"
        flexsc.loops { count = 2, pin = off, socket-close-limit-ms = 120000 }

        # What waits for something that does not come is over the deadline, then; a machine that is slow is not.
        akka.coordinated-shutdown { default-phase-timeout = 120s, phases.actor-system-terminate.timeout = 120s }
        """));

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _system.Terminate().WaitAsync(Deadline);

    public void Dispose() => _leftBehind.AssertNothing([]);

    [Fact]
    public async Task Actors_and_their_children_live_on_loops()
    {
        Assert.IsType<FlexDispatcher>(_system.Dispatchers.DefaultGlobalDispatcher);
        IActorRef parent = _system.ActorOf(Props.Create(() => new Parent()));
        Assert.Contains("-flexsc-", await parent.Ask<string>("own", Deadline), StringComparison.Ordinal);
        Assert.Contains("-flexsc-", await parent.Ask<string>("child", Deadline), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_stops_with_actors_alive_and_messages_waiting()
    {
        IActorRef[] actors = [.. Enumerable.Range(0, 500).Select(_ => _system.ActorOf(Props.Create(() => new Parent())))];
        await Task.WhenAll(actors.Select(actor => actor.Ask<string>("child", Deadline)));
        foreach (IActorRef actor in actors)
        {
            actor.Tell("own");
        }

        await _system.Terminate().WaitAsync(Deadline);
        await Task.WhenAll(LoopGroup.Of(_system).StartedLoops.Select(loop => loop.Loop.Ended)).WaitAsync(Deadline);
    }

    [Fact]
    public async Task The_dispatcher_of_the_reference_is_there_without_the_extension()
    {
        IActorRef actor = _system.ActorOf(Props.Create(() => new Child()).WithDispatcher(FlexTcpExt.DispatcherId).WithMailbox(FlexTcpExt.MailboxId));
        Assert.Contains("-flexsc-", await actor.Ask<string>("thread", Deadline), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Terminate_is_over_after_the_scheduler_was_stopped_and_callbacks_ran()
    {
        bool called = false;
        _system.RegisterOnTermination(() => called = true);
        await _system.ActorOf(Props.Create(() => new Parent())).Ask<string>("own", Deadline);
        await _system.Terminate().WaitAsync(Deadline);
        Assert.True(called);
    }

    [Fact]
    public async Task Terminate_without_callbacks_is_over_after_the_scheduler_was_stopped()
    {
        await _system.ActorOf(Props.Create(() => new Parent())).Ask<string>("own", Deadline);
        await _system.Terminate().WaitAsync(Deadline);
        Assert.Throws<SchedulerException>(() => _system.Scheduler.Advanced.ScheduleOnce(TimeSpan.FromMinutes(1), () => { }));
    }

    [Fact]
    public async Task Streams_run_on_it()
    {
        const int Elements = 10_000;
        using ActorMaterializer materializer = _system.Materializer();
        int sum = await Source.From(Enumerable.Range(1, Elements))
            .Select(element => element * 2)
            .Async()
            .Grouped(10)
            .SelectAsync(4, async group =>
            {
                await Task.Yield();
                return group.Sum();
            })
            .RunAggregate(0, (all, more) => all + more, materializer).WaitAsync(Deadline);
        Assert.Equal(Elements * (Elements + 1), sum);
    }

    [Fact]
    public async Task The_scheduler_and_awaiting_handlers_come_back_to_it()
    {
        IActorRef parent = _system.ActorOf(Props.Create(() => new Parent()));
        Assert.Contains("-flexsc-", await parent.Ask<string>("later", Deadline), StringComparison.Ordinal);
        Assert.Contains("-flexsc-", await parent.Ask<string>("await", Deadline), StringComparison.Ordinal);
    }

    private sealed class Parent : ReceiveActor
    {
        private readonly IActorRef _child = Context.ActorOf(Props.Create(() => new Child()));

        public Parent()
        {
            Receive<string>(message => message == "own", _ => Sender.Tell(Thread.CurrentThread.Name!));
            Receive<string>(message => message == "child", _ => _child.Forward("thread"));
            Receive<string>(
                message => message == "later",
                _ => Context.System.Scheduler.ScheduleTellOnce(TimeSpan.FromMilliseconds(20), Self, "own", Sender));
            ReceiveAsync<string>(async _ =>
            {
                await Task.Run(static () => { });
                Sender.Tell(Thread.CurrentThread.Name!);
            });
        }
    }

    private sealed class Child : ReceiveActor
    {
        public Child() => ReceiveAny(_ => Sender.Tell(Thread.CurrentThread.Name!));
    }
}
