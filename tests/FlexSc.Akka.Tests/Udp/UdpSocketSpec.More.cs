using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Xunit;
using AkkaUdp = Akka.IO.Udp;

namespace FlexSc.Akka.Tests.Udp;

/// <content>Many datagrams, buffers that are handed on, connected sockets, and what the kernel can do.</content>
public abstract partial class UdpSocketSpec
{
    [Fact]
    public async Task Thousands_of_datagrams_come_in_one_turn_and_none_is_lost_or_reordered()
    {
        const int Datagrams = 2_000;
        (TestProbe handler, IActorRef socket, EndPoint local) = await BindAsync(options: [new Inet.SO.ReceiveBufferSize(8 << 20)]);
        Socket peer = NewPeer();
        peer.ReceiveBufferSize = 8 << 20;
        const int Window = 100;
        for (int begin = 0; begin < Datagrams; begin += Window)
        {
            for (int i = begin; i < begin + Window; i++)
            {
                peer.SendTo(BitConverter.GetBytes(i), local);
            }

            for (int i = begin; i < begin + Window; i++)
            {
                AkkaUdp.Received received = await handler.ExpectMsgAsync<AkkaUdp.Received>();
                Assert.Equal(i, BitConverter.ToInt32(received.Data.ToArray()));
                socket.Tell(AkkaUdp.Send.Create(received.Data, received.Sender), handler);
            }

            for (int i = begin; i < begin + Window; i++)
            {
                Assert.Equal(i, BitConverter.ToInt32(await ReceiveAsync(peer)));
            }
        }

        await UnbindAsync(handler, socket);
    }

    [Fact]
    public async Task Receptions_without_a_copy_are_answered_without_a_message()
    {
        (TestProbe handler, IActorRef socket, EndPoint local) = await BindAsync(options: [DatagramOptions.Pooled]);
        Socket peer = NewPeer();
        UdpOutput output = FlexUdp.OutputOf(socket);
        for (int i = 0; i < 3_000; i++)
        {
            peer.SendTo(BitConverter.GetBytes(i), local);
            PooledReceived received = await handler.ExpectMsgAsync<PooledReceived>();
            Assert.Equal(i, BitConverter.ToInt32(received.Span));
            Assert.Equal(peer.LocalEndPoint, received.SenderAddress);
            Assert.True(output.TryReply(received.Span, received));
            received.Release();
            Assert.Throws<InvalidOperationException>(() => received.SenderAddress);
            Assert.Equal(i, BitConverter.ToInt32(await ReceiveAsync(peer)));
        }

        Assert.True(output.TrySend("to"u8, peer.LocalEndPoint));
        Assert.Equal("to"u8.ToArray(), await ReceiveAsync(peer));
        await UnbindAsync(handler, socket);
    }

    [Fact]
    public async Task Receptions_that_a_handler_died_with_are_taken_back()
    {
        (TestProbe handler, IActorRef socket, EndPoint local) = await BindAsync(options: [DatagramOptions.Pooled]);
        Socket peer = NewPeer();
        List<PooledReceived> held = [];
        for (int i = 0; i < 3; i++)
        {
            peer.SendTo([1], local);
            held.Add(await handler.ExpectMsgAsync<PooledReceived>());
        }

        await WatchAsync(socket);
        Sys.Stop(handler);
        await ExpectTerminatedAsync(socket, Deadline);
        await AssertNothingIsLeftAsync();
        Assert.All(held, reception => Assert.Throws<ObjectDisposedException>(() => reception.Span.Length));
    }

