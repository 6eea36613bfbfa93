using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Xunit;
using AkkaUdp = Akka.IO.Udp;

namespace FlexSc.Akka.Tests.Udp;

/// <summary>Datagrams by Akka.IO's messages.</summary>
public abstract partial class UdpSocketSpec(string config) : UdpFixture(config)
{
    [Fact]
    public async Task Datagrams_go_both_ways_and_tell_their_sender()
    {
        (TestProbe handler, IActorRef socket, EndPoint local) = await BindAsync();
        Socket peer = NewPeer();
        peer.SendTo("ping"u8.ToArray(), local);
        AkkaUdp.Received received = await handler.ExpectMsgAsync<AkkaUdp.Received>();
        Assert.Equal("ping", received.Data.ToString());
        Assert.Equal(peer.LocalEndPoint, received.Sender);
        Assert.Equal(socket, handler.LastSender);

        TestProbe other = CreateTestProbe();
        socket.Tell(new AkkaUdp.Send(ByteString.FromString("po") + ByteString.FromString("ng"), received.Sender, new UdpAck(1)), other);
        Assert.Equal(1, (await other.ExpectMsgAsync<UdpAck>()).Number);
        Assert.Equal("pong"u8.ToArray(), await ReceiveAsync(peer));
        Assert.Equal(new UdpFigures(1, 1, 0, 0, 0), Extension.Figures);

        await WatchAsync(socket);
        await UnbindAsync(handler, socket);
        await ExpectTerminatedAsync(socket, Deadline);
    }

    [Fact]
    public async Task Empty_datagrams_arrive_and_are_sent()
    {
        (TestProbe handler, IActorRef socket, EndPoint local) = await BindAsync();
        Socket peer = NewPeer();
        for (int i = 0; i < 3; i++)
        {
            peer.SendTo([], local);
            Assert.Empty((await handler.ExpectMsgAsync<AkkaUdp.Received>()).Data.ToArray());
        }

        socket.Tell(AkkaUdp.Send.Create(ByteString.Empty, peer.LocalEndPoint), handler);
        Assert.Empty(await ReceiveAsync(peer));
        await UnbindAsync(handler, socket);
    }

    [Fact]
    public async Task A_datagram_that_is_too_large_is_told_and_not_delivered()
    {
        (TestProbe handler, IActorRef socket, EndPoint local) = await BindAsync(options: [DatagramOptions.ReportErrors]);
        TestProbe stream = CreateTestProbe();
        Sys.EventStream.Subscribe(stream, typeof(DatagramTruncated));
        Socket peer = NewPeer();
        peer.SendTo(new byte[4096], local);
        peer.SendTo("small"u8.ToArray(), local);
        DatagramTruncated truncated = await handler.ExpectMsgAsync<DatagramTruncated>();
        Assert.Equal(peer.LocalEndPoint, truncated.Sender);
        Assert.Equal(4096, truncated.SentBytes);
        Assert.Equal(4096 - 32, truncated.RoomBytes);
        Assert.Equal(truncated, await stream.ExpectMsgAsync<DatagramTruncated>());
        Assert.Equal("small", (await handler.ExpectMsgAsync<AkkaUdp.Received>()).Data.ToString());
        Assert.Equal(1, Extension.Figures.Truncated);
        await UnbindAsync(handler, socket);
    }

    [Theory]
    [InlineData(4064)]
    [InlineData(65_507)]
    public async Task A_socket_may_ask_for_larger_datagrams(int bytes)
    {
        (TestProbe handler, IActorRef socket, EndPoint local) = await BindAsync(options: [DatagramOptions.MaxDatagramBytes(bytes)]);
        Socket peer = NewPeer();
        peer.SendBufferSize = 1 << 20;
        byte[] sent = new byte[bytes];
        Random.Shared.NextBytes(sent);
        for (int i = 0; i < 3; i++)
        {
            peer.SendTo(sent, local);
            AkkaUdp.Received received = await handler.ExpectMsgAsync<AkkaUdp.Received>();
            Assert.Equal(sent, received.Data.ToArray());
            socket.Tell(AkkaUdp.Send.Create(received.Data, received.Sender), handler);
            Assert.Equal(sent, await ReceiveAsync(peer));
        }

        await UnbindAsync(handler, socket);
    }

