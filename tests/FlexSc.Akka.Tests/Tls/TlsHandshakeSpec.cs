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
using FlexSc.Akka.Tests.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.Tls;

/// <summary>Handshakes that fail, as the server sees them: a clear cause, no word to the bind handler, nothing left.</summary>
public abstract class TlsHandshakeSpec(string config) : TlsFixture(config)
{
    private const int LongMs = 3_600_000;

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: flexsc.test\r\n\r\n", "\"GET / HTTP/1.1..")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n", "\"SSH-2.0-OpenSSH_")]
    [InlineData("\u0000\u0001", "(0001)")]
    [InlineData("\u0016G", "(1647)")]
    public async Task What_is_no_TLS_is_quoted(string sent, string quoted)
    {
        (TestProbe bind, IPEndPoint endpoint, TestProbe failures, int sockets) = await BeginAsync();
        using (Socket peer = await ConnectAsync(endpoint))
        {
            await peer.SendAsync(System.Text.Encoding.Latin1.GetBytes(sent));
            TlsHandshakeFailed failed = await failures.ExpectMsgAsync<TlsHandshakeFailed>(Patience);
            Assert.Contains("something else than TLS", failed.Cause.Message, StringComparison.Ordinal);
            Assert.Contains(quoted, failed.Cause.Message, StringComparison.Ordinal);
            Assert.Equal(((IPEndPoint)peer.LocalEndPoint!).Port, ((IPEndPoint)failed.RemoteAddress).Port);
            Assert.Equal(endpoint, failed.LocalAddress);
            await ReceiveEndAsync(peer);
        }

        await AssertNobodyWasToldAsync(bind, sockets);
    }

    [Fact]
    public async Task Garbage_in_records_is_refused_with_an_alert()
    {
        (TestProbe bind, IPEndPoint endpoint, TestProbe failures, int sockets) = await BeginAsync();
        using (Socket peer = await ConnectAsync(endpoint))
        {
            await peer.SendAsync((byte[])[22, 3, 1, 0, 60, 1, 0, 0, 56, .. RandomNumberGenerator.GetBytes(56)]);
            TlsHandshakeFailed failed = await failures.ExpectMsgAsync<TlsHandshakeFailed>(Patience);
            Assert.NotNull(failed.Cause.InnerException);

            // Type 21 is an alert.
            Assert.Equal(21, (await ReceiveExactlyAsync(peer, 1))[0]);
        }

        await AssertNobodyWasToldAsync(bind, sockets);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(60)]
    public async Task A_handshake_that_is_cut_off_is_told_as_that(int bytes)
    {
        (TestProbe bind, IPEndPoint endpoint, TestProbe failures, int sockets) = await BeginAsync();
        using (Socket peer = await ConnectAsync(endpoint))
        {
            await peer.SendAsync((await HelloAsync())[..bytes]);
            peer.Shutdown(SocketShutdown.Send);
            TlsHandshakeFailed failed = await failures.ExpectMsgAsync<TlsHandshakeFailed>(Patience);
            Assert.Contains("ended the connection during the handshake", failed.Cause.Message, StringComparison.Ordinal);
        }

        await AssertNobodyWasToldAsync(bind, sockets);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_handshake_that_is_reset_is_told_as_that(bool afterHello)
    {
        (TestProbe bind, IPEndPoint endpoint, TestProbe failures, int sockets) = await BeginAsync();
        Socket peer = await ConnectAsync(endpoint);
        if (afterHello)
        {
            await peer.SendAsync(await HelloAsync());
            await ReceiveExactlyAsync(peer, 100);
        }
        else
        {
            // One that is reset before it has been taken over has no handshake to fail.
            await AwaitConditionAsync(() => Task.FromResult(Extension.Figures.Sum(loop => loop.Connections) == 1), Patience);
        }

        peer.LingerState = new LingerOption(true, 0);
        peer.Dispose();
        TlsHandshakeFailed failed = await failures.ExpectMsgAsync<TlsHandshakeFailed>(Patience);
        Assert.Contains("reset by peer", failed.Cause.Message, StringComparison.OrdinalIgnoreCase);
        await AssertNobodyWasToldAsync(bind, sockets);
    }

    [Fact]
    public async Task A_handshake_that_trickles_is_reset_after_its_time()
    {
        TlsServer server = new(TlsCertificate.From(Certificates.Server, Certificates.Chain)) { HandshakeTimeoutMs = 300 };
        (TestProbe bind, IPEndPoint endpoint, TestProbe failures, int sockets) = await BeginAsync(server);
        using (Socket peer = await ConnectAsync(endpoint))
        {
            // A byte for each one the kernel has room for, until the time is over: the last one of the hello never comes.
            byte[] hello = await HelloAsync();
            Task<TlsHandshakeFailed> failure = failures.ExpectMsgAsync<TlsHandshakeFailed>(Patience).AsTask();
            for (int i = 0; i < hello.Length - 1 && !failure.IsCompleted; i++)
            {
                await peer.SendAsync(hello.AsMemory(i, 1));
            }

            Assert.Contains("longer than 300 ms", (await failure).Cause.Message, StringComparison.Ordinal);
            Assert.Equal(SocketError.ConnectionReset, await ReceiveEndAsync(peer));
        }

        await AssertNobodyWasToldAsync(bind, sockets);
    }

    [Fact]
    public async Task A_hello_byte_by_byte_is_answered()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync();
        using Socket socket = await ConnectAsync(endpoint);
        using SslStream peer = new(new TricklingStream(new NetworkStream(socket)));
        await peer.AuthenticateAsClientAsync(ClientOptions()).WaitAsync(Patience);
        await bind.ExpectMsgAsync<Tcp.Connected>(Patience);
    }

    [Fact]
    public async Task A_client_without_a_common_version_is_refused()
    {
        TlsServer server = new(TlsCertificate.From(Certificates.Server, Certificates.Chain)) { Protocols = SslProtocols.Tls13 };
        (TestProbe bind, IPEndPoint endpoint, TestProbe failures, int sockets) = await BeginAsync(server);
        await Assert.ThrowsAsync<AuthenticationException>(() => ShakeHandsAsync(endpoint, ClientOptions(SslProtocols.Tls12)));
        TlsHandshakeFailed failed = await failures.ExpectMsgAsync<TlsHandshakeFailed>(Patience);
        Assert.Contains("protocol", failed.Cause.Message, StringComparison.OrdinalIgnoreCase);
        await AssertNobodyWasToldAsync(bind, sockets);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_client_that_does_not_trust_the_certificate_ends_the_connection(SslProtocols protocol)
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync();
        SslClientAuthenticationOptions options = ClientOptions(protocol);
        options.CertificateChainPolicy = null;
        using (Socket socket = await ConnectAsync(endpoint))
        {
            using SslStream peer = new(new NetworkStream(socket));
            await Assert.ThrowsAsync<AuthenticationException>(() => peer.AuthenticateAsClientAsync(options));
        }

        // The runtime's client looks at the certificate when it has said all that a handshake needs.
        await bind.ExpectMsgAsync<Tcp.Connected>(Patience);
        bind.LastSender.Tell(new Tcp.Register(bind), bind);
        await bind.ExpectMsgAsync<TlsNegotiated>(Patience);
        await bind.ExpectMsgAsync<Tcp.ErrorClosed>(Patience);
        await AssertNoTlsIsLeftAsync();
    }

    [Theory]
    [InlineData(TlsClientCertificates.Optional, "none", true)]
    [InlineData(TlsClientCertificates.Optional, "good", true)]
    [InlineData(TlsClientCertificates.Optional, "expired", false)]
    [InlineData(TlsClientCertificates.Required, "none", false)]
    [InlineData(TlsClientCertificates.Required, "good", true)]
    [InlineData(TlsClientCertificates.Required, "expired", false)]
    public async Task Clients_show_certificates(TlsClientCertificates asked, string shown, bool served)
    {
        TlsServer server = new(TlsCertificate.From(Certificates.Server, Certificates.Chain))
        {
            ClientCertificates = asked,
            TrustedRoots = Certificates.Roots,
        };
        TestProbe failures = SubscribeToFailures();
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync(server);
        using X509Certificate2 own = Certificates.Leaf("client", shown == "expired" ? DateTimeOffset.UtcNow.AddDays(-1) : null);
        SslClientAuthenticationOptions options = ClientOptions(SslProtocols.Tls12);
        if (shown != "none")
        {
            options.ClientCertificateContext = SslStreamCertificateContext.Create(own, Certificates.Chain, offline: true);
        }

        if (served)
        {
            using TlsPair pair = await ConnectTlsAsync(bind, endpoint, options: options);
            Assert.Equal(shown == "good" ? own.Thumbprint : null, pair.Negotiated.PeerCertificate?.Thumbprint);
        }
        else
        {
            await AssertRefusedAsync(endpoint, options);
            TlsHandshakeFailed failed = await failures.ExpectMsgAsync<TlsHandshakeFailed>(Patience);
            Assert.Contains(shown == "none" ? "certificate" : "NotTimeValid", failed.Cause.Message, StringComparison.Ordinal);
        }

        await AssertNoTlsIsLeftAsync();
    }

    [Fact]
    public async Task A_callback_decides_on_a_clients_certificate()
    {
        List<SslPolicyErrors> seen = [];
        TlsServer server = new(TlsCertificate.From(Certificates.Server, Certificates.Chain))
        {
            ClientCertificates = TlsClientCertificates.Required,
            ValidateClientCertificate = (certificate, _, errors) =>
            {
                seen.Add(errors);
                return certificate?.Subject == "CN=wanted";
            },
        };
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync(server);
        foreach (string name in (string[])["other", "wanted"])
        {
            using X509Certificate2 own = Certificates.Leaf(name);
            SslClientAuthenticationOptions options = ClientOptions(SslProtocols.Tls12);
            options.ClientCertificateContext = SslStreamCertificateContext.Create(own, null, offline: true);
            if (name == "other")
            {
                await AssertRefusedAsync(endpoint, options);
            }
            else
            {
                using TlsPair pair = await ConnectTlsAsync(bind, endpoint, options: options);
            }
        }

        Assert.Equal(2, seen.Count);
        Assert.All(seen, errors => Assert.NotEqual(SslPolicyErrors.None, errors));
    }

    [Fact]
    public async Task Names_and_protocols_are_negotiated()
    {
        using X509Certificate2 other = Certificates.Leaf("other.test");
        TlsCertificate forOther = TlsCertificate.From(other, Certificates.Chain);
        TlsServer server = new(TlsCertificate.From(Certificates.Server, Certificates.Chain))
        {
            SelectCertificate = name => name switch
            {
                "other.test" => forOther,
                "refused.test" => throw new InvalidOperationException("nobody is called refused.test"),
                _ => null,
            },
            ApplicationProtocols = ["b/2", "a/1"],
        };
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync(server);
        foreach (string name in (string[])["other.test", TestCertificates.HostName])
        {
            SslClientAuthenticationOptions options = ClientOptions(host: name);
            options.ApplicationProtocols = [new SslApplicationProtocol("a/1"), new SslApplicationProtocol("c/3")];
            using TlsPair pair = await ConnectTlsAsync(bind, endpoint, options: options);
            Assert.Equal(name, pair.Negotiated.ServerName);
            Assert.Equal("a/1", pair.Negotiated.ApplicationProtocol);
            Assert.Equal($"CN={name}", pair.Peer.RemoteCertificate!.Subject);
        }

        TestProbe failures = SubscribeToFailures();
        await Assert.ThrowsAnyAsync<Exception>(() => ShakeHandsAsync(endpoint, ClientOptions(host: "refused.test")));
        Assert.Contains("nobody is called", (await failures.ExpectMsgAsync<TlsHandshakeFailed>(Patience)).Cause.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_system_that_ends_takes_handshakes_along()
    {
        (_, IPEndPoint endpoint, TestProbe failures, int sockets) = await BeginAsync(new(TlsCertificate.From(Certificates.Server))
        {
            HandshakeTimeoutMs = LongMs,
        });
        using Socket silent = await ConnectAsync(endpoint);
        using Socket halfway = await ConnectAsync(endpoint);
        await halfway.SendAsync(await HelloAsync());
        await ReceiveExactlyAsync(halfway, 100);
        Task ended = FlexSc.Akka.Loops.FlexLoops.WhenEnded(Sys);
        await Sys.Terminate().WaitAsync(Patience);
        await ended.WaitAsync(Patience);
        silent.Dispose();
        halfway.Dispose();

        // The listener's, too, is gone.
        Assert.True(LoopDescriptors.CountSockets() < sockets, "sockets are left");
    }

    private async Task<(TestProbe Bind, IPEndPoint Endpoint, TestProbe Failures, int Sockets)> BeginAsync(TlsServer? server = null)
    {
        TestProbe failures = SubscribeToFailures();
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync(server);

        // What earlier specs left to the garbage collector is not to be counted.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return (bind, endpoint, failures, LoopDescriptors.CountSockets());
    }

    private static async Task<Socket> ConnectAsync(IPEndPoint endpoint)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endpoint);
        return socket;
    }

    /// <summary>The runtime's server looks at a client's certificate when the client has finished: that it is refused, its next read tells.</summary>
    private async Task AssertRefusedAsync(IPEndPoint endpoint, SslClientAuthenticationOptions options)
    {
        try
        {
            (SslStream peer, Socket socket) = await ShakeHandsAsync(endpoint, options);
            using (peer)
            using (socket)
            {
                Assert.Equal(0, await ReadToEndAsync(peer));
            }
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException)
        {
        }
    }

    /// <summary>A ClientHello of the runtime's.</summary>
    private async Task<byte[]> HelloAsync()
    {
        using Socket listener = new(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Task shaken = ShakeHandsAsync((IPEndPoint)listener.LocalEndPoint!, ClientOptions());
        using Socket accepted = await listener.AcceptAsync();
        byte[] header = await ReceiveExactlyAsync(accepted, 5);
        byte[] body = await ReceiveExactlyAsync(accepted, (header[3] << 8) | header[4]);
        accepted.Dispose();
        await Assert.ThrowsAnyAsync<Exception>(() => shaken);
        return [.. header, .. body];
    }

    /// <summary>The bind handler hears of nothing, and of the connection nothing is left.</summary>
    private async Task AssertNobodyWasToldAsync(TestProbe bind, int sockets)
    {
        await AssertNoTlsIsLeftAsync(sockets);
        Assert.False(bind.HasMessages);
    }

    private sealed class TricklingStream(NetworkStream inner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer, cancellationToken);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            for (int i = 0; i < buffer.Length; i++)
            {
                await inner.WriteAsync(buffer.Slice(i, 1), cancellationToken);
            }
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
    }
}

public sealed class TlsHandshakeOnIoUringSpec() : TlsHandshakeSpec(OnIoUring);

public sealed class TlsHandshakeOnInlineCallsSpec() : TlsHandshakeSpec(OnInlineCalls);