    [Fact]
    public async Task A_connected_socket_hears_its_peer_only_and_is_told_when_nobody_listens()
    {
        Socket peer = NewPeer();
        TestProbe handler = CreateTestProbe();
        TestProbe commander = CreateTestProbe();
        Sys.FlexUdpConnected().Tell(
            new UdpConnected.Connect(handler, new DnsEndPoint("127.0.0.1", ((IPEndPoint)peer.LocalEndPoint!).Port), new IPEndPoint(IPAddress.Loopback, 0), [DatagramOptions.ReportErrors]),
            commander);
        await commander.ExpectMsgAsync<UdpConnected.Connected>(Deadline);
        IActorRef socket = commander.LastSender;
        object ack = new UdpAck(5);
        socket.Tell(new UdpConnected.Send(ByteString.FromString("hi"), ack), handler);
        Assert.Same(ack, await handler.ExpectMsgAsync<UdpAck>());
        byte[] bytes = new byte[10];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        int count = peer.ReceiveFrom(bytes, ref from);
        Assert.Equal("hi"u8.ToArray(), bytes[..count]);
        Socket stranger = NewPeer();
        stranger.SendTo("stranger"u8.ToArray(), from);
        peer.SendTo("peer"u8.ToArray(), from);
        Assert.Equal("peer", (await handler.ExpectMsgAsync<UdpConnected.Received>()).Data.ToString());

        EndPoint address = peer.LocalEndPoint!;
        peer.Dispose();
        socket.Tell(UdpConnected.Send.Create(ByteString.FromString("anybody?")), handler);
        DatagramNotDelivered told = await handler.ExpectMsgAsync<DatagramNotDelivered>();
        Assert.Equal(address, told.Target);
        Assert.Equal(SocketError.ConnectionRefused, told.Cause.SocketErrorCode);

        await WatchAsync(socket);
        socket.Tell(UdpConnected.Disconnect.Instance, handler);
        await handler.FishForMessageAsync(message => message is UdpConnected.Disconnected, Deadline);
        await ExpectTerminatedAsync(socket, Deadline);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Several_sockets_share_a_port()
    {
        (TestProbe first, IActorRef firstSocket, EndPoint local) = await BindAsync(options: [DatagramOptions.ReusePort]);
        (TestProbe second, IActorRef secondSocket, EndPoint same) = await BindAsync(local, [DatagramOptions.ReusePort]);
        Assert.Equal(local, same);
        firstSocket.Tell(AkkaUdp.Unbind.Instance, first);
        await first.ExpectMsgAsync<AkkaUdp.Unbound>();
        NewPeer().SendTo([1], local);
        await second.ExpectMsgAsync<AkkaUdp.Received>();
        await UnbindAsync(second, secondSocket);
    }

    [Fact]
    public async Task The_kernel_cuts_what_is_sent_and_puts_together_what_comes()
    {
        const int Segment = 100;
        (TestProbe handler, IActorRef socket, EndPoint local) = await BindAsync(options: DatagramOptions.CoalesceReceived);
        (TestProbe other, IActorRef sender, EndPoint from) = await BindAsync(options: [DatagramOptions.SegmentBytes(Segment)]);
        byte[] sent = new byte[(10 * Segment) + 7];
        Random.Shared.NextBytes(sent);
        sender.Tell(new AkkaUdp.Send(ByteString.FromBytes(sent), local, new UdpAck(1)), other);
        await other.ExpectMsgAsync<UdpAck>();
        List<byte> received = [];
        while (received.Count < sent.Length)
        {
            AkkaUdp.Received part = await handler.ExpectMsgAsync<AkkaUdp.Received>();
            Assert.Equal(Math.Min(Segment, sent.Length - received.Count), part.Data.Count);
            Assert.Equal(from, part.Sender);
            received.AddRange(part.Data.ToArray());
        }

        Assert.Equal(sent, received);
        sender.Tell(AkkaUdp.Unbind.Instance, other);
        await other.ExpectMsgAsync<AkkaUdp.Unbound>();
        await UnbindAsync(handler, socket);
    }

    [SkippableFact]
    public async Task A_scope_goes_along_with_an_address_of_a_link()
    {
        IPAddress? link = NetworkInterface.GetAllNetworkInterfaces()
            .Where(static each => each.OperationalStatus == OperationalStatus.Up)
            .SelectMany(static each => each.GetIPProperties().UnicastAddresses)
            .Select(static each => each.Address)
            .FirstOrDefault(static address => address.IsIPv6LinkLocal);
        Skip.If(link is null, "no interface has an address of its link (fe80::)");
        Assert.NotEqual(0, link.ScopeId);
        (TestProbe handler, IActorRef socket, EndPoint local) = await BindAsync(new IPEndPoint(link, 0));
        Assert.Equal(link, ((IPEndPoint)local).Address);
        Socket peer = NewPeer(AddressFamily.InterNetworkV6, new IPEndPoint(link, 0));
        peer.SendTo("ping"u8.ToArray(), local);
        AkkaUdp.Received received = await handler.ExpectMsgAsync<AkkaUdp.Received>();
        Assert.Equal(peer.LocalEndPoint, received.Sender);
        Assert.Equal(link.ScopeId, ((IPEndPoint)received.Sender).Address.ScopeId);
        socket.Tell(AkkaUdp.Send.Create(ByteString.FromString("pong"), received.Sender), handler);
        Assert.Equal("pong"u8.ToArray(), await ReceiveAsync(peer));

        // One of an interface that is not there.
        AkkaUdp.Bind nowhere = new(TestActor, new IPEndPoint(new IPAddress(link.GetAddressBytes(), 99_999), 0));
        Sys.FlexUdp().Tell(nowhere, TestActor);
        AssertCause(await ExpectMsgAsync<AkkaUdp.CommandFailed>(Deadline), "bind", "%99999");
        await UnbindAsync(handler, socket);
    }

    [SkippableFact]
    public async Task A_group_is_joined_and_left()
    {
        IPAddress group = IPAddress.Parse("239.255.77.77");
        (TestProbe handler, IActorRef socket, EndPoint local) = await BindAsync(new IPEndPoint(IPAddress.Any, 0));
        int loopback = NetworkInterface.LoopbackInterfaceIndex;
        socket.Tell(new UdpJoinGroup(group, loopback), handler);
        object answer = await handler.ExpectMsgAsync<object>();
        Skip.If(answer is AkkaUdp.CommandFailed, "the loopback interface takes no groups here");
        Assert.Equal(group, Assert.IsType<UdpGroupJoined>(answer).Group);
        Socket peer = NewPeer();
        peer.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, IPAddress.HostToNetworkOrder(loopback));
        IPEndPoint target = new(group, ((IPEndPoint)local).Port);
        SkipWhereRefused(() => peer.SendTo("all"u8.ToArray(), target));
        Assert.Equal("all", (await handler.ExpectMsgAsync<AkkaUdp.Received>()).Data.ToString());
        socket.Tell(new UdpLeaveGroup(group, loopback), handler);
        await handler.ExpectMsgAsync<UdpGroupLeft>();
        socket.Tell(new UdpLeaveGroup(group, loopback), handler);
        await handler.ExpectMsgAsync<AkkaUdp.CommandFailed>();
        await UnbindAsync(handler, socket);
    }

