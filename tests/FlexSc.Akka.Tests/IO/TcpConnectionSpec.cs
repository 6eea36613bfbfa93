using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>The behaviour matrix of Akka.IO 1.5 (its own connections were run for each row), and where ours is meant to differ.</summary>
public abstract partial class TcpConnectionSpec(string config) : TcpFixture(config)
{
    [Fact]
    public async Task Bytes_go_both_ways()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);

        await pair.Peer.SendAsync("ping"u8.ToArray());
        Tcp.Received received = await pair.Handler.ExpectMsgAsync<Tcp.Received>();
        Assert.Equal("ping", received.Data.ToString());
        Assert.Equal(pair.Connection, pair.Handler.LastSender);

        pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("pong"), new Ack(1)), pair.Handler);
        Assert.Equal(new Ack(1), await pair.Handler.ExpectMsgAsync<Ack>());
        Assert.Equal("pong"u8.ToArray(), await ReceiveExactlyAsync(pair.Peer, 4));
    }

    [Fact]
    public async Task A_large_write_arrives_whole_and_is_acknowledged_once()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        byte[] bytes = RandomNumberGenerator.GetBytes(20_000_000);
        pair.Connection.Tell(Tcp.Write.Create(ByteString.FromBytes(bytes[..7_000_000]) + ByteString.FromBytes(bytes[7_000_000..]), new Ack(7)), pair.Handler);
        pair.Connection.Tell(Tcp.Close.Instance, pair.Handler);

        Assert.Equal(bytes, await ReceiveExactlyAsync(pair.Peer, bytes.Length));
        Assert.Equal(new Ack(7), await pair.Handler.ExpectMsgAsync<Ack>());
        await pair.Handler.ExpectMsgAsync<Tcp.Closed>();
        Assert.Equal(SocketError.Success, await ReceiveEndAsync(pair.Peer));
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task What_the_peer_sends_comes_in_pieces_of_at_most_a_buffer()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        byte[] bytes = RandomNumberGenerator.GetBytes(20_000);
        await pair.Peer.SendAsync(bytes);
        List<byte> received = [];
        while (received.Count < bytes.Length)
        {
            Tcp.Received piece = await pair.Handler.ExpectMsgAsync<Tcp.Received>();
            Assert.InRange(piece.Data.Count, 1, 4096);
            received.AddRange(piece.Data.ToArray());
        }

        Assert.Equal(bytes, received);
    }

    [Fact]
    public async Task Close_tells_closed_once_and_the_peer_sees_the_end()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        pair.Connection.Tell(Tcp.Close.Instance, pair.Handler);
        await pair.Handler.ExpectMsgAsync<Tcp.Closed>();
        Assert.Equal(SocketError.Success, await ReceiveEndAsync(pair.Peer));
        await AssertNothingIsLeftAsync();
        await AssertNothingIsToldAsync(pair);
    }

    [Fact]
    public async Task Abort_from_another_actor_tells_both_and_resets()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        TestProbe other = CreateTestProbe();
        pair.Connection.Tell(Tcp.Abort.Instance, other);
        await pair.Handler.ExpectMsgAsync<Tcp.Aborted>();
        await other.ExpectMsgAsync<Tcp.Aborted>();
        Assert.Equal(SocketError.ConnectionReset, await ReceiveEndAsync(pair.Peer));
    }

    [Fact]
    public async Task Confirmed_close_waits_for_the_peers_end_and_delivers_till_then()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        pair.Connection.Tell(Tcp.ConfirmedClose.Instance, pair.Handler);
        Assert.Equal(SocketError.Success, await ReceiveEndAsync(pair.Peer));
        await pair.Peer.SendAsync("late"u8.ToArray());
        Assert.Equal("late", (await pair.Handler.ExpectMsgAsync<Tcp.Received>()).Data.ToString());
        pair.Peer.Shutdown(SocketShutdown.Send);
        await pair.Handler.ExpectMsgAsync<Tcp.ConfirmedClosed>();
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task The_peers_end_closes_unless_kept_open()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair closing = await ConnectAsync(bind, endpoint);
        closing.Peer.Shutdown(SocketShutdown.Send);
        await closing.Handler.ExpectMsgAsync<Tcp.PeerClosed>();
        Assert.Equal(SocketError.Success, await ReceiveEndAsync(closing.Peer));

        using TcpPair open = await ConnectAsync(bind, endpoint, keepOpen: true);
        open.Peer.Shutdown(SocketShutdown.Send);
        await open.Handler.ExpectMsgAsync<Tcp.PeerClosed>();
        open.Connection.Tell(Tcp.Write.Create(ByteString.FromString("still")), open.Handler);
        Assert.Equal("still"u8.ToArray(), await ReceiveExactlyAsync(open.Peer, 5));
        open.Connection.Tell(Tcp.ConfirmedClose.Instance, open.Handler);
        await open.Handler.ExpectMsgAsync<Tcp.ConfirmedClosed>();
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_reset_by_the_peer_is_told_with_its_cause()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        pair.Peer.LingerState = new LingerOption(true, 0);
        pair.Peer.Close();
        Tcp.ErrorClosed closed = await pair.Handler.ExpectMsgAsync<Tcp.ErrorClosed>();
        Assert.Equal("Connection reset by peer", closed.Cause);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_connection_ends_with_its_handler()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        Sys.Stop(pair.Handler);
        Assert.Equal(SocketError.ConnectionReset, await ReceiveEndAsync(pair.Peer));
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_poison_pill_aborts()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        pair.Connection.Tell(PoisonPill.Instance);
        await pair.Handler.ExpectMsgAsync<Tcp.Aborted>();
        Assert.Equal(SocketError.ConnectionReset, await ReceiveEndAsync(pair.Peer));
    }

    [Fact]
    public async Task A_connection_can_be_watched()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        TestProbe watcher = CreateTestProbe();
        await watcher.WatchAsync(pair.Connection);
        pair.Peer.Close();
        await watcher.ExpectTerminatedAsync(pair.Connection, Deadline);

        TestProbe late = CreateTestProbe();
        await late.WatchAsync(pair.Connection);
        await late.ExpectTerminatedAsync(pair.Connection, Deadline);
    }

    [Fact]
    public async Task Empty_and_compound_writes_are_acknowledged_in_order()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        pair.Connection.Tell(Tcp.Write.Create(ByteString.Empty, new Ack(0)), pair.Handler);
        pair.Connection.Tell(
            Tcp.Write.Create(ByteString.FromString("ab"), new Ack(1))
                .Append(Tcp.Write.Create(ByteString.Empty, new Ack(2)).Append(Tcp.Write.Create(ByteString.FromString("cd"), new Ack(3)))),
            pair.Handler);
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(new Ack(i), await pair.Handler.ExpectMsgAsync<Ack>());
        }

        Assert.Equal("abcd"u8.ToArray(), await ReceiveExactlyAsync(pair.Peer, 4));
    }

    [Fact]
    public async Task Suspended_reading_delivers_nothing_and_loses_nothing()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        pair.Connection.Tell(Tcp.SuspendReading.Instance, pair.Handler);
        await pair.Connection.Ask<ActorIdentity>(new Identify("suspended"), Deadline); // commands are taken in order
        for (int i = 0; i < 5; i++)
        {
            await pair.Peer.SendAsync(new byte[] { (byte)('a' + i) });
        }

        await AssertNothingIsToldAsync(pair);
        pair.Connection.Tell(Tcp.ResumeReading.Instance, pair.Handler);
        string received = "";
        while (received.Length < 5)
        {
            received += (await pair.Handler.ExpectMsgAsync<Tcp.Received>()).Data.ToString();
        }

        Assert.Equal("abcde", received);
    }

    [Fact]
    public async Task Pull_mode_delivers_one_reception_for_each_resume()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync(pullMode: true);
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        await pair.Peer.SendAsync(new byte[10_000]);
        await AssertNothingIsToldAsync(pair);
        int received = 0;
        while (received < 10_000)
        {
            pair.Connection.Tell(Tcp.ResumeReading.Instance, pair.Handler);
            received += (await pair.Handler.ExpectMsgAsync<Tcp.Received>()).Data.Count;
            await AssertNothingIsToldAsync(pair);
        }
    }

    [Fact]
    public async Task Writes_before_registration_wait_for_it_with_a_warning()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint, register: false);
        await EventFilter.Warning(contains: "Received Write command before Register").ExpectOneAsync(
            () =>
            {
                pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("early")), pair.Handler);
                return Task.CompletedTask;
            });
        pair.Connection.Tell(new Tcp.Register(pair.Handler), pair.Handler);
        Assert.Equal("early"u8.ToArray(), await ReceiveExactlyAsync(pair.Peer, 5));
    }

    [Fact]
    public async Task Nobody_registers_in_time_and_the_connection_is_reset()
    {
        TestProbe bind = CreateTestProbe();
        IPEndPoint endpoint = await BindAsync(bind, TcpSettings.Create(Sys) with { RegisterTimeout = TimeSpan.FromMilliseconds(100) });
        using TcpPair pair = await ConnectAsync(bind, endpoint, register: false);
        Assert.Equal(SocketError.ConnectionReset, await ReceiveEndAsync(pair.Peer));
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_write_beyond_the_limit_fails_and_the_next_one_is_taken()
    {
        TestProbe bind = CreateTestProbe();
        IPEndPoint endpoint = await BindAsync(bind, TcpSettings.Create(Sys) with { WriteCommandsQueueMaxSize = 1000 });
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        Tcp.Write tooMuch = Tcp.Write.Create(ByteString.FromBytes(new byte[1001]), new Ack(1));
        pair.Connection.Tell(tooMuch, pair.Handler);
        Tcp.CommandFailed failed = await pair.Handler.ExpectMsgAsync<Tcp.CommandFailed>();
        Assert.Same(tooMuch, failed.Cmd);
        Assert.Contains("queue is full", failed.Cause.Value.Message, StringComparison.Ordinal);

        pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("fits"), new Ack(2)), pair.Handler);
        Assert.Equal(new Ack(2), await pair.Handler.ExpectMsgAsync<Ack>());
        Assert.Equal("fits"u8.ToArray(), await ReceiveExactlyAsync(pair.Peer, 4));
    }

    [Fact]
    public async Task Writes_that_cannot_leave_fail_before_the_end_is_told()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);

        // More than the kernel buffers of both sides take, so that most of it still waits.
        Tcp.Write big = Tcp.Write.Create(ByteString.FromBytes(new byte[50_000_000]), new Ack(1));
        Tcp.Write behind = Tcp.Write.Create(ByteString.FromString("behind"), new Ack(2));
        pair.Connection.Tell(big, pair.Handler);
        pair.Connection.Tell(behind, pair.Handler);
        pair.Connection.Tell(Tcp.Abort.Instance, pair.Handler);
        Assert.Same(big, (await pair.Handler.ExpectMsgAsync<Tcp.CommandFailed>()).Cmd);
        Assert.Same(behind, (await pair.Handler.ExpectMsgAsync<Tcp.CommandFailed>()).Cmd);
        await pair.Handler.ExpectMsgAsync<Tcp.Aborted>();
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_name_is_resolved_and_an_unknown_one_fails()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        TestProbe client = CreateTestProbe();
        Sys.FlexTcp().Tell(new Tcp.Connect(new DnsEndPoint("localhost", endpoint.Port)), client);
        await client.ExpectMsgAsync<Tcp.Connected>(Deadline);
        await bind.ExpectMsgAsync<Tcp.Connected>(Deadline);
        Sys.FlexTcp().Tell(new Tcp.Connect(new DnsEndPoint("name.invalid", endpoint.Port)), client);
        await client.ExpectMsgAsync<Tcp.CommandFailed>(Deadline);
    }

    [Fact]
    public async Task Socket_options_reach_the_sockets()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync(options: [new Inet.SO.ReuseAddress(true), new CountingOption()]);
        CountingOption.AfterConnects = 0;
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        Assert.Equal(1, CountingOption.AfterConnects);
        await pair.Peer.SendAsync("ok"u8.ToArray());
        Assert.Equal("ok", (await pair.Handler.ExpectMsgAsync<Tcp.Received>()).Data.ToString());
    }

    [Fact]
    public async Task A_listener_tells_its_statistics()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        IActorRef listener = bind.LastSender;
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        TestProbe subscriber = CreateTestProbe();
        listener.Tell(new Tcp.SubscribeToTcpListenerStats(subscriber));
        Tcp.TcpListenerStatistics statistics = await subscriber.ExpectMsgAsync<Tcp.TcpListenerStatistics>(Deadline);
        Assert.Equal(1, statistics.AcceptedIncomingConnections);
        Assert.Equal(0, statistics.IncomingConnectionsClosed);
    }

    [Fact]
    public async Task A_listener_ends_with_its_bind_handler()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        Sys.Stop(bind);
        await pair.Handler.ExpectMsgAsync<Tcp.Aborted>();
        await AwaitAssertAsync(
            async () =>
            {
                using Socket late = new(SocketType.Stream, ProtocolType.Tcp);
                await Assert.ThrowsAnyAsync<SocketException>(() => late.ConnectAsync(endpoint));
            },
            Deadline);
    }

    [Fact]
    public async Task The_end_of_the_system_closes_everything()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        using TcpPair suspended = await ConnectAsync(bind, endpoint);
        suspended.Connection.Tell(Tcp.SuspendReading.Instance);
        IReadOnlyList<ActorLoop> loops = Extension.Group.StartedLoops;
        await Sys.Terminate().WaitAsync(Deadline);
        Assert.Equal(SocketError.ConnectionReset, await ReceiveEndAsync(pair.Peer));
        Assert.Equal(SocketError.ConnectionReset, await ReceiveEndAsync(suspended.Peer));
        await Task.WhenAll(loops.Select(loop => loop.Loop.Ended)).WaitAsync(Deadline);
    }

    private async Task<IPEndPoint> BindAsync(TestProbe handler, TcpSettings settings)
    {
        Sys.FlexTcp().Tell(new Tcp.Bind(handler, new IPEndPoint(IPAddress.Loopback, 0)) { TcpSettings = settings }, handler);
        return (IPEndPoint)(await handler.ExpectMsgAsync<Tcp.Bound>(Deadline)).LocalAddress;
    }

    private sealed class CountingOption : Inet.SocketOption
    {
        public static int AfterConnects { get; set; }

        public override void AfterConnect(Socket s)
        {
            Assert.True(s.Connected);
            AfterConnects++;
        }
    }

    private sealed class Ack(int number) : Tcp.Event
    {
        public override bool Equals(object? obj) => obj is Ack other && other.Number == Number;

        public override int GetHashCode() => Number;

        public override string ToString() => $"Ack({Number})";

        private int Number => number;
    }
}

public sealed class TcpConnectionOnIoUringSpec() : TcpConnectionSpec("");

public sealed class TcpConnectionOnTwoLoopsSpec() : TcpConnectionSpec("flexsc.loops.count = 2");

public sealed class TcpConnectionOnInlineCallsSpec() : TcpConnectionSpec(
    "flexsc.loops { backend = syscall-threads, syscall-threads = 0 }");

public sealed class TcpConnectionOnSyscallThreadsSpec() : TcpConnectionSpec(
    "flexsc.loops { backend = syscall-threads, syscall-threads = 2 }");
