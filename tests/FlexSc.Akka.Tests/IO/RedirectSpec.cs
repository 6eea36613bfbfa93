using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.TestKit;
using FlexSc.Akka.IO;
using Xunit;
using StreamTcp = Akka.Streams.Dsl.Tcp;
using Tcp = Akka.IO.Tcp;

namespace FlexSc.Akka.Tests.IO;

/// <summary>An unchanged Akka.IO program, and Akka.Streams, on FlexSC by one line of configuration.</summary>
public abstract class RedirectSpec(string backend) : TcpFixture(
    """akka.actor.default-mailbox.mailbox-type = "FlexSc.Akka.IO.RedirectMailbox, FlexSc.Akka" """ + $"\nflexsc.loops.backend = {backend}")
{
    [Fact]
    public async Task The_managers_bind_is_served_by_flexsc()
    {
        TestProbe handler = CreateTestProbe();
        Sys.Tcp().Tell(new Tcp.Bind(handler, new IPEndPoint(IPAddress.Loopback, 0)), handler);
        IPEndPoint endpoint = (IPEndPoint)(await handler.ExpectMsgAsync<Tcp.Bound>(Deadline)).LocalAddress;
        using TcpPair pair = await ConnectAsync(handler, endpoint);
        Assert.Contains("IO-FLEXSC-TCP", pair.Connection.Path.ToString(), StringComparison.Ordinal);
        await pair.Peer.SendAsync("hi"u8.ToArray());
        Assert.Equal("hi", (await pair.Handler.ExpectMsgAsync<Tcp.Received>()).Data.ToString());
    }

    [Fact]
    public async Task Its_actors_may_name_the_dispatcher_before_the_extension_is_there()
    {
        IActorRef actor = Sys.ActorOf(
            Props.Create(() => new Telling()).WithDeploy(Deploy.Local).WithDispatcher(FlexTcpExt.DispatcherId));
        Assert.Contains("-flexsc-", await actor.Ask<string>("thread", Deadline), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Addresses_can_be_bound_again_once_the_system_has_terminated()
    {
        TestProbe handler = CreateTestProbe();
        Sys.Tcp().Tell(new Tcp.Bind(handler, new IPEndPoint(IPAddress.Loopback, 0)), handler);
        IPEndPoint endpoint = (IPEndPoint)(await handler.ExpectMsgAsync<Tcp.Bound>(Deadline)).LocalAddress;
        TcpPair[] pairs = [await ConnectAsync(handler, endpoint), await ConnectAsync(handler, endpoint)];
        await Sys.Terminate().WaitAsync(Deadline);
        using Socket again = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        again.Bind(endpoint);
        again.Listen();
        foreach (TcpPair pair in pairs)
        {
            Assert.Equal(SocketError.ConnectionReset, await ReceiveEndAsync(pair.Peer));
            pair.Dispose();
        }
    }

    private sealed class Telling : ReceiveActor
    {
        public Telling() => ReceiveAny(_ => Sender.Tell(Thread.CurrentThread.Name ?? ""));
    }

    [Fact]
    public async Task Streams_bind_and_connect_through_it()
    {
        using ActorMaterializer materializer = Sys.Materializer();
        Source<StreamTcp.IncomingConnection, Task<StreamTcp.ServerBinding>> connections =
            Sys.TcpStream().Bind("127.0.0.1", 0);
        StreamTcp.ServerBinding binding = await connections
            .To(Sink.ForEach<StreamTcp.IncomingConnection>(connection =>
                connection.HandleWith(Flow.Create<ByteString>(), materializer)))
            .Run(materializer).WaitAsync(Deadline);
        int port = ((IPEndPoint)binding.LocalAddress).Port;

        ByteString[] sent = [.. Enumerable.Range(0, 200).Select(i => ByteString.FromString($"element {i};"))];
        ByteString echoed = await Source.From(sent)
            .Via(Sys.TcpStream().OutgoingConnection("127.0.0.1", port))
            .RunAggregate(ByteString.Empty, (all, more) => all + more, materializer).WaitAsync(Deadline);

        Assert.Equal(string.Concat(sent.Select(element => element.ToString())), echoed.ToString());
        Assert.True(Extension.Figures.Sum(loop => loop.Submissions) > 0);
        await binding.Unbind().WaitAsync(Deadline);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task What_is_no_command_still_reaches_the_stock_manager()
    {
        await EventFilter.Exception<ArgumentException>(contains: "Only Connect and Bind messages are supported").ExpectOneAsync(
            () =>
            {
                Sys.Tcp().Tell("nonsense");
                return Task.CompletedTask;
            });
    }
}

public sealed class RedirectOnIoUringSpec() : RedirectSpec("io-uring");

public sealed class RedirectOnSyscallThreadsSpec() : RedirectSpec("syscall-threads");

/// <summary>What goes wrong behind the redirect reaches the actor that sent the command, and the log.</summary>
public sealed class RedirectFailureSpec() : FlexScSpec(ConfigurationFactory.ParseString("""
    akka.actor.default-mailbox.mailbox-type = "FlexSc.Akka.IO.RedirectMailbox, FlexSc.Akka"
    akka.loglevel = WARNING
    akka.test.single-expect-default = 30s
    flexsc.tcp.accept-retry-ms = soon
    """))
{
    [Fact]
    public async Task A_value_out_of_range_is_told_with_its_key()
    {
        IPEndPoint endpoint = new(IPAddress.Loopback, 0);
        foreach (Tcp.Command command in (Tcp.Command[])[new Tcp.Bind(TestActor, endpoint), new Tcp.Connect(endpoint)])
        {
            Sys.Tcp().Tell(command, TestActor);
            Tcp.CommandFailed failed = await ExpectMsgAsync<Tcp.CommandFailed>();
            Assert.Same(command, failed.Cmd);
            Assert.Contains("flexsc.tcp.accept-retry-ms", failed.Cause.Value.Message, StringComparison.Ordinal);
        }
    }
}
