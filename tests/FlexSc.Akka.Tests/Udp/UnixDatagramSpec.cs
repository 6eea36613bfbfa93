using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using Microsoft.Win32.SafeHandles;
using Xunit;
using AkkaUdp = Akka.IO.Udp;

namespace FlexSc.Akka.Tests.Udp;

/// <summary>Datagrams of Unix sockets: only the address differs.</summary>
public abstract class UnixDatagramSpec(string config) : UdpFixture(config)
{
    [Fact]
    public async Task Datagrams_go_both_ways_and_the_path_goes_with_the_socket()
    {
        UnixDomainSocketEndPoint here = new(PathOf("here"));
        (TestProbe handler, IActorRef socket, _) = await BindAsync(here, [UnixSocketOptions.PathMode(UnixFileMode.UserRead | UnixFileMode.UserWrite)]);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(PathOf("here")).UnixFileMode);
        Socket peer = NewPeer(AddressFamily.Unix, new UnixDomainSocketEndPoint(PathOf("there")));
        peer.SendTo("ping"u8.ToArray(), here);
        AkkaUdp.Received received = await handler.ExpectMsgAsync<AkkaUdp.Received>();
        Assert.Equal("ping", received.Data.ToString());
        Assert.Equal(PathOf("there"), received.Sender.ToString());
        socket.Tell(AkkaUdp.Send.Create(received.Data, received.Sender), handler);
        Assert.Equal("ping"u8.ToArray(), await ReceiveAsync(peer));
        await UnbindAsync(handler, socket);
        Assert.False(File.Exists(PathOf("here")));
    }

    [Fact]
    public async Task Abstract_names_are_names()
    {
        UnixDomainSocketEndPoint name = new($"\0flexsc-{Guid.NewGuid():N}");
        (TestProbe handler, IActorRef socket, _) = await BindAsync(name);
        (TestProbe other, IActorRef sender, _) = await BindAsync(new UnixDomainSocketEndPoint($"\0flexsc-{Guid.NewGuid():N}"));
        sender.Tell(AkkaUdp.Send.Create(ByteString.FromString("x"), name), other);
        AkkaUdp.Received received = await handler.ExpectMsgAsync<AkkaUdp.Received>();
        socket.Tell(AkkaUdp.Send.Create(ByteString.FromString("y"), received.Sender), handler);
        Assert.Equal("y", (await other.ExpectMsgAsync<AkkaUdp.Received>()).Data.ToString());
        sender.Tell(AkkaUdp.Unbind.Instance, other);
        await other.ExpectMsgAsync<AkkaUdp.Unbound>();
        await UnbindAsync(handler, socket);
    }

    [Fact]
    public async Task A_path_that_nobody_has_is_replaced_and_one_that_somebody_has_is_not()
    {
        string path = PathOf("path");
        UnixDomainSocketEndPoint endPoint = new(path);
        LeaveBehind(path);
        (TestProbe handler, IActorRef socket, _) = await BindAsync(endPoint);
        AkkaUdp.Bind second = new(TestActor, endPoint);
        Sys.FlexUdp().Tell(second, TestActor);
        Assert.Same(second, (await ExpectMsgAsync<AkkaUdp.CommandFailed>(Deadline)).Cmd);
        Socket peer = NewPeer(AddressFamily.Unix, new UnixDomainSocketEndPoint(PathOf("peer")));
        peer.SendTo([1], endPoint);
        await handler.ExpectMsgAsync<AkkaUdp.Received>();

        await File.WriteAllTextAsync(PathOf("file"), "a file");
        AkkaUdp.Bind toFile = new(TestActor, new UnixDomainSocketEndPoint(PathOf("file")));
        Sys.FlexUdp().Tell(toFile, TestActor);
        Assert.Same(toFile, (await ExpectMsgAsync<AkkaUdp.CommandFailed>(Deadline)).Cmd);
        Assert.Equal("a file", await File.ReadAllTextAsync(PathOf("file")));

        // Somebody else's by now.
        File.Delete(path);
        await File.WriteAllTextAsync(path, "another");
        await UnbindAsync(handler, socket);
        Assert.True(File.Exists(path));
    }

    [Fact]
    public async Task Descriptors_are_passed_and_closed_when_nobody_wants_them()
    {
        (TestProbe handler, IActorRef socket, _) = await BindAsync(
            new UnixDomainSocketEndPoint(PathOf("taker")), [DatagramOptions.ReceiveDescriptors(2)]);
        (TestProbe other, IActorRef sender, _) = await BindAsync(new UnixDomainSocketEndPoint(PathOf("giver")));
        await File.WriteAllTextAsync(PathOf("file"), "content");
        using SafeFileHandle file = File.OpenHandle(PathOf("file"));
        sender.Tell(
            new SendDescriptors(ByteString.FromString("take"), new UnixDomainSocketEndPoint(PathOf("taker")), [file, file], new UdpAck(1)), other);
        await other.ExpectMsgAsync<UdpAck>();
        DescriptorsReceived received = await handler.ExpectMsgAsync<DescriptorsReceived>();
        Assert.Equal("take", received.Data.ToString());
        Assert.Equal(2, received.Descriptors.Count);
        byte[] bytes = new byte[7];
        Assert.Equal(7, RandomAccess.Read(received.Descriptors[0], bytes, 0));
        Assert.Equal("content"u8.ToArray(), bytes);
        Assert.NotEqual(file.DangerousGetHandle(), received.Descriptors[1].DangerousGetHandle());
        foreach (SafeFileHandle descriptor in received.Descriptors)
        {
            descriptor.Dispose();
        }

        // The giver takes none: the kernel drops them, and the bytes come.
        socket.Tell(new SendDescriptors(ByteString.FromString("back"), new UnixDomainSocketEndPoint(PathOf("giver")), [file]), handler);
        Assert.Equal("back", (await other.ExpectMsgAsync<AkkaUdp.Received>()).Data.ToString());
        SafeFileHandle closed = File.OpenHandle(PathOf("file"));
        closed.Dispose();
        SendDescriptors impossible = new(ByteString.FromString("x"), new UnixDomainSocketEndPoint(PathOf("giver")), [closed]);
        socket.Tell(impossible, handler);
        Assert.Same(impossible, (await handler.ExpectMsgAsync<AkkaUdp.CommandFailed>()).Cmd);
        sender.Tell(AkkaUdp.Unbind.Instance, other);
        await other.ExpectMsgAsync<AkkaUdp.Unbound>();
        await UnbindAsync(handler, socket);
    }

    [Fact]
    public async Task Datagrams_wait_for_room_in_their_receivers_queue_and_arrive_whole()
    {
        // Its queue holds net.unix.max_dgram_qlen, ten by default.
        Socket slow = NewPeer(AddressFamily.Unix, new UnixDomainSocketEndPoint(PathOf("slow")));
        (TestProbe handler, IActorRef socket, _) = await BindAsync(new UnixDomainSocketEndPoint(PathOf("fast")));
        List<string> expected = [.. Enumerable.Range(0, 60).Select(i => $"number {i}")];
        foreach (string text in expected)
        {
            socket.Tell(AkkaUdp.Send.Create(ByteString.FromString(text), new UnixDomainSocketEndPoint(PathOf("slow"))), handler);
        }

        await FenceAsync(socket);
        List<string> received = [];
        while (received.Count < expected.Count)
        {
            received.Add(System.Text.Encoding.ASCII.GetString(await ReceiveAsync(slow)));
        }

        Assert.Equal(expected.Order(), received.Order());

        // What still waits when the socket is closed for good fails.
        for (int i = 0; i < 1000; i++)
        {
            socket.Tell(AkkaUdp.Send.Create(ByteString.FromString("x"), new UnixDomainSocketEndPoint(PathOf("slow"))), handler);
        }

        socket.Tell(PoisonPill.Instance);
        await handler.FishForMessageAsync<AkkaUdp.CommandFailed>(_ => true, Deadline);
        await AssertNothingIsLeftAsync();
    }

    /// <summary>Waits until a socket has acted on all that was told it.</summary>
    private static async Task FenceAsync(IActorRef socket) => await socket.Ask<ActorIdentity>(new Identify(1), Deadline);

    /// <summary>A path as a program leaves it that ended without removing it.</summary>
    private static void LeaveBehind(string path)
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        string other = path + ".other";
        socket.Bind(new UnixDomainSocketEndPoint(other));

        // The runtime removes the path that it knows.
        File.Move(other, path);
    }
}

public sealed class UnixDatagramOnIoUringSpec() : UnixDatagramSpec("flexsc.loops.backend = io-uring");

public sealed class UnixDatagramOnInlineCallsSpec() : UnixDatagramSpec("flexsc.loops { backend = syscall-threads, syscall-threads = 0 }");