    [Fact]
    public async Task A_broadcast_needs_its_option()
    {
        // Errors are told, and none of another datagram is.
        (TestProbe handler, IActorRef socket, EndPoint local) = await BindAsync(new IPEndPoint(IPAddress.Any, 0), [DatagramOptions.ReportErrors]);
        IPEndPoint all = new(IPAddress.Parse("127.255.255.255"), ((IPEndPoint)local).Port);
        socket.Tell(AkkaUdp.Send.Create(ByteString.FromString("x"), all), handler);
        AssertCause(await handler.ExpectMsgAsync<AkkaUdp.CommandFailed>(), "sendto", $"{all}", "SO_BROADCAST");
        (TestProbe other, IActorRef sender, _) = await BindAsync(new IPEndPoint(IPAddress.Loopback, 0), [new AkkaUdp.SO.Broadcast(true)]);
        sender.Tell(AkkaUdp.Send.Create(ByteString.FromString("all"), all), other);
        Assert.Equal("all", (await handler.ExpectMsgAsync<AkkaUdp.Received>()).Data.ToString());
        sender.Tell(AkkaUdp.Unbind.Instance, other);
        await other.ExpectMsgAsync<AkkaUdp.Unbound>();
        await UnbindAsync(handler, socket);
    }

    [Fact]
    public async Task What_cannot_be_sent_at_all_fails_and_the_next_is_sent()
    {
        (TestProbe handler, IActorRef socket, _) = await BindAsync();
        Socket peer = NewPeer();
        (AkkaUdp.Send Send, string Cause)[] impossible =
        [
            (AkkaUdp.Send.Create(ByteString.FromBytes(new byte[100_000]), peer.LocalEndPoint), "100000 bytes"),
            (AkkaUdp.Send.Create(ByteString.FromString("x"), new IPEndPoint(IPAddress.IPv6Loopback, 1)), "another family"),
            (AkkaUdp.Send.Create(ByteString.FromString("x"), new UnixDomainSocketEndPoint("/nowhere")), "another"),
            (AkkaUdp.Send.Create(ByteString.FromString("x"), new DnsEndPoint("no-such-host.invalid", 1)), "no-such-host.invalid"),
            (AkkaUdp.Send.Create(ByteString.FromString("x"), new IPEndPoint(IPAddress.Loopback, 0)), "port is 0"),
        ];
        foreach ((AkkaUdp.Send send, string cause) in impossible)
        {
            socket.Tell(send, handler);
            AkkaUdp.CommandFailed failed = await handler.ExpectMsgAsync<AkkaUdp.CommandFailed>();
            Assert.Same(send, failed.Cmd);
            AssertCause(failed, cause);
        }

        socket.Tell(AkkaUdp.Send.Create(ByteString.FromString("still"), peer.LocalEndPoint), handler);
        Assert.Equal("still"u8.ToArray(), await ReceiveAsync(peer));
        await UnbindAsync(handler, socket);
    }

