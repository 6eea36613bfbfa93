using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using Akka.IO;
using Akka.TestKit;
using Xunit;
using AkkaUdp = Akka.IO.Udp;

namespace FlexSc.Akka.Tests.Udp;

/// <summary>One program that knows only Akka.IO, on Akka.IO's own UDP and on FlexSC by one line of configuration.</summary>
public abstract class UdpEqualitySpec(string config, string managerName) : FlexScSpec(ConfigurationFactory.ParseString(config).WithFallback(
    ConfigurationFactory.ParseString("akka.test.single-expect-default = 30s\nakka.loglevel = WARNING\nflexsc.loops { count = 1, pin = off }")))
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_listener_echoes_acknowledges_and_is_unbound()
    {
        Sys.Udp().Tell(new AkkaUdp.Bind(TestActor, new IPEndPoint(IPAddress.Loopback, 0)), TestActor);
        EndPoint local = (await ExpectMsgAsync<AkkaUdp.Bound>(Deadline)).LocalAddress;
        IActorRef socket = LastSender;
        Assert.Contains(managerName, socket.Path.ToString(), StringComparison.Ordinal);
        using Socket peer = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        peer.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        for (int i = 0; i < 20; i++)
        {
            peer.SendTo([(byte)i], local);
            AkkaUdp.Received received = await ExpectMsgAsync<AkkaUdp.Received>();
            Assert.Equal(peer.LocalEndPoint, received.Sender);
            socket.Tell(new AkkaUdp.Send(received.Data, received.Sender, new UdpAck(i)), TestActor);
            Assert.Equal(i, (await ExpectMsgAsync<UdpAck>()).Number);
            byte[] answer = new byte[2];
            Assert.Equal(1, await peer.ReceiveAsync(answer).WaitAsync(Deadline));
            Assert.Equal(i, answer[0]);
        }

        await WatchAsync(socket);
        socket.Tell(AkkaUdp.Unbind.Instance, TestActor);
        await ExpectMsgAsync<AkkaUdp.Unbound>();
        await ExpectTerminatedAsync(socket, Deadline);
    }

    [Fact]
    public async Task A_simple_sender_and_a_connected_socket_reach_a_listener()
    {
        Sys.Udp().Tell(new AkkaUdp.Bind(TestActor, new IPEndPoint(IPAddress.Loopback, 0)), TestActor);
        EndPoint local = (await ExpectMsgAsync<AkkaUdp.Bound>(Deadline)).LocalAddress;
        TestProbe simple = CreateTestProbe();
        Sys.Udp().Tell(AkkaUdp.SimpleSender.Instance, simple);
        await simple.ExpectMsgAsync<AkkaUdp.SimpleSenderReady>();
        simple.LastSender.Tell(new AkkaUdp.Send(ByteString.FromString("simple"), local, new UdpAck(1)), simple);
        await simple.ExpectMsgAsync<UdpAck>();
        Assert.Equal("simple", (await ExpectMsgAsync<AkkaUdp.Received>()).Data.ToString());

        TestProbe connected = CreateTestProbe();
        UdpConnected.Instance.Apply(Sys).Manager.Tell(new UdpConnected.Connect(connected, local), connected);
        await connected.ExpectMsgAsync<UdpConnected.Connected>();
        IActorRef connection = connected.LastSender;
        connection.Tell(UdpConnected.Send.Create(ByteString.FromString("con") + ByteString.FromString("nected")), connected);
        AkkaUdp.Received received = await ExpectMsgAsync<AkkaUdp.Received>();
        Assert.Equal("connected", received.Data.ToString());
        LastSender.Tell(AkkaUdp.Send.Create(ByteString.FromString("back"), received.Sender), TestActor);
        Assert.Equal("back", (await connected.ExpectMsgAsync<UdpConnected.Received>()).Data.ToString());
        connection.Tell(UdpConnected.Disconnect.Instance, connected);
        await connected.ExpectMsgAsync<UdpConnected.Disconnected>();
    }

    [Fact]
    public async Task A_bind_to_an_address_in_use_fails()
    {
        using Socket taken = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        AkkaUdp.Bind bind = new(TestActor, taken.LocalEndPoint);
        Sys.Udp().Tell(bind, TestActor);
        Assert.Same(bind, (await FishForMessageAsync<AkkaUdp.CommandFailed>(_ => true, Deadline)).Cmd);
    }
}

public sealed class UdpOfAkkaSpec() : UdpEqualitySpec("", "IO-UDP-FF");

public sealed class UdpRedirectedSpec() : UdpEqualitySpec(
    """akka.actor.default-mailbox.mailbox-type = "FlexSc.Akka.IO.RedirectMailbox, FlexSc.Akka" """, "IO-FLEXSC-UDP");