    [Fact]
    public async Task Reading_is_suspended_and_resumed()
    {
        (TestProbe handler, IActorRef socket, EndPoint local) = await BindAsync();
        Socket peer = NewPeer();
        socket.Tell(AkkaUdp.SuspendReading.Instance, handler);
        peer.SendTo([1], local);
        peer.SendTo([2], local);
        socket.Tell(new AkkaUdp.Send(ByteString.FromBytes([3]), peer.LocalEndPoint, new UdpAck(3)), handler);

        // What the handler gets first is the answer to what it told after the datagrams had come.
        await handler.ExpectMsgAsync<UdpAck>();
        socket.Tell(AkkaUdp.ResumeReading.Instance, handler);
        Assert.Equal(1, (await handler.ExpectMsgAsync<AkkaUdp.Received>()).Data[0]);
        Assert.Equal(2, (await handler.ExpectMsgAsync<AkkaUdp.Received>()).Data[0]);
        await UnbindAsync(handler, socket);
    }

    [Fact]
    public async Task A_datagram_to_nobody_is_told_with_its_target()
    {
        (TestProbe handler, IActorRef socket, _) = await BindAsync(options: [DatagramOptions.ReportErrors]);
        EndPoint nobody = NobodysAddress();
        socket.Tell(AkkaUdp.Send.Create(ByteString.FromString("x"), nobody), handler);
        DatagramNotDelivered told = await handler.ExpectMsgAsync<DatagramNotDelivered>();
        Assert.Equal(nobody, told.Target);
        Assert.Equal(SocketError.ConnectionRefused, told.Cause.SocketErrorCode);

        // The socket goes on.
        Socket peer = NewPeer();
        for (int i = 0; i < 10; i++)
        {
            socket.Tell(AkkaUdp.Send.Create(ByteString.FromString("y"), nobody), handler);
            socket.Tell(AkkaUdp.Send.Create(ByteString.FromBytes([(byte)i]), peer.LocalEndPoint), handler);
            Assert.Equal([(byte)i], await ReceiveAsync(peer));
        }

        await handler.FishForMessageAsync(message => message is DatagramNotDelivered, Deadline);
        socket.Tell(AkkaUdp.Unbind.Instance, handler);
        await handler.FishForMessageAsync(message => message is AkkaUdp.Unbound, Deadline);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_datagram_to_nobody_is_told_with_its_target_where_the_next_one_takes_the_error()
    {
        (TestProbe handler, IActorRef socket, _) = await BindAsync(options: [DatagramOptions.ReportErrors]);

        // No receive is under way, which would take it.
        socket.Tell(AkkaUdp.SuspendReading.Instance, handler);
        UdpReceiver receiver = ((UdpSocket)socket).Receiver!;
        ActorLoop loop = Assert.Single(LoopGroup.Of(Sys).StartedLoops);
        await AwaitConditionAsync(() => loop.RunAsync(() => Task.FromResult(!receiver.IsPending)), Deadline);
        EndPoint nobody = NobodysAddress();
        socket.Tell(new AkkaUdp.Send(ByteString.FromString("x"), nobody, new UdpAck(1)), handler);
        await handler.ExpectMsgAsync<UdpAck>();
        Socket peer = NewPeer();
        socket.Tell(AkkaUdp.Send.Create(ByteString.FromBytes([2]), peer.LocalEndPoint), handler);
        Assert.Equal([2], await ReceiveAsync(peer));
        DatagramNotDelivered told = await handler.ExpectMsgAsync<DatagramNotDelivered>();
        Assert.Equal(nobody, told.Target);
        Assert.Equal(SocketError.ConnectionRefused, told.Cause.SocketErrorCode);
        await UnbindAsync(handler, socket);
    }

    [Fact]
    public async Task A_name_is_resolved_and_one_that_is_none_fails()
    {
        (TestProbe handler, IActorRef socket, _) = await BindAsync();
        Socket peer = NewPeer();
        DnsEndPoint name = new("localhost", ((IPEndPoint)peer.LocalEndPoint!).Port);
        for (int i = 0; i < 3; i++)
        {
            socket.Tell(new AkkaUdp.Send(ByteString.FromString($"to {i}"), name, new UdpAck(i)), handler);
        }

        HashSet<string> received = [];
        for (int i = 0; i < 3; i++)
        {
            await handler.ExpectMsgAsync<UdpAck>();
            received.Add(System.Text.Encoding.ASCII.GetString(await ReceiveAsync(peer)));
        }

        Assert.Equal(["to 0", "to 1", "to 2"], received.Order());
        AkkaUdp.Send toNobody = AkkaUdp.Send.Create(ByteString.FromString("x"), new DnsEndPoint("no-such-host.invalid", 1));
        socket.Tell(toNobody, handler);
        Assert.Same(toNobody, (await handler.ExpectMsgAsync<AkkaUdp.CommandFailed>()).Cmd);
        await UnbindAsync(handler, socket);
    }

    [Fact]
    public async Task A_simple_sender_reaches_both_families()
    {
        Sys.FlexUdp().Tell(AkkaUdp.SimpleSender.Instance, TestActor);
        await ExpectMsgAsync<AkkaUdp.SimpleSenderReady>(Deadline);
        IActorRef sender = LastSender;
        foreach (AddressFamily family in Socket.OSSupportsIPv6 ? [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6] : new[] { AddressFamily.InterNetwork })
        {
            Socket peer = NewPeer(family);
            sender.Tell(new AkkaUdp.Send(ByteString.FromString("hi"), peer.LocalEndPoint, new UdpAck(1)), TestActor);
            await ExpectMsgAsync<UdpAck>(Deadline);
            Assert.Equal("hi"u8.ToArray(), await ReceiveAsync(peer));
        }

        await WatchAsync(sender);
        sender.Tell(PoisonPill.Instance);
        await ExpectTerminatedAsync(sender, Deadline);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_bind_that_fails_is_told()
    {
        Socket taken = NewPeer();
        AkkaUdp.Bind bind = new(TestActor, taken.LocalEndPoint);
        await EventFilter.Error(contains: "in use").ExpectOneAsync(() =>
        {
            Sys.FlexUdp().Tell(bind, TestActor);
            return Task.CompletedTask;
        });
        Assert.Same(bind, (await ExpectMsgAsync<AkkaUdp.CommandFailed>(Deadline)).Cmd);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_socket_ends_with_its_handler()
    {
        (TestProbe handler, IActorRef socket, EndPoint local) = await BindAsync();
        await WatchAsync(socket);
        Sys.Stop(handler);
        await ExpectTerminatedAsync(socket, Deadline);
        await AssertNothingIsLeftAsync();
        using Socket again = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        again.Bind(local);
    }

    [Fact]
    public async Task A_command_to_a_socket_that_is_closed_goes_to_dead_letters()
    {
        (TestProbe handler, IActorRef socket, EndPoint local) = await BindAsync();
        await UnbindAsync(handler, socket);
        await EventFilter.DeadLetter<AkkaUdp.Send>().ExpectOneAsync(() =>
        {
            socket.Tell(AkkaUdp.Send.Create(ByteString.FromString("late"), local), handler);
            return Task.CompletedTask;
        });
    }

    private static IPEndPoint NobodysAddress()
    {
        using Socket gone = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        gone.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)gone.LocalEndPoint!;
    }
}

public sealed class UdpSocketOnIoUringSpec() : UdpSocketSpec(IoUring);

public sealed class UdpSocketOnInlineCallsSpec() : UdpSocketSpec(InlineCalls);

public sealed class UdpSocketOnSyscallThreadsSpec() : UdpSocketSpec("flexsc.loops { backend = syscall-threads, syscall-threads = 2 }");
