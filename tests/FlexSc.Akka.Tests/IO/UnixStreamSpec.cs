using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>Streams of Unix sockets by the messages of TCP: only the address differs.</summary>
public abstract class UnixStreamSpec(string config) : TcpFixture(config)
{
    private readonly string _directory = Directory.CreateTempSubdirectory("flexsc-unix-").FullName;

    [Fact]
    public async Task A_connection_echoes_and_its_listeners_path_goes_with_unbind()
    {
        UnixDomainSocketEndPoint endPoint = new(PathOf("echo"));
        (TestProbe bind, IActorRef listener) = await BindUnixAsync(endPoint);
        TestProbe client = CreateTestProbe();
        Sys.FlexTcp().Tell(new Tcp.Connect(endPoint), client);
        Tcp.Connected connected = await client.ExpectMsgAsync<Tcp.Connected>(Deadline);
        Assert.Equal(endPoint, connected.RemoteAddress);
        IActorRef near = client.LastSender;
        near.Tell(new Tcp.Register(client), client);
        await bind.ExpectMsgAsync<Tcp.Connected>(Deadline);
        IActorRef far = bind.LastSender;
        TestProbe server = CreateTestProbe();
        far.Tell(new Tcp.Register(server), bind);
        near.Tell(Tcp.Write.Create(ByteString.FromString("ping")), client);
        Assert.Equal("ping", (await server.ExpectMsgAsync<Tcp.Received>(Deadline)).Data.ToString());
        far.Tell(Tcp.Write.Create(ByteString.FromString("pong")), server);
        Assert.Equal("pong", (await client.ExpectMsgAsync<Tcp.Received>(Deadline)).Data.ToString());

        foreach (IActorRef end in (IActorRef[])[near, far])
        {
            end.Tell(GetPeerCredentials.Instance, client);
            PeerCredentials peer = await client.ExpectMsgAsync<PeerCredentials>(Deadline);
            Assert.Equal(Environment.ProcessId, peer.ProcessId);
        }

        near.Tell(Tcp.Close.Instance, client);
        await client.ExpectMsgAsync<Tcp.Closed>(Deadline);
        await server.ExpectMsgAsync<Tcp.PeerClosed>(Deadline);
        Assert.True(File.Exists(PathOf("echo")));
        listener.Tell(Tcp.Unbind.Instance, bind);
        await bind.ExpectMsgAsync<Tcp.Unbound>(Deadline);
        Assert.False(File.Exists(PathOf("echo")));
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_connection_of_tcp_has_no_credentials()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        pair.Connection.Tell(GetPeerCredentials.Instance, pair.Handler);
        Assert.Same(GetPeerCredentials.Instance, (await pair.Handler.ExpectMsgAsync<Tcp.CommandFailed>(Deadline)).Cmd);
    }

    [Fact]
    public async Task Abstract_names_and_permissions_are_as_asked_for()
    {
        UnixDomainSocketEndPoint name = new($"\0flexsc-{Guid.NewGuid():N}");
        (TestProbe bind, _) = await BindUnixAsync(name);
        using Socket peer = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await peer.ConnectAsync(name);
        await bind.ExpectMsgAsync<Tcp.Connected>(Deadline);

        const UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
        await BindUnixAsync(new UnixDomainSocketEndPoint(PathOf("mode")), [UnixSocketOptions.PathMode(mode)]);
        Assert.Equal(mode, new FileInfo(PathOf("mode")).UnixFileMode);
    }

    [Fact]
    public async Task A_path_left_behind_is_replaced_and_a_living_one_is_refused()
    {
        string path = PathOf("path");
        UnixDomainSocketEndPoint endPoint = new(path);
        using (Socket left = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            // The runtime removes the path that it knows.
            left.Bind(new UnixDomainSocketEndPoint(PathOf("other")));
            File.Move(PathOf("other"), path);
        }

        (TestProbe bind, _) = await BindUnixAsync(endPoint);
        Tcp.Bind second = new(TestActor, endPoint);
        Sys.FlexTcp().Tell(second, TestActor);
        Tcp.CommandFailed failed = await ExpectMsgAsync<Tcp.CommandFailed>(Deadline);
        Assert.Same(second, failed.Cmd);
        Assert.Contains(path, failed.Cause.Value.Message, StringComparison.Ordinal);
        using Socket peer = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await peer.ConnectAsync(endPoint);
        await bind.ExpectMsgAsync<Tcp.Connected>(Deadline);
    }

    [Fact]
    public async Task A_command_that_lacks_something_or_names_no_path_fails()
    {
        IPEndPoint any = new(IPAddress.Loopback, 0);
        (Tcp.Command Command, string Cause)[] mistakes =
        [
            (new Tcp.Bind(null!, any), "no handler"),
            (new Tcp.Bind(TestActor, null!), "no address"),
            (new Tcp.Bind(TestActor, new DnsEndPoint("localhost", 0)), "resolve it"),
            (new Tcp.Bind(TestActor, new UnixDomainSocketEndPoint(PathOf("a\0b"))), "NUL"),
            (new Tcp.Bind(TestActor, new UnixDomainSocketEndPoint(PathOf("nowhere/socket"))), "make it"),
            (new Tcp.Bind(TestActor, any, options: [UnixSocketOptions.PathMode(UnixFileMode.UserRead)]), "has no path"),
            (new Tcp.Connect(null!), "no address"),
            (new Tcp.Connect(new UnixDomainSocketEndPoint(PathOf("a\0b"))), "NUL"),
            (new Tcp.Connect(new UnixDomainSocketEndPoint(PathOf("nobody"))), "start the server"),
        ];
        foreach ((Tcp.Command command, string cause) in mistakes)
        {
            Sys.FlexTcp().Tell(command, TestActor);
            Tcp.CommandFailed failed = await ExpectMsgAsync<Tcp.CommandFailed>(Deadline);
            Assert.Same(command, failed.Cmd);
            Assert.Contains(cause, failed.Cause.Value.Message, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory));
        await AssertNothingIsLeftAsync();
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        Directory.Delete(_directory, recursive: true);
    }

    private string PathOf(string name) => Path.Combine(_directory, name);

    private async Task<(TestProbe Handler, IActorRef Listener)> BindUnixAsync(EndPoint endPoint, IEnumerable<Inet.SocketOption>? options = null)
    {
        TestProbe handler = CreateTestProbe();
        Sys.FlexTcp().Tell(new Tcp.Bind(handler, endPoint, options: options), handler);
        Assert.Equal(endPoint, (await handler.ExpectMsgAsync<Tcp.Bound>(Deadline)).LocalAddress);
        return (handler, handler.LastSender);
    }
}

public sealed class UnixStreamOnIoUringSpec() : UnixStreamSpec("flexsc.loops.backend = io-uring");

public sealed class UnixStreamOnInlineCallsSpec() : UnixStreamSpec("flexsc.loops { backend = syscall-threads, syscall-threads = 0 }");