    [Fact]
    public async Task Why_a_command_failed_is_told_for_any()
    {
        (TestProbe handler, IActorRef socket, EndPoint local) = await BindAsync();
        AkkaUdp.Bind[] binds =
        [
            new(TestActor, local),
            new(TestActor, new IPEndPoint(IPAddress.Parse("192.0.2.1"), 0)),
            new(TestActor, new UnixDomainSocketEndPoint(PathOf("nowhere/socket"))),
        ];
        foreach ((AkkaUdp.Bind bind, string remedy) in binds.Zip((string[])["ss -lntup", "no interface", "make it"]))
        {
            Sys.FlexUdp().Tell(bind, TestActor);
            AssertCause(await ExpectMsgAsync<AkkaUdp.CommandFailed>(Deadline), "bind", $"{bind.LocalAddress}", remedy);
        }

        socket.Tell(new UdpJoinGroup(IPAddress.Parse("10.0.0.1")), handler);
        AssertCause(await handler.ExpectMsgAsync<AkkaUdp.CommandFailed>(), "10.0.0.1");
        UdpConnected.Connect connect = new(TestActor, new UnixDomainSocketEndPoint(PathOf("nobody")));
        Sys.FlexUdpConnected().Tell(connect, TestActor);
        AssertCause(await ExpectMsgAsync<UdpConnected.CommandFailed>(Deadline), "connect", PathOf("nobody"), "start the server");
        await UnbindAsync(handler, socket);
    }

