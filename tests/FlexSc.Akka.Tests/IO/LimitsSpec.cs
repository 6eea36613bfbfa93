using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>What is answered at the bounds.</summary>
public abstract class LimitsSpec(string backend) : TcpFixture(
    $"flexsc.loops.pages = 4\nflexsc.tcp.unbind = keep\nflexsc.loops.backend = {backend}")
{
    // 256 entries, less the reserve, carry 42 connections.
    private const int ConnectionsThatFit = 42;

    [Fact]
    public async Task Connections_beyond_the_entries_are_reset_and_counted_and_the_others_serve_on()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        List<TcpPair> pairs = [];
        for (int i = 0; i < ConnectionsThatFit; i++)
        {
            pairs.Add(await ConnectAsync(bind, endpoint));
        }

        using Socket refused = new(SocketType.Stream, ProtocolType.Tcp);
        Assert.Equal(SocketError.ConnectionReset, await ConnectToEndAsync(refused, endpoint));
        LoopFigures figures = Extension.Figures[0];
        Assert.Equal((ConnectionsThatFit, 1), (figures.Connections, figures.RefusedConnections));

        foreach (TcpPair pair in pairs)
        {
            pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("x")), pair.Handler);
            Assert.Equal("x"u8.ToArray(), await ReceiveExactlyAsync(pair.Peer, 1));
            pair.Dispose();
        }

        await AssertNothingIsLeftAsync();
        using TcpPair again = await ConnectAsync(bind, endpoint);
    }

    [Fact]
    public async Task Unbind_keeps_accepted_connections_where_that_is_set()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        IActorRef listener = bind.LastSender;
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        listener.Tell(Tcp.Unbind.Instance, bind);
        await bind.ExpectMsgAsync<Tcp.Unbound>(Deadline);
        await WatchAsync(listener);
        await ExpectTerminatedAsync(listener, Deadline);
        await pair.Peer.SendAsync("on"u8.ToArray());
        Assert.Equal("on", (await pair.Handler.ExpectMsgAsync<Tcp.Received>()).Data.ToString());
    }

    [Fact]
    public async Task What_was_written_before_Unbind_arrives_before_the_end()
    {
        const int size = 3_000_000;
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        IActorRef listener = bind.LastSender;
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        pair.Connection.Tell(Tcp.Write.Create(ByteString.FromBytes(new byte[size])), pair.Handler);
        listener.Tell(Tcp.Unbind.Instance, bind);
        await bind.ExpectMsgAsync<Tcp.Unbound>(Deadline);
        pair.Connection.Tell(Tcp.Close.Instance, pair.Handler);
        await ReceiveExactlyAsync(pair.Peer, size);
        Assert.Equal(SocketError.Success, await ReceiveEndAsync(pair.Peer));
        await pair.Handler.ExpectMsgAsync<Tcp.Closed>(Deadline);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_recipient_that_throws_ends_its_connection_and_no_other()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair broken = await ConnectAsync(bind, endpoint, register: false);
        using TcpPair other = await ConnectAsync(bind, endpoint);
        broken.Connection.Tell(new Tcp.Register(new ThrowingRef((ExtendedActorSystem)Sys)), bind);
        await EventFilter.Exception<InvalidOperationException>(contains: "refuses everything").ExpectAsync(
            2, // the reception, and the end that is told because of it
            Deadline,
            async () =>
            {
                await broken.Peer.SendAsync("x"u8.ToArray());
                Assert.Equal(SocketError.ConnectionReset, await ReceiveEndAsync(broken.Peer));
            });
        await other.Peer.SendAsync("still"u8.ToArray());
        Assert.Equal("still", (await other.Handler.ExpectMsgAsync<Tcp.Received>()).Data.ToString());
    }

    // The reset may come while the connect is still being reported.
    private sealed class ThrowingRef(ExtendedActorSystem system) : MinimalActorRef
    {
        public override ActorPath Path { get; } = system.Guardian.Path / "throwing";

        public override IActorRefProvider Provider => system.Provider;

        protected override void TellInternal(object message, IActorRef sender) => throw new InvalidOperationException("it refuses everything");
    }
}

public sealed class LimitsOnIoUringSpec() : LimitsSpec("io-uring");

public sealed class LimitsOnSyscallThreadsSpec() : LimitsSpec("syscall-threads");
