using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.Diagnostics;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Hosting;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Tests.IO;
using FlexSc.Interop.Linux;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace FlexSc.Akka.Tests.Loops;

/// <summary>A loop that a handler blocks for ever is done without, until it comes back.</summary>
/// <param name="backend">Keys of the section of the loops.</param>
/// <param name="takesBehindLoop">Whether others than the loop's thread accept for it, so that what comes before it is given up waits there.</param>
public abstract class GivenUpLoopSpec(string backend, bool takesBehindLoop) : TcpFixture(
    $"flexsc.loops {{ {backend}, count = 2, stall-warning-ms = 100, give-up-ms = 400 }}")
{
    [Fact]
    public async Task What_comes_is_served_by_the_other_loop_until_it_goes_on()
    {
        TestProbe events = SubscribeEvents();
        (TestProbe bindHandler, IActorRef listener, IPEndPoint endpoint) = await BindAsync();
        ActorLoop stuck = await AcceptingLoopAsync();
        IActorRef actor = await CreateOnAsync(stuck);
        using Deadlock deadlock = await Deadlock.BeginAsync(actor);
        using Socket waiting = new(SocketType.Stream, ProtocolType.Tcp);
        await waiting.ConnectAsync(endpoint);
        LoopGivenUp givenUp = await events.ExpectMsgAsync<LoopGivenUp>(Deadline);
        Assert.Equal((stuck.Index, actor.Path.ToString(), "which waits"), (givenUp.Loop, givenUp.Running, givenUp.Reason));
        await AcceptsInsteadOfAsync(stuck);
        if (!takesBehindLoop)
        {
            await AssertServedAsync(bindHandler, waiting);
        }

        using Socket peer = await ConnectAsync(endpoint);
        await AssertServedAsync(bindHandler, peer);
        Assert.Equal(takesBehindLoop ? 1 : 2, LoopGroup.Of(Sys).Loops[1 - stuck.Index].Io.ConnectionCount);
        Assert.Equal(0, stuck.Io.ConnectionCount);
        IActorRef[] actors = [.. Enumerable.Range(0, 8).Select(_ => Create())];
        Assert.All(await Task.WhenAll(actors.Select(LoopOfAsync)), loop => Assert.Equal(1 - stuck.Index, loop));

        HealthCheckResult health = await CheckHealthAsync();
        Assert.Equal(HealthStatus.Unhealthy, health.Status);
        Assert.StartsWith($"loop {stuck.Index} is given up: {actor.Path}, which waits, holds it up since {givenUp.Since:u}", health.Description, StringComparison.Ordinal);
        FlexReport report = Sys.FlexReport();
        Assert.Equal((givenUp, null), (report.Loops[stuck.Index].GivenUp, report.Loops[1 - stuck.Index].GivenUp));
        Assert.Equal([givenUp], FlexLoops.GivenUp(Sys));

        deadlock.End();
        LoopCameBack cameBack = await events.ExpectMsgAsync<LoopCameBack>(Deadline);
        Assert.Equal((stuck.Index, actor.Path.ToString()), (cameBack.Loop, cameBack.Running));
        Assert.InRange(cameBack.After, TimeSpan.FromMilliseconds(400) - TimeSpan.FromMilliseconds(100), Deadline);
        Assert.Empty(FlexLoops.GivenUp(Sys));
        Assert.Equal(HealthStatus.Healthy, (await CheckHealthAsync()).Status);
        if (takesBehindLoop)
        {
            await AssertServedAsync(bindHandler, waiting);
        }

        // It has fewer actors and connections than the other one.
        await AwaitConditionAsync(async () => await LoopOfAsync(Create()) == stuck.Index, Deadline);
        await AwaitAssertAsync(
            async () =>
            {
                using Socket next = await ConnectAsync(endpoint);
                await AssertServedAsync(bindHandler, next);
                Assert.NotEqual(0, stuck.Io.ConnectionCount);
            },
            Deadline);

        // The socket that it accepted on is closed, so nobody has the address once the listener is unbound.
        listener.Tell(Tcp.Unbind.Instance, bindHandler);
        await bindHandler.FishForMessageAsync(static message => message is Tcp.Unbound, Deadline);
        await AssertRefusedAsync(endpoint);
    }

    [Fact]
    public async Task A_connection_that_was_given_to_it_before_goes_to_the_other_one()
    {
        TestProbe events = SubscribeEvents();
        (TestProbe bindHandler, _, IPEndPoint endpoint) = await BindAsync();
        ActorLoop accepting = await AcceptingLoopAsync();
        ActorLoop stuck = LoopGroup.Of(Sys).Loops[1 - accepting.Index];
        using Deadlock deadlock = await Deadlock.BeginAsync(await CreateOnAsync(stuck));

        // They are accepted before anybody knows that the loop is held up, in turn for each.
        List<Socket> peers = [];
        try
        {
            for (int i = 0; i < 6; i++)
            {
                Socket peer = new(SocketType.Stream, ProtocolType.Tcp);
                peers.Add(peer);
                await peer.ConnectAsync(endpoint);
            }

            await events.ExpectMsgAsync<LoopGivenUp>(Deadline);
            foreach (Socket _ in peers)
            {
                await bindHandler.ExpectMsgAsync<Tcp.Connected>(Deadline);
                IActorRef connection = bindHandler.LastSender;
                connection.Tell(new Tcp.Register(Sys.DeadLetters), bindHandler);
                connection.Tell(Tcp.Write.Create(ByteString.FromString("served")), bindHandler);
            }

            foreach (Socket peer in peers)
            {
                Assert.Equal("served"u8.ToArray(), await ReceiveExactlyAsync(peer, 6));
            }

            Assert.Equal((peers.Count, 0), (accepting.Io.ConnectionCount, stuck.Io.ConnectionCount));
            Assert.Equal(0, stuck.Arrivals.Count);
        }
        finally
        {
            peers.ForEach(static peer => peer.Dispose());
        }

        deadlock.End();
        await events.ExpectMsgAsync<LoopCameBack>(Deadline);
    }

    protected static Task<int> LoopOfAsync(IActorRef actor) => actor.Ask<int>("loop", Deadline);

    protected static async Task AssertRefusedAsync(IPEndPoint endpoint)
    {
        using Socket refused = new(SocketType.Stream, ProtocolType.Tcp);
        SocketException exception = await Assert.ThrowsAnyAsync<SocketException>(() => refused.ConnectAsync(endpoint));
        Assert.Equal(SocketError.ConnectionRefused, exception.SocketErrorCode);
    }

    /// <summary>Its handler is told of it and has it echo.</summary>
    private async Task AssertServedAsync(TestProbe bindHandler, Socket peer)
    {
        int port = ((IPEndPoint)peer.LocalEndPoint!).Port;
        await bindHandler.FishForMessageAsync(message => message is Tcp.Connected connected && ((IPEndPoint)connected.RemoteAddress).Port == port, Deadline);
        IActorRef connection = bindHandler.LastSender;
        connection.Tell(new Tcp.Register(Sys.DeadLetters), bindHandler);
        connection.Tell(Tcp.Write.Create(ByteString.FromString("served")), bindHandler);
        Assert.Equal("served"u8.ToArray(), await ReceiveExactlyAsync(peer, 6));
    }

    /// <summary>Until another socket has the address, connections are refused.</summary>
    protected async Task<Socket> ConnectAsync(IPEndPoint endpoint)
    {
        Socket? peer = null;
        await AwaitAssertAsync(
            async () =>
            {
                peer?.Dispose();
                peer = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await peer.ConnectAsync(endpoint);
            },
            Deadline);
        return peer!;
    }

    protected async Task<(TestProbe Handler, IActorRef Listener, IPEndPoint EndPoint)> BindAsync()
    {
        TestProbe handler = CreateTestProbe();
        Sys.FlexTcp().Tell(new Tcp.Bind(handler, new IPEndPoint(IPAddress.Loopback, 0)), handler);
        Tcp.Bound bound = await handler.ExpectMsgAsync<Tcp.Bound>(Deadline);
        return (handler, handler.LastSender, (IPEndPoint)bound.LocalAddress);
    }

    protected TestProbe SubscribeEvents()
    {
        TestProbe events = CreateTestProbe();
        Sys.EventStream.Subscribe(events, typeof(LoopGivenUp));
        Sys.EventStream.Subscribe(events, typeof(LoopCameBack));
        return events;
    }

    private Task<HealthCheckResult> CheckHealthAsync() =>
        new FlexScHealthCheck { AnswerLimit = Deadline }.CheckAsync(Sys, HealthStatus.Unhealthy, CancellationToken.None);

    protected IActorRef Create()
    {
        // Its dispatcher is known once the extension is there.
        _ = Extension;
        return Sys.ActorOf(Props.Create(() => new Worker()).WithFlexDispatcher());
    }

    private protected async Task<IActorRef> CreateOnAsync(ActorLoop loop)
    {
        IActorRef actor = Create();
        return await LoopOfAsync(actor) == loop.Index ? actor : await CreateOnAsync(loop);
    }

    /// <summary>The loop that accepts; there is one listener.</summary>
    private protected async Task<ActorLoop> AcceptingLoopAsync()
    {
        List<ActorLoop> accepting = [];
        foreach (ActorLoop loop in LoopGroup.Of(Sys).Loops)
        {
            if (await IsAcceptingAsync(loop))
            {
                accepting.Add(loop);
            }
        }

        return Assert.Single(accepting);
    }

    /// <summary>Until another loop has the address, connections may come to the one that does nothing, or be refused.</summary>
    private protected Task AcceptsInsteadOfAsync(ActorLoop stuck) => AwaitConditionAsync(() => IsAcceptingAsync(LoopGroup.Of(Sys).Loops[1 - stuck.Index]), Deadline);

    private static Task<bool> IsAcceptingAsync(ActorLoop loop) => loop.RunAsync(() => Task.FromResult(loop.Members.OfType<TcpAcceptor>().Any()));

    /// <summary>A handler that waits until it is released, or the test is over.</summary>
    protected sealed class Deadlock : IDisposable, INoSerializationVerificationNeeded
    {
        private readonly ManualResetEventSlim _release = new();
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public static Task<Deadlock> BeginAsync(IActorRef actor) => BeginAsync(actor, static deadlock => deadlock);

        public static async Task<Deadlock> BeginAsync(IActorRef actor, Func<Deadlock, object> messageOf)
        {
            Deadlock deadlock = new();
            actor.Tell(messageOf(deadlock));
            await deadlock._begun.Task.WaitAsync(Deadline);
            return deadlock;
        }

        public void Wait()
        {
            _begun.SetResult();
            _release.Wait();
        }

        public void End() => _release.Set();

        // Not disposed: the handler may still look at it.
        public void Dispose() => End();
    }

    /// <summary>Tells another one something first.</summary>
    protected sealed record TellAndDeadlock(IActorRef Other, IActorRef Asker, Deadlock Deadlock) : INoSerializationVerificationNeeded;

    private sealed class Worker : ReceiveActor
    {
        public Worker()
        {
            Receive<string>(_ => Sender.Tell(ActorLoop.Current?.Index ?? -1));
            Receive<Deadlock>(static deadlock => deadlock.Wait());
            Receive<TellAndDeadlock>(static message =>
            {
                message.Other.Tell("where", message.Asker);
                message.Deadlock.Wait();
            });
            Receive<Tcp.Connected>(_ => Sender.Tell(new Tcp.Register(Self)));
            Receive<Tcp.Received>(received => Sender.Tell(Tcp.Write.Create(received.Data)));
        }
    }
}

