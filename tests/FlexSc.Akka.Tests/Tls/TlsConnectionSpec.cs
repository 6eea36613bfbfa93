using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using Xunit;

namespace FlexSc.Akka.Tests.Tls;

/// <summary>A connection with TLS is one without to its handler: bytes, acknowledgements, ends.</summary>
public abstract class TlsConnectionSpec(string config) : TlsFixture(config)
{
    private const SslProtocols Tls12 = SslProtocols.Tls12;
    private const SslProtocols Tls13 = SslProtocols.Tls13;

    [Theory]
    [InlineData(Tls12, false)]
    [InlineData(Tls12, true)]
    [InlineData(Tls13, false)]
    [InlineData(Tls13, true)]
    public async Task Bytes_go_both_ways(SslProtocols protocol, bool pooled)
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync();
        using TlsPair pair = await ConnectTlsAsync(bind, endpoint, pooled: pooled, options: ClientOptions(protocol));
        Assert.Equal(protocol, pair.Negotiated.Protocol);
        Assert.Equal(pair.Peer.NegotiatedCipherSuite, pair.Negotiated.CipherSuite);
        Assert.Equal(TestCertificates.HostName, pair.Negotiated.ServerName);
        Assert.Null(pair.Negotiated.PeerCertificate);
        Assert.Null(pair.Negotiated.ApplicationProtocol);

