using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <content>Binding and connecting.</content>
public abstract partial class TcpConnectionSpec
{
    [Fact]
    public async Task A_bind_to_an_address_in_use_fails_with_its_errno()
    {
        (_, IPEndPoint endpoint) = await BindAsync();
        TestProbe probe = CreateTestProbe();
        Sys.FlexTcp().Tell(new Tcp.Bind(probe, endpoint), probe);
        Tcp.CommandFailed failed = await probe.ExpectMsgAsync<Tcp.CommandFailed>(Deadline);
        Assert.IsType<Tcp.Bind>(failed.Cmd);
        FlexSocketException cause = Assert.IsType<FlexSocketException>(failed.Cause.Value);
        Assert.Equal(SocketError.AddressAlreadyInUse, cause.SocketErrorCode);
        Assert.Equal("bind", cause.Call);
    }

    [Fact]
    public async Task Unbind_answers_and_resets_accepted_connections()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        IActorRef listener = bind.LastSender;
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        TestProbe unbinder = CreateTestProbe();
        listener.Tell(Tcp.Unbind.Instance, unbinder);
        await unbinder.ExpectMsgAsync<Tcp.Unbound>(Deadline);
        await pair.Handler.ExpectMsgAsync<Tcp.Aborted>();
        Assert.Equal(SocketError.ConnectionReset, await ReceiveEndAsync(pair.Peer));
        using Socket refused = new(SocketType.Stream, ProtocolType.Tcp);
        SocketException exception = await Assert.ThrowsAnyAsync<SocketException>(() => refused.ConnectAsync(endpoint));
        Assert.Equal(SocketError.ConnectionRefused, exception.SocketErrorCode);
    }

    [Fact]
    public async Task A_client_connects_talks_and_ends_with_its_handler()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        TestProbe client = CreateTestProbe();
        Sys.FlexTcp().Tell(new Tcp.Connect(endpoint), client);
        Tcp.Connected connected = await client.ExpectMsgAsync<Tcp.Connected>(Deadline);
        Assert.Equal(endpoint, connected.RemoteAddress);
        IActorRef connection = client.LastSender;
        connection.Tell(new Tcp.Register(client), client);

        await bind.ExpectMsgAsync<Tcp.Connected>(Deadline);
        IActorRef served = bind.LastSender;
        TestProbe server = CreateTestProbe();
        served.Tell(new Tcp.Register(server), bind);
        connection.Tell(Tcp.Write.Create(ByteString.FromString("hello")), client);
        Assert.Equal("hello", (await server.ExpectMsgAsync<Tcp.Received>()).Data.ToString());

        // Akka.IO leaks the socket here: its client connection survives a commander that is also the handler.
        Sys.Stop(client);
        Tcp.ConnectionClosed closed = await server.ExpectMsgAsync<Tcp.ConnectionClosed>();
        Assert.True(closed.IsErrorClosed || closed.IsPeerClosed);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_refused_connect_fails_with_its_errno()
    {
        using Socket closedListener = new(SocketType.Stream, ProtocolType.Tcp);
        closedListener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        TestProbe client = CreateTestProbe();
        Sys.FlexTcp().Tell(new Tcp.Connect(closedListener.LocalEndPoint!), client);
        Tcp.CommandFailed failed = await client.ExpectMsgAsync<Tcp.CommandFailed>(Deadline);
        Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<FlexSocketException>(failed.Cause.Value).SocketErrorCode);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Unix_sockets_work_both_ways()
    {
        string path = Path.Combine(Path.GetTempPath(), $"flexsc-{Guid.NewGuid():N}.sock");
        try
        {
            TestProbe bind = CreateTestProbe();
            Sys.FlexTcp().Tell(new Tcp.Bind(bind, new UnixDomainSocketEndPoint(path)), bind);
            await bind.ExpectMsgAsync<Tcp.Bound>(Deadline);
            TestProbe client = CreateTestProbe();
            Sys.FlexTcp().Tell(new Tcp.Connect(new UnixDomainSocketEndPoint(path)), client);
            await client.ExpectMsgAsync<Tcp.Connected>(Deadline);
            client.LastSender.Tell(new Tcp.Register(client), client);
            client.LastSender.Tell(Tcp.Write.Create(ByteString.FromString("over unix")), client);
            await bind.ExpectMsgAsync<Tcp.Connected>(Deadline);
            TestProbe server = CreateTestProbe();
            bind.LastSender.Tell(new Tcp.Register(server), bind);
            Assert.Equal("over unix", (await server.ExpectMsgAsync<Tcp.Received>()).Data.ToString());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task A_connect_that_nobody_answers_fails_in_its_time()
    {
        using FullListener listener = new(new IPEndPoint(IPAddress.Loopback, 0));
        TestProbe client = CreateTestProbe();
        Sys.FlexTcp().Tell(new Tcp.Connect(listener.EndPoint, timeout: TimeSpan.FromMilliseconds(300)), client);
        Tcp.CommandFailed failed = await client.ExpectMsgAsync<Tcp.CommandFailed>(Deadline);
        Assert.Contains("timeout", failed.Cause.Value.Message, StringComparison.Ordinal);
        await AssertNothingIsLeftAsync();
    }
}