/// <summary>What else lives on such a loop, and what was asked of it.</summary>
public abstract class ActorsOfGivenUpLoopSpec(string backend) : GivenUpLoopSpec(backend, takesBehindLoop: false)
{
    [Fact]
    public async Task Actors_that_live_on_it_run_on_the_other_loop_the_handler_of_a_listener_among_them()
    {
        TestProbe events = SubscribeEvents();
        IActorRef handler = Create();
        ActorLoop stuck = LoopGroup.Of(Sys).Loops[await LoopOfAsync(handler)];
        Sys.FlexTcp().Tell(new Tcp.Bind(handler, new IPEndPoint(IPAddress.Loopback, 0)), TestActor);
        IPEndPoint endpoint = (IPEndPoint)(await ExpectMsgAsync<Tcp.Bound>(Deadline)).LocalAddress;
        Assert.Equal(stuck, await AcceptingLoopAsync());
        using Deadlock deadlock = await Deadlock.BeginAsync(await CreateOnAsync(stuck));
        await events.ExpectMsgAsync<LoopGivenUp>(Deadline);
        await AcceptsInsteadOfAsync(stuck);
        Assert.Equal(1 - stuck.Index, await LoopOfAsync(handler));
        using (Socket peer = await ConnectAsync(endpoint))
        {
            await peer.SendAsync("echo"u8.ToArray());
            Assert.Equal("echo"u8.ToArray(), await ReceiveExactlyAsync(peer, 4));
        }

        deadlock.End();
        await events.ExpectMsgAsync<LoopCameBack>(Deadline);

        // It followed its connection for good: others are back.
        IActorRef other = await CreateOnAsync(stuck);
        Assert.Equal(stuck.Index, await LoopOfAsync(other));
    }