        for (int round = 0; round < 3; round++)
        {
            await pair.Peer.WriteAsync("ping"u8.ToArray());
            Assert.Equal("ping"u8.ToArray(), await ReceiveAsync(pair.Handler, pooled, 4));
            pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("pong"), new Ack(round)), pair.Handler);
            Assert.Equal(new Ack(round), await pair.Handler.ExpectMsgAsync<Ack>(Patience));
            Assert.Equal("pong"u8.ToArray(), await ReadExactlyAsync(pair.Peer, 4));
        }
    }

    [Theory]
    [InlineData(Tls12, false)]
    [InlineData(Tls13, false)]
    [InlineData(Tls13, true)]
    public async Task Records_of_any_size_arrive_whole(SslProtocols protocol, bool pooled)
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync();
        using TlsPair pair = await ConnectTlsAsync(bind, endpoint, pooled: pooled, options: ClientOptions(protocol));

        // Around the sizes of a receive buffer and of a record, and several records at once.
        foreach (int size in (int[])[1, 4000, 4070, 4096, 4097, 16_383, 16_384, 16_385, 100_000, 1_000_000])
        {
            byte[] bytes = RandomNumberGenerator.GetBytes(size);
            Task written = pair.Peer.WriteAsync(bytes).AsTask();
            Assert.Equal(bytes, await ReceiveAsync(pair.Handler, pooled, size));
            await written;

            pair.Connection.Tell(Tcp.Write.Create(ByteString.FromBytes(bytes), new Ack(size)), pair.Handler);
            Assert.Equal(bytes, await ReadExactlyAsync(pair.Peer, size));
            Assert.Equal(new Ack(size), await pair.Handler.ExpectMsgAsync<Ack>(Patience));
        }
    }

    [Fact]
    public async Task Many_small_records_in_one_buffer_arrive_in_order()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync();
        using TlsPair pair = await ConnectTlsAsync(bind, endpoint);
        List<byte> sent = [];
        using (await HoldLoopAsync())
        {
            for (int i = 0; i < 500; i++)
            {
                byte[] bytes = RandomNumberGenerator.GetBytes((i % 40) + 1);
                sent.AddRange(bytes);
                await pair.Peer.WriteAsync(bytes);
            }
        }

        Assert.Equal(sent.ToArray(), await ReceiveAsync(pair.Handler, pooled: false, sent.Count));
    }

    [Fact]
    public async Task What_one_turn_writes_leaves_as_one_record()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync();
        using TlsPair pair = await ConnectTlsAsync(bind, endpoint);
        using (await HoldLoopAsync())
        {
            for (int i = 0; i < 10; i++)
            {
                pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("0123456789")), pair.Handler);
            }
        }

        // A read of the runtime gives what a record carries.
        byte[] buffer = new byte[1000];
        using CancellationTokenSource patience = new(Patience);
        Assert.Equal(100, await pair.Peer.ReadAsync(buffer, patience.Token));
    }

    [Fact]
    public async Task In_pull_mode_one_reception_is_given_at_a_time()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync(pullMode: true);
        using TlsPair pair = await ConnectTlsAsync(bind, endpoint);
        byte[] bytes = RandomNumberGenerator.GetBytes(50_000);
        Task written = pair.Peer.WriteAsync(bytes).AsTask();
        List<byte> received = [];
        while (received.Count < bytes.Length)
        {
            await pair.Handler.ExpectNoMsgAsync(TimeSpan.Zero);
            pair.Connection.Tell(Tcp.ResumeReading.Instance, pair.Handler);
            received.AddRange((await pair.Handler.ExpectMsgAsync<Tcp.Received>(Patience)).Data.ToArray());
        }

        await written;
        Assert.Equal(bytes, received.ToArray());
    }

    [Theory]
    [InlineData(Tls12)]
    [InlineData(Tls13)]
    public async Task What_came_with_the_handshake_is_told_after_registration(SslProtocols protocol)
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync();
        (SslStream peer, Socket socket) = await ShakeHandsAsync(endpoint, ClientOptions(protocol));
        using (peer)
        using (socket)
        {
            await peer.WriteAsync("early"u8.ToArray());
            await bind.ExpectMsgAsync<Tcp.Connected>(Patience);
            IActorRef connection = bind.LastSender;
            Assert.Equal(protocol, FlexTcp.NegotiatedOf(connection)!.Protocol);
            TestProbe handler = CreateTestProbe();
            connection.Tell(new Tcp.Register(handler), bind);
            await handler.ExpectMsgAsync<TlsNegotiated>(Patience);
            Assert.Equal("early", (await handler.ExpectMsgAsync<Tcp.Received>(Patience)).Data.ToString());
        }
    }

    [Theory]
    [InlineData(Tls12)]
    [InlineData(Tls13)]
    public async Task Close_says_close_notify_after_what_was_written(SslProtocols protocol)
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync();
        using (TlsPair pair = await ConnectTlsAsync(bind, endpoint, options: ClientOptions(protocol)))
        {
            byte[] bytes = RandomNumberGenerator.GetBytes(3_000_000);
            pair.Connection.Tell(Tcp.Write.Create(ByteString.FromBytes(bytes)), pair.Handler);
            pair.Connection.Tell(Tcp.Close.Instance, pair.Handler);
            Assert.Equal(bytes, await ReadExactlyAsync(pair.Peer, bytes.Length));
            Assert.Equal(0, await ReadToEndAsync(pair.Peer));
            await pair.Handler.ExpectMsgAsync<Tcp.Closed>(Patience);
        }

        await AssertNoTlsIsLeftAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_peers_close_notify_is_its_end(bool keepOpen)
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync();
        using TlsPair pair = await ConnectTlsAsync(bind, endpoint, keepOpen);
        await pair.Peer.WriteAsync("last"u8.ToArray());
        await pair.Peer.ShutdownAsync();
        Assert.Equal("last", (await pair.Handler.ExpectMsgAsync<Tcp.Received>(Patience)).Data.ToString());
        await pair.Handler.ExpectMsgAsync<Tcp.PeerClosed>(Patience);
        if (keepOpen)
        {
            pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("answer")), pair.Handler);
            pair.Connection.Tell(Tcp.Close.Instance, pair.Handler);
            Assert.Equal("answer"u8.ToArray(), await ReadExactlyAsync(pair.Peer, 6));
            await pair.Handler.ExpectMsgAsync<Tcp.Closed>(Patience);
        }

        Assert.Equal(0, await ReadToEndAsync(pair.Peer));
        await AssertNoTlsIsLeftAsync();
    }

    [Fact]
    public async Task ConfirmedClose_waits_for_the_peers_close_notify()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync();
        using TlsPair pair = await ConnectTlsAsync(bind, endpoint);
        pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("bye")), pair.Handler);
        pair.Connection.Tell(Tcp.ConfirmedClose.Instance, pair.Handler);
        Assert.Equal(3, await ReadToEndAsync(pair.Peer));
        await pair.Peer.WriteAsync("rest"u8.ToArray());
        Assert.Equal("rest", (await pair.Handler.ExpectMsgAsync<Tcp.Received>(Patience)).Data.ToString());
        await pair.Peer.ShutdownAsync();
        await pair.Handler.ExpectMsgAsync<Tcp.ConfirmedClosed>(Patience);
        await AssertNoTlsIsLeftAsync();
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task An_end_without_close_notify_is_an_error(bool keepOpen, bool confirmed)
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync();
        using TlsPair pair = await ConnectTlsAsync(bind, endpoint, keepOpen);
        await pair.Peer.WriteAsync("cut"u8.ToArray());
        Assert.Equal("cut", (await pair.Handler.ExpectMsgAsync<Tcp.Received>(Patience)).Data.ToString());
        if (confirmed)
        {
            pair.Connection.Tell(Tcp.ConfirmedClose.Instance, pair.Handler);
            Assert.Equal(0, await ReadToEndAsync(pair.Peer));
        }

        pair.Socket.Shutdown(SocketShutdown.Send);
        Tcp.ErrorClosed closed = await pair.Handler.ExpectMsgAsync<Tcp.ErrorClosed>(Patience);
        Assert.Contains("without close_notify", closed.Cause, StringComparison.Ordinal);
        await AssertNoTlsIsLeftAsync();
    }

    [Fact]
    public async Task Suspended_reading_still_notices_the_end()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync();
        using TlsPair pair = await ConnectTlsAsync(bind, endpoint);
        pair.Connection.Tell(Tcp.SuspendReading.Instance, pair.Handler);
        await pair.Peer.ShutdownAsync();
        pair.Socket.Shutdown(SocketShutdown.Send);
        await pair.Handler.ExpectMsgAsync<Tcp.PeerClosed>(Patience);
        await AssertNoTlsIsLeftAsync();
    }

    [Fact]
    public async Task Abort_resets_and_a_forged_record_is_an_error()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync();
        using TlsPair aborted = await ConnectTlsAsync(bind, endpoint);
        aborted.Connection.Tell(Tcp.Abort.Instance, aborted.Handler);
        await aborted.Handler.ExpectMsgAsync<Tcp.Aborted>(Patience);
        await Assert.ThrowsAsync<IOException>(() => ReadToEndAsync(aborted.Peer));

        using TlsPair forged = await ConnectTlsAsync(bind, endpoint);
        await forged.Socket.SendAsync((byte[])[23, 3, 3, 0, 30, .. new byte[30]]);
        Tcp.ErrorClosed closed = await forged.Handler.ExpectMsgAsync<Tcp.ErrorClosed>(Patience);
        Assert.StartsWith("TLS: ", closed.Cause, StringComparison.Ordinal);

        using TlsPair garbage = await ConnectTlsAsync(bind, endpoint);
        await garbage.Socket.SendAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
        closed = await garbage.Handler.ExpectMsgAsync<Tcp.ErrorClosed>(Patience);
        Assert.Contains("something else than a record", closed.Cause, StringComparison.Ordinal);
        await AssertNoTlsIsLeftAsync();
    }

    [Fact]
    public async Task Direct_output_goes_through_TLS()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync();
        using TlsPair pair = await ConnectTlsAsync(bind, endpoint, pooled: true);
        TcpOutput output = FlexTcp.OutputOf(pair.Connection);
        byte[] bytes = RandomNumberGenerator.GetBytes(200_000);
        bytes.CopyTo(output.GetMemory(bytes.Length));
        output.Advance(bytes.Length);
        output.Flush();
        Assert.Equal(bytes, await ReadExactlyAsync(pair.Peer, bytes.Length));
        output.NotifyWhenUnsentAtMost(0);
        await pair.Handler.ExpectMsgAsync<OutputDrained>(Patience);
        Assert.Equal(0, output.UnsentBytes);
    }

    private sealed class Ack(int number) : Tcp.Event, IEquatable<Ack>
    {
        private readonly int _number = number;

        public bool Equals(Ack? other) => other?._number == _number;

        public override bool Equals(object? obj) => Equals(obj as Ack);

        public override int GetHashCode() => _number;
    }
}

public sealed class TlsConnectionOnIoUringSpec() : TlsConnectionSpec(OnIoUring);

public sealed class TlsConnectionOnInlineCallsSpec() : TlsConnectionSpec(OnInlineCalls);
