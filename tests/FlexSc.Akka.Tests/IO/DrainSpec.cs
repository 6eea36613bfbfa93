using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>The orderly end of accepted connections.</summary>
public abstract class DrainSpec(string config) : TcpFixture($"flexsc.tcp.drain-ms = 500\n{config}")
{
    private const int LargeBytes = 3_000_000;

    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task Handlers_are_told_and_close_by_themselves()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        TestProbe draining = CreateTestProbe();
        Sys.EventStream.Subscribe(draining, typeof(TcpDraining));

        Task<TcpDrained> drained = Extension.DrainAsync(Deadline);
        await draining.ExpectMsgAsync<TcpDraining>(Deadline);
        using Socket late = new(SocketType.Stream, ProtocolType.Tcp);
        Assert.Equal(SocketError.ConnectionRefused, (await Assert.ThrowsAsync<SocketException>(() => late.ConnectAsync(endpoint))).SocketErrorCode);

        // Who is there is served on.
        await pair.Peer.SendAsync("still"u8.ToArray());
        Assert.Equal("still", (await pair.Handler.ExpectMsgAsync<Tcp.Received>()).Data.ToString());
        Assert.False(drained.IsCompleted);
        pair.Connection.Tell(Tcp.Close.Instance, pair.Handler);
        Assert.Equal(new TcpDrained(Open: 1, Ended: 0, Left: 0), await drained.WaitAsync(Deadline));
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task What_is_not_closed_in_time_ends_after_its_last_byte()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        using TcpPair notRegistered = await ConnectAsync(bind, endpoint, register: false);
        pair.Connection.Tell(Tcp.Write.Create(ByteString.FromBytes(new byte[LargeBytes])), pair.Handler);
        Task<TcpDrained> drained = Extension.DrainAsync(Soon);
        await ReceiveExactlyAsync(pair.Peer, LargeBytes);
        Assert.Equal(SocketError.Success, await ReceiveEndAsync(pair.Peer));
        pair.Peer.Shutdown(SocketShutdown.Send);
        Assert.Equal(SocketError.Success, await ReceiveEndAsync(notRegistered.Peer));
        notRegistered.Peer.Shutdown(SocketShutdown.Send);
        Assert.Equal(new TcpDrained(Open: 2, Ended: 2, Left: 0), await drained.WaitAsync(Deadline));
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_peer_that_never_ends_is_counted_as_left()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        Assert.Equal(new TcpDrained(Open: 1, Ended: 1, Left: 1), await Extension.DrainAsync(TimeSpan.Zero).WaitAsync(Deadline));
        Assert.Equal(SocketError.Success, await ReceiveEndAsync(pair.Peer));
        pair.Connection.Tell(Tcp.Abort.Instance, pair.Handler);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Nothing_is_bound_afterwards_and_clients_stay()
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        TestProbe client = CreateTestProbe();
        Sys.FlexTcp().Tell(new Tcp.Connect(listener.LocalEndPoint!), client);
        using Socket server = await listener.AcceptAsync().WaitAsync(Deadline);
        await client.ExpectMsgAsync<Tcp.Connected>(Deadline);
        IActorRef connection = client.LastSender;
        connection.Tell(new Tcp.Register(client), client);

        Assert.Equal(new TcpDrained(Open: 0, Ended: 0, Left: 0), await Extension.DrainAsync(Soon).WaitAsync(Deadline));
        Sys.FlexTcp().Tell(new Tcp.Bind(client, new IPEndPoint(IPAddress.Loopback, 0)), client);
        Tcp.CommandFailed failed = await client.ExpectMsgAsync<Tcp.CommandFailed>(Deadline);
        Assert.Contains("TCP is drained", failed.Cause.Value.Message, StringComparison.Ordinal);
        await server.SendAsync("on"u8.ToArray());
        Assert.Equal("on", (await client.ExpectMsgAsync<Tcp.Received>()).Data.ToString());
    }

    [Fact]
    public async Task The_end_of_the_system_drains_first()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        pair.Connection.Tell(Tcp.Write.Create(ByteString.FromBytes(new byte[LargeBytes])), pair.Handler);
        Task ended = Sys.Terminate();
        await ReceiveExactlyAsync(pair.Peer, LargeBytes);
        Assert.Equal(SocketError.Success, await ReceiveEndAsync(pair.Peer));
        pair.Peer.Shutdown(SocketShutdown.Send);
        await ended.WaitAsync(Deadline);
    }
}

public sealed class DrainOnIoUringSpec() : DrainSpec("flexsc.loops.socket-close-limit-ms = 1500");

public sealed class DrainOnSyscallThreadsSpec() : DrainSpec("flexsc.loops { backend = syscall-threads, socket-close-limit-ms = 1500 }");