    [Fact]
    public async Task Those_that_had_a_message_waiting_run_on_the_other_loop_too_and_are_back_afterwards()
    {
        TestProbe events = SubscribeEvents();
        IActorRef actor = Create();
        ActorLoop stuck = LoopGroup.Of(Sys).Loops[await LoopOfAsync(actor)];
        IActorRef fromLoop = await CreateOnAsync(stuck);
        IActorRef fromElsewhere = await CreateOnAsync(stuck);
        using Deadlock deadlock = await Deadlock.BeginAsync(actor, one => new TellAndDeadlock(fromLoop, TestActor, one));
        Task<int> answer = LoopOfAsync(fromElsewhere);
        await events.ExpectMsgAsync<LoopGivenUp>(Deadline);
        Assert.Equal(1 - stuck.Index, await ExpectMsgAsync<int>(Deadline));
        Assert.Equal(1 - stuck.Index, await answer);
        deadlock.End();
        await events.ExpectMsgAsync<LoopCameBack>(Deadline);
        Assert.Equal(stuck.Index, await LoopOfAsync(fromLoop));
        Assert.Equal(stuck.Index, await LoopOfAsync(fromElsewhere));
        fromLoop.Tell("where", TestActor);
        Assert.Equal(stuck.Index, await ExpectMsgAsync<int>(Deadline));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Unbind_is_answered_whenever_it_comes(bool beforeItIsGivenUp)
    {
        TestProbe events = SubscribeEvents();
        (TestProbe bindHandler, IActorRef listener, IPEndPoint endpoint) = await BindAsync();
        ActorLoop stuck = await AcceptingLoopAsync();
        using Deadlock deadlock = await Deadlock.BeginAsync(await CreateOnAsync(stuck));
        if (!beforeItIsGivenUp)
        {
            await events.ExpectMsgAsync<LoopGivenUp>(Deadline);
        }

        listener.Tell(Tcp.Unbind.Instance, bindHandler);
        await bindHandler.FishForMessageAsync(static message => message is Tcp.Unbound, Deadline);
        await AssertRefusedAsync(endpoint);
        deadlock.End();
    }

    [Fact]
    public async Task A_bind_that_was_begun_on_it_goes_on_on_another()
    {
        IActorRef handler = Create();
        ActorLoop stuck = LoopGroup.Of(Sys).Loops[await LoopOfAsync(handler)];
        using Deadlock deadlock = await Deadlock.BeginAsync(await CreateOnAsync(stuck));
        Sys.FlexTcp().Tell(new Tcp.Bind(handler, new IPEndPoint(IPAddress.Loopback, 0)), TestActor);
        IPEndPoint endpoint = (IPEndPoint)(await ExpectMsgAsync<Tcp.Bound>(Deadline)).LocalAddress;
        using Socket peer = await ConnectAsync(endpoint);
        await peer.SendAsync("echo"u8.ToArray());
        Assert.Equal("echo"u8.ToArray(), await ReceiveExactlyAsync(peer, 4));
        deadlock.End();
    }
}

public sealed class GivenUpLoopOnIoUringSpec() : ActorsOfGivenUpLoopSpec("backend = io-uring");

public sealed class GivenUpLoopWithInlineCallsSpec() : ActorsOfGivenUpLoopSpec("backend = syscall-threads");

public sealed class GivenUpLoopWithSyscallThreadsSpec() : GivenUpLoopSpec("backend = syscall-threads, syscall-threads = 1", takesBehindLoop: false);

public sealed class GivenUpLoopWithPollingThreadSpec() : GivenUpLoopSpec(
    $"backend = io-uring, submission-poll-cpu = {ThreadAffinity.AllowedCpusOfProcess()[^1]}", takesBehindLoop: true);