    [Fact]
    public async Task A_command_that_lacks_something_or_asks_for_what_there_is_not_fails()
    {
        IPEndPoint any = new(IPAddress.Loopback, 0);
        using Tls.TestCertificates certificates = new();
        (AkkaUdp.Command Command, string Cause)[] mistakes =
        [
            (new AkkaUdp.Bind(null!, any), "no handler"),
            (new AkkaUdp.Bind(TestActor, null!), "no address"),
            (new AkkaUdp.Bind(TestActor, new DnsEndPoint("localhost", 0)), "resolve it"),
            (new AkkaUdp.Bind(TestActor, new UnixDomainSocketEndPoint(PathOf("a\0b"))), "NUL"),
            (new AkkaUdp.Bind(TestActor, any, [new TlsClient()]), "plain text"),
            (new AkkaUdp.Bind(TestActor, any, [new TlsServer(TlsCertificate.From(certificates.Server))]), "plain text"),
            (new AkkaUdp.Bind(TestActor, any, [DatagramOptions.ReceiveDescriptors(1)]), "Unix sockets"),
            (new AkkaUdp.Bind(TestActor, any, [DatagramOptions.MulticastTimeToLive(1000)]), "IP_MULTICAST_TTL of 1000"),
            (new AkkaUdp.Bind(TestActor, any, [DatagramOptions.JoinGroup(IPAddress.Parse("239.1.1.1"), 99_999)]), "239.1.1.1 on interface 99999"),
            (new AkkaUdp.SimpleSender([new TlsClient()]), "plain text"),
        ];
        foreach ((AkkaUdp.Command command, string cause) in mistakes)
        {
            Sys.FlexUdp().Tell(command, TestActor);
            AkkaUdp.CommandFailed failed = await ExpectMsgAsync<AkkaUdp.CommandFailed>(Deadline);
            Assert.Same(command, failed.Cmd);
            AssertCause(failed, cause);
        }

        Sys.FlexUdpConnected().Tell(new UdpConnected.Connect(TestActor, any, options: [new TlsClient()]), TestActor);
        AssertCause(await ExpectMsgAsync<UdpConnected.CommandFailed>(Deadline), "plain text");
        Assert.Empty(Directory.EnumerateFileSystemEntries(PathOf("")));
        await AssertNothingIsLeftAsync();

        // One without bytes leaves its socket as it was.
        (TestProbe handler, IActorRef socket, EndPoint local) = await BindAsync();
        socket.Tell(AkkaUdp.Send.Create(null!, local), handler);
        AssertCause(await handler.ExpectMsgAsync<AkkaUdp.CommandFailed>(), "nothing to send");
        socket.Tell(AkkaUdp.Send.Create(ByteString.FromString("still"), local), handler);
        Assert.Equal("still", (await handler.ExpectMsgAsync<AkkaUdp.Received>()).Data.ToString());
        await UnbindAsync(handler, socket);
    }

    [SkippableFact]
    public async Task Groups_are_joined_and_reached_by_options()
    {
        IPAddress group = IPAddress.Parse("239.255.77.78");
        int loopback = NetworkInterface.LoopbackInterfaceIndex;
        SkipWhereRefused(() => NewPeer(bindTo: new IPEndPoint(IPAddress.Any, 0)).SetSocketOption(
            SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(group, loopback)));
        (TestProbe handler, IActorRef socket, EndPoint local) = await BindAsync(new IPEndPoint(IPAddress.Any, 0), [DatagramOptions.JoinGroup(group, loopback)]);
        (TestProbe other, IActorRef sender, _) = await BindAsync(
            options: [DatagramOptions.MulticastInterface(loopback), DatagramOptions.MulticastTimeToLive(3), DatagramOptions.MulticastLoopback(true)]);
        using (Socket wrapped = new(new SafeSocketHandle(((UdpSocket)sender).Descriptor, ownsHandle: false)))
        {
            Assert.Equal(3, wrapped.GetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastTimeToLive));
            Assert.Equal(1, wrapped.GetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastLoopback));
        }

        sender.Tell(AkkaUdp.Send.Create(ByteString.FromString("all"), new IPEndPoint(group, ((IPEndPoint)local).Port)), other);
        Assert.Equal("all", (await handler.ExpectMsgAsync<AkkaUdp.Received>()).Data.ToString());
        sender.Tell(AkkaUdp.Unbind.Instance, other);
        await other.ExpectMsgAsync<AkkaUdp.Unbound>();
        await UnbindAsync(handler, socket);
    }

    /// <summary>What a plain socket of the runtime's cannot do here.</summary>
    private static void SkipWhereRefused(Action act)
    {
        try
        {
            act();
        }
        catch (SocketException exception)
        {
            Skip.If(true, $"this host does not do that: {exception.Message}");
        }
    }
}
