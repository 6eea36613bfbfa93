using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.Tls;

/// <summary>A TLS connection that comes to live on another loop goes on there, whatever its session was at.</summary>
public abstract class TlsMoveSpec(string config) : TlsFixture($"flexsc.loops.count = 2\nflexsc.tcp.move-limit-ms = 20000\n{config}")
{
    private const SslProtocols Tls12 = SslProtocols.Tls12;
    private const SslProtocols Tls13 = SslProtocols.Tls13;

    /// <summary>More than a record, and than what the sockets of both sides hold together.</summary>
    private const int LargeBytes = 512 * 1024;

    [Theory]
    [InlineData(Tls12, false)]
    [InlineData(Tls12, true)]
    [InlineData(Tls13, false)]
    [InlineData(Tls13, true)]
    public async Task It_talks_on_the_loop_it_moves_to_and_back(SslProtocols protocol, bool pooled)
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync();
        using TlsPair pair = await ConnectTlsAsync(bind, endpoint, pooled: pooled, options: ClientOptions(protocol));
        TlsNegotiated? negotiated = FlexTcp.NegotiatedOf(pair.Connection);
        Assert.Equal(protocol, negotiated!.Protocol);
        for (int round = 0; round < 6; round++)
        {
            ActorLoop before = LoopOf(pair.Connection);
            await MoveAsync(pair.Connection);
            Assert.Equal((0, 1), (before.Io.ConnectionCount, LoopOf(pair.Connection).Io.ConnectionCount));
            await AssertTalksAsync(pair, pooled);
            Assert.Same(negotiated, FlexTcp.NegotiatedOf(pair.Connection));
        }

        Assert.Equal(6, Extension.Figures.Sum(static loop => loop.ArrivedConnections));
        pair.Connection.Tell(Tcp.Close.Instance, pair.Handler);
        await pair.Handler.ExpectMsgAsync<Tcp.Closed>(Patience);
        Assert.Equal(0, await ReadToEndAsync(pair.Peer));
        await AssertNoTlsIsLeftAsync();
    }

    [Theory]
    [InlineData(Tls12, 3)]
    [InlineData(Tls12, 5_000)]
    [InlineData(Tls13, 3)]
    [InlineData(Tls13, 5_000)]
    public async Task A_part_of_a_record_goes_along_and_the_rest_is_added_there(SslProtocols protocol, int partBytes)
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync();
        CuttingStream? stream = null;
        using TlsPair pair = await ConnectTlsAsync(
            bind, endpoint, options: ClientOptions(protocol), transport: socket => stream = new CuttingStream(socket));
        byte[] bytes = RandomNumberGenerator.GetBytes(12_000);
        stream!.SendOfNext(partBytes);
        await pair.Peer.WriteAsync(bytes);
        await AwaitSessionAsync(pair.Connection, session => session.Records.Length == partBytes);
        for (int moves = 0; moves < 3; moves++)
        {
            await MoveAsync(pair.Connection);
            await AwaitSessionAsync(pair.Connection, session => session.Records.Length == partBytes);
        }

        await stream.SendRestAsync();
        Assert.Equal(bytes, await ReceiveAsync(pair.Handler, pooled: false, bytes.Length));
        await AssertTalksAsync(pair, pooled: false);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_read_that_a_session_ticket_has_left_waiting_goes_on_there(bool pooled)
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync(new TlsServer(TlsCertificate.From(Certificates.Server, Certificates.Chain)) { Protocols = Tls13 });
        TestProbe client = CreateTestProbe();
        TlsClient option = new() { ServerName = TestCertificates.HostName, TrustedRoots = Certificates.Roots };
        Sys.FlexTcp().Tell(new Tcp.Connect(endpoint, options: [option]), client);
        await client.ExpectMsgAsync<Tcp.Connected>(Patience);
        IActorRef connection = client.LastSender;
        connection.Tell(pooled ? new RegisterPooled(client) : new Tcp.Register(client), client);
        await client.ExpectMsgAsync<TlsNegotiated>(Patience);
        await bind.ExpectMsgAsync<Tcp.Connected>(Patience);
        IActorRef server = bind.LastSender;
        server.Tell(new Tcp.Register(bind), bind);
        await bind.ExpectMsgAsync<TlsNegotiated>(Patience);

        // The ticket is there, and no record with data.
        await AwaitSessionAsync(connection, static session => session.Transport.IsReading);
        for (int round = 0; round < 3; round++)
        {
            await MoveAsync(connection);
            byte[] bytes = RandomNumberGenerator.GetBytes(100_000);
            server.Tell(Tcp.Write.Create(ByteString.FromBytes(bytes)), bind);
            Assert.Equal(bytes, await ReceiveAsync(client, pooled, bytes.Length));
            connection.Tell(Tcp.Write.Create(ByteString.FromBytes(bytes)), client);
            Assert.Equal(bytes, await ReceiveAsync(bind, pooled: false, bytes.Length));
        }

        connection.Tell(Tcp.Close.Instance, client);
        await client.ExpectMsgAsync<Tcp.Closed>(Patience);
        await bind.ExpectMsgAsync<Tcp.PeerClosed>(Patience);
        await AssertNoTlsIsLeftAsync();
    }

    [Theory]
    [InlineData(Tls12)]
    [InlineData(Tls13)]
    public async Task What_is_being_written_arrives_once_and_in_order(SslProtocols protocol)
    {
        const int MostRounds = 20;
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync(options: [Server(), new Inet.SO.SendBufferSize(8192)]);
        using TlsPair pair = await ConnectTlsAsync(bind, endpoint, options: ClientOptions(protocol));
        TcpConnection connection = (TcpConnection)pair.Connection;
        TcpOutput output = FlexTcp.OutputOf(connection);
        long unsentOnArrival = 0;

        // How much the peer has read by then is a matter of luck.
        for (int round = 0; round < MostRounds && unsentOnArrival == 0; round++)
        {
            byte[] bytes = RandomNumberGenerator.GetBytes(LargeBytes);
            connection.Tell(Tcp.Write.Create(ByteString.FromBytes(bytes[..(LargeBytes / 2)]), new Ack(round)), pair.Handler);
            bytes.AsSpan(LargeBytes / 2).CopyTo(output.GetSpan(LargeBytes / 2));
            output.Advance(LargeBytes / 2);
            output.Flush();

            // The kernel may have come to take all of it: what it holds grows with what the peer has read.
            await AwaitConditionAsync(() => Task.FromResult(connection.Sender.Operation.IsPending || connection.Sender.UnsentBytes == 0), Patience);
            TaskCompletionSource<(string? Refusal, long UnsentBytes)> moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
            connection.Tell(new MoveTo(Other(connection), refusal => moved.SetResult((refusal, connection.Sender.UnsentBytes))), ActorRefs.NoSender);
            Assert.Equal(bytes, await ReadExactlyAsync(pair.Peer, LargeBytes));
            (string? refused, unsentOnArrival) = await moved.Task.WaitAsync(Patience);
            Assert.Null(refused);
            Assert.Equal(round, (await pair.Handler.ExpectMsgAsync<Ack>(Patience)).Number);
        }

        Assert.True(unsentOnArrival > 0, $"in {MostRounds} rounds all was sent before the connection moved");
        await AssertTalksAsync(pair, pooled: false);
        pair.Connection.Tell(Tcp.Close.Instance, pair.Handler);
        Assert.Equal(0, await ReadToEndAsync(pair.Peer));
        await AssertNoTlsIsLeftAsync();
    }

    [Fact]
    public async Task One_that_shakes_hands_is_refused_and_moves_when_it_is_open()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync();
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endpoint);
        TcpConnection connection = await OnlyConnectionAsync();
        Assert.Equal("its TLS handshake is under way", await connection.MoveAsync(Other(connection)).WaitAsync(Patience));

        await using SslStream peer = new(new NetworkStream(socket));
        await peer.AuthenticateAsClientAsync(ClientOptions()).WaitAsync(Patience);
        await bind.ExpectMsgAsync<Tcp.Connected>(Patience);
        Assert.Same(connection, bind.LastSender);
        Assert.StartsWith("it is not open", await connection.MoveAsync(Other(connection)).WaitAsync(Patience), StringComparison.Ordinal);
        TestProbe handler = CreateTestProbe();
        connection.Tell(new Tcp.Register(handler), bind);
        TlsNegotiated negotiated = await handler.ExpectMsgAsync<TlsNegotiated>(Patience);
        await MoveAsync(connection);
        await AssertTalksAsync(new TlsPair(peer, socket, connection, handler, negotiated), pooled: false);
    }

    [Theory]
    [InlineData(Tls12, "closed")]
    [InlineData(Tls13, "closed")]
    [InlineData(Tls13, "confirmed")]
    [InlineData(Tls12, "peer closed")]
    [InlineData(Tls13, "peer closed")]
    [InlineData(Tls13, "peer closed before")]
    [InlineData(Tls13, "peer closed, suspended")]
    [InlineData(Tls13, "cut off")]
    public async Task Its_ends_are_said_and_heard_there(SslProtocols protocol, string end)
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync();
        bool closedBefore = end == "peer closed before";
        using TlsPair pair = await ConnectTlsAsync(bind, endpoint, keepOpen: closedBefore, options: ClientOptions(protocol));
        if (closedBefore)
        {
            await pair.Peer.ShutdownAsync();
            await pair.Handler.ExpectMsgAsync<Tcp.PeerClosed>(Patience);
        }

        if (end == "peer closed, suspended")
        {
            pair.Connection.Tell(Tcp.SuspendReading.Instance, pair.Handler);
        }

        await MoveAsync(pair.Connection);
        switch (end)
        {
            case "closed" or "peer closed before":
                pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("bye")), pair.Handler);
                pair.Connection.Tell(Tcp.Close.Instance, pair.Handler);
                Assert.Equal(3, await ReadToEndAsync(pair.Peer));
                await pair.Handler.ExpectMsgAsync<Tcp.Closed>(Patience);
                break;
            case "confirmed":
                pair.Connection.Tell(Tcp.ConfirmedClose.Instance, pair.Handler);
                Assert.Equal(0, await ReadToEndAsync(pair.Peer));
                await pair.Peer.ShutdownAsync();
                await pair.Handler.ExpectMsgAsync<Tcp.ConfirmedClosed>(Patience);
                break;
            case "cut off":
                pair.Socket.Shutdown(SocketShutdown.Send);
                Assert.Contains("without close_notify", (await pair.Handler.ExpectMsgAsync<Tcp.ErrorClosed>(Patience)).Cause, StringComparison.Ordinal);
                break;
            default:
                await pair.Peer.ShutdownAsync();
                if (end == "peer closed, suspended")
                {
                    // As long as nothing else ends, the record that says so is not looked for.
                    pair.Socket.Shutdown(SocketShutdown.Send);
                }

                await pair.Handler.ExpectMsgAsync<Tcp.PeerClosed>(Patience);
                Assert.Equal(0, await ReadToEndAsync(pair.Peer));
                break;
        }

        await AssertNoTlsIsLeftAsync();
    }

    [Fact]
    public async Task A_buffer_that_is_held_and_output_that_is_not_flushed_outlive_the_move()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync();
        using TlsPair pair = await ConnectTlsAsync(bind, endpoint, pooled: true);
        await pair.Peer.WriteAsync("held"u8.ToArray());
        PooledReceived held = await pair.Handler.ExpectMsgAsync<PooledReceived>(Patience);
        TcpOutput output = FlexTcp.OutputOf(pair.Connection);
        await LoopOf(pair.Connection).RunAsync(() =>
        {
            "unflushed"u8.CopyTo(output.GetSpan(9));
            output.Advance(9);
            return Task.FromResult(0);
        });
        await MoveAsync(pair.Connection);
        Assert.Equal("held"u8.ToArray(), held.Span.ToArray());
        Assert.Equal(9, output.UnsentBytes);
        output.Flush();
        Assert.Equal("unflushed"u8.ToArray(), await ReadExactlyAsync(pair.Peer, 9));
        await AssertTalksAsync(pair, pooled: true);
        held.Release();
        pair.Connection.Tell(Tcp.Close.Instance, pair.Handler);
        Assert.Equal(0, await ReadToEndAsync(pair.Peer));
        await AssertNoTlsIsLeftAsync();
    }

    [Fact]
    public async Task A_new_certificate_leaves_alone_those_that_have_moved()
    {
        TlsCertificate certificate = TlsCertificate.From(Certificates.Server, Certificates.Chain);
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync(new TlsServer(certificate));
        using TlsPair old = await ConnectTlsAsync(bind, endpoint);
        await MoveAsync(old.Connection);
        using X509Certificate2 next = Certificates.Leaf(TestCertificates.HostName);
        certificate.Replace(next, Certificates.Chain);
        using TlsPair fresh = await ConnectTlsAsync(bind, endpoint);
        Assert.Equal(next.Thumbprint, ((X509Certificate2)fresh.Peer.RemoteCertificate!).Thumbprint);
        foreach (TlsPair pair in (TlsPair[])[old, fresh])
        {
            await MoveAsync(pair.Connection);
            await AssertTalksAsync(pair, pooled: false);
        }
    }

    private static ActorLoop LoopOf(IActorRef connection) => ((TcpConnection)connection).ActorLoop;

    private ActorLoop Other(TcpConnection connection) => Extension.Group.StartedLoops[1 - connection.ActorLoop.Index];

    private async Task MoveAsync(IActorRef connection)
    {
        TcpConnection own = (TcpConnection)connection;
        ActorLoop target = Other(own);
        Assert.Null(await own.MoveAsync(target).WaitAsync(Patience));
        Assert.Same(target, own.ActorLoop);
    }

    private Task AwaitSessionAsync(IActorRef connection, Func<TlsSession, bool> condition)
    {
        TcpConnection own = (TcpConnection)connection;
        return AwaitConditionAsync(() => own.ActorLoop.RunAsync(() => Task.FromResult(condition(own.Tls!))), Patience);
    }

    private async Task<TcpConnection> OnlyConnectionAsync()
    {
        List<TcpConnection> found = [];
        await AwaitConditionAsync(
            async () =>
            {
                found.Clear();
                foreach (ActorLoop loop in Extension.Group.StartedLoops)
                {
                    found.AddRange(await loop.RunAsync(() => Task.FromResult(loop.Io.Connections.ToArray())));
                }

                return found.Count == 1;
            },
            Patience);
        return found[0];
    }

    private static async Task AssertTalksAsync(TlsPair pair, bool pooled)
    {
        byte[] bytes = RandomNumberGenerator.GetBytes(20_000);
        Task written = pair.Peer.WriteAsync(bytes).AsTask();
        Assert.Equal(bytes, await ReceiveAsync(pair.Handler, pooled, bytes.Length));
        await written;
        pair.Connection.Tell(Tcp.Write.Create(ByteString.FromBytes(bytes), new Ack(bytes[0])), pair.Handler);
        Assert.Equal(bytes, await ReadExactlyAsync(pair.Peer, bytes.Length));
        Assert.Equal(bytes[0], (await pair.Handler.ExpectMsgAsync<Ack>(Patience)).Number);
    }

    private sealed class Ack(int number) : Tcp.Event, INoSerializationVerificationNeeded
    {
        public int Number => number;
    }

    /// <summary>Sends of a write only its beginning, and the rest when it is told to.</summary>
    private sealed class CuttingStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
    {
        private readonly List<byte> _rest = [];
        private int? _partBytes;

        /// <summary>Of the next write so many bytes go out.</summary>
        public void SendOfNext(int bytes) => _partBytes = bytes;

        public Task SendRestAsync() => base.WriteAsync(_rest.ToArray()).AsTask();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_partBytes is { } bytes)
            {
                _partBytes = null;
                _rest.AddRange(buffer.Span[bytes..]);
                buffer = buffer[..bytes];
            }

            return base.WriteAsync(buffer, cancellationToken);
        }
    }
}

public sealed class TlsMoveOnIoUringSpec() : TlsMoveSpec(OnIoUring);

public sealed class TlsMoveOnInlineCallsSpec() : TlsMoveSpec(OnInlineCalls);
