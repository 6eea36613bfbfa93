using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Akka;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Xunit;
using StreamsTcp = Akka.Streams.Dsl.Tcp;
using Tcp = Akka.IO.Tcp;

namespace FlexSc.Akka.Tests.Tls;

/// <summary>Certificates that change, handshakes at their bound, settings, and transports that do not know TLS.</summary>
public abstract class TlsReloadSpec(string config) : TlsFixture(
    $"flexsc.tls {{ certificate-poll-ms = 20, handshakes-per-loop = 1, handshake-threads = 1 }}\n{config}")
{
    [Theory]
    [InlineData("polled")]
    [InlineData("reloaded")]
    [InlineData("replaced")]
    public async Task A_new_certificate_is_shown_and_connections_live_on(string how)
    {
        using TemporaryPem files = TestCertificates.WritePem(Certificates.Server, Certificates.Chain);
        TlsCertificate certificate = TlsCertificate.FromPemFiles(files.CertificatePath, files.KeyPath);
        Assert.Equal(Certificates.Server.Thumbprint, certificate.Certificate.Thumbprint);
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync(new TlsServer(certificate));
        using TlsPair old = await ConnectTlsAsync(bind, endpoint);
        Assert.Equal(Certificates.Server.Thumbprint, ((X509Certificate2)old.Peer.RemoteCertificate!).Thumbprint);

        using X509Certificate2 next = Certificates.Leaf(TestCertificates.HostName);
        if (how == "replaced")
        {
            certificate.Replace(next, Certificates.Chain);
        }
        else
        {
            files.Write(next, Certificates.Chain);
            if (how == "reloaded")
            {
                certificate.Reload();
            }
        }

        await AwaitConditionAsync(() => Task.FromResult(certificate.Certificate.Thumbprint == next.Thumbprint), Patience);
        using TlsPair fresh = await ConnectTlsAsync(bind, endpoint);
        Assert.Equal(next.Thumbprint, ((X509Certificate2)fresh.Peer.RemoteCertificate!).Thumbprint);
        await old.Peer.WriteAsync("still here"u8.ToArray());
        Assert.Equal("still here", (await old.Handler.ExpectMsgAsync<Tcp.Received>(Patience)).Data.ToString());
    }

    [Fact]
    public async Task A_certificate_that_cannot_be_read_is_told_and_the_old_one_stays()
    {
        using TemporaryPem files = TestCertificates.WritePem(Certificates.Server, Certificates.Chain);
        TlsCertificate certificate = TlsCertificate.FromPemFiles(files.CertificatePath, files.KeyPath);
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync(new TlsServer(certificate));
        await EventFilter.Warning(contains: files.CertificatePath).ExpectAsync(1, Patience, () =>
        {
            files.WriteCertificate("half a certif");
            return Task.CompletedTask;
        });
        using TlsPair pair = await ConnectTlsAsync(bind, endpoint);
        FlexTlsException failure = Assert.Throws<FlexTlsException>(certificate.Reload);
        Assert.Contains(files.KeyPath, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_certificate_is_refused_with_its_name()
    {
        using TemporaryPem files = TestCertificates.WritePem(Certificates.Server, Certificates.Chain);
        using TemporaryPem others = TestCertificates.WritePem(Certificates.Root, []);
        Assert.Contains("missing.pem", Refusal("missing.pem", files.KeyPath), StringComparison.Ordinal);
        AssertRefusal(files.CertificatePath, others.KeyPath, others.KeyPath, "another certificate's");
        AssertRefusal(files.KeyPath, files.KeyPath, files.KeyPath, "-----BEGIN CERTIFICATE-----");
        AssertRefusal(files.CertificatePath, files.CertificatePath, files.CertificatePath, "-----BEGIN PRIVATE KEY-----");
        AssertRefusal(Path.GetTempPath(), files.KeyPath, Path.GetTempPath(), "is a directory");
        using X509Certificate2 withoutKey = X509CertificateLoader.LoadCertificate(Certificates.Server.Export(X509ContentType.Cert));
        Assert.Contains("no private key", Assert.Throws<FlexTlsException>(() => TlsCertificate.From(withoutKey)).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => TlsCertificate.From(Certificates.Server).Reload());

        static string Refusal(string certificate, string key) => Assert.Throws<FlexTlsException>(() => TlsCertificate.FromPemFiles(certificate, key)).Message;

        static void AssertRefusal(string certificate, string key, params string[] texts)
        {
            string refusal = Refusal(certificate, key);
            Assert.All(texts, text => Assert.Contains(text, refusal, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(true, "", "is empty")]
    [InlineData(true, "no PEM at all", "is no PEM file")]
    [InlineData(true, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "a certificate of", "is damaged")]
    [InlineData(true, "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n", "holds CERTIFICATE REQUEST and")]
    [InlineData(false, "", "is empty")]
    [InlineData(false, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "is damaged")]
    [InlineData(false, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", "protected by a password", "openssl pkey")]
    [InlineData(false, "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END EC PRIVATE KEY-----\n", "protected by a password")]
    public void A_file_that_is_not_as_it_should_be_is_named_with_what_to_do(bool certificate, string content, params string[] texts)
    {
        using TemporaryPem files = TestCertificates.WritePem(Certificates.Server, Certificates.Chain);
        string path = certificate ? files.CertificatePath : files.KeyPath;
        File.WriteAllText(path, content);
        string refusal = Assert.Throws<FlexTlsException>(() => TlsCertificate.FromPemFiles(files.CertificatePath, files.KeyPath)).Message;
        Assert.All(texts, text => Assert.Contains(text, refusal, StringComparison.Ordinal));
        Assert.Contains(path, refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_whose_time_is_over_is_told_when_it_is_bound_and_when_it_is_read()
    {
        using X509Certificate2 expired = Certificates.Leaf(TestCertificates.HostName, DateTimeOffset.UtcNow.AddDays(-1));
        using TemporaryPem files = TestCertificates.WritePem(expired, Certificates.Chain);
        TlsCertificate certificate = TlsCertificate.FromPemFiles(files.CertificatePath, files.KeyPath);
        TestProbe log = CreateTestProbe();
        Sys.EventStream.Subscribe(log, typeof(Warning));
        await BindTlsAsync(new TlsServer(certificate));
        await log.FishForMessageAsync(message => IsOfTime(message, expired), Patience);
        using X509Certificate2 again = Certificates.Leaf("again.test", DateTimeOffset.UtcNow.AddDays(-1));
        files.Write(again, Certificates.Chain);
        await log.FishForMessageAsync(message => IsOfTime(message, again), Patience);

        static bool IsOfTime(object message, X509Certificate2 certificate) =>
            $"{((Warning)message).Message}" is { } text && text.Contains("is not valid after", StringComparison.Ordinal)
            && text.Contains(certificate.Subject, StringComparison.Ordinal);
    }

    [Fact]
    public async Task At_the_bound_a_handshake_waits_for_another_ones_end()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync();

        // The one that has the turn waits for its client, which says hello and then nothing.
        using Socket first = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await first.ConnectAsync(endpoint);
        using HoldingStream held = new(new NetworkStream(first));
        using SslStream peer = new(held);
        Task shaken = peer.AuthenticateAsClientAsync(ClientOptions());
        await held.Answered.WaitAsync(Patience);

        Task<(SslStream Peer, Socket Socket)> second = ShakeHandsAsync(endpoint);
        ActorLoop loop = Extension.Group.StartedLoops.Single();
        await AwaitAssertAsync(async () => Assert.Equal(1, await loop.RunAsync(() => Task.FromResult(loop.Io.Tls.WaitingHandshakes))), Patience);
        Assert.False(second.IsCompleted);
        held.Release();
        await shaken.WaitAsync(Patience);
        (SslStream other, Socket socket) = await second.WaitAsync(Patience);
        await other.DisposeAsync();
        socket.Dispose();
        await bind.ExpectMsgAsync<Tcp.Connected>(Patience);
        await bind.ExpectMsgAsync<Tcp.Connected>(Patience);
    }

    [Fact]
    public async Task One_that_gives_up_in_line_lets_the_next_one_go()
    {
        TestProbe failures = SubscribeToFailures();
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync();
        using Socket first = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await first.ConnectAsync(endpoint);
        using HoldingStream held = new(new NetworkStream(first));
        using SslStream peer = new(held);
        Task shaken = peer.AuthenticateAsClientAsync(ClientOptions());
        await held.Answered.WaitAsync(Patience);

        // The turn's owner goes away in the middle.
        first.LingerState = new LingerOption(true, 0);
        first.Dispose();
        held.Release();
        await failures.ExpectMsgAsync<TlsHandshakeFailed>(Patience);
        await Assert.ThrowsAnyAsync<Exception>(() => shaken.WaitAsync(Patience));
        using TlsPair pair = await ConnectTlsAsync(bind, endpoint);
    }

    [Theory]
    [InlineData("handshake-timeout-ms = 0")]
    [InlineData("handshakes-per-loop = 0")]
    [InlineData("handshake-threads = -1")]
    [InlineData("certificate-poll-ms = x")]
    public async Task A_value_out_of_range_is_refused_with_its_key(string line)
    {
        ActorSystem system = ActorSystem.Create("settings", ConfigurationFactory.ParseString($"flexsc.tls.{line}\nakka.stdout-loglevel = OFF\nakka.loglevel = OFF"));
        ConfigurationException failure = Assert.ThrowsAny<ConfigurationException>(() => system.FlexTcp());
        Assert.Contains($"flexsc.tls.{line.Split(' ')[0]}", failure.Message, StringComparison.Ordinal);
        await system.Terminate().WaitAsync(Patience);
    }

    [Fact]
    public void An_option_that_cannot_be_is_refused_where_it_is_made()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new TlsClient { HandshakeTimeoutMs = 0 });
        Assert.Throws<ArgumentException>(() => new TlsClient { ApplicationProtocols = ["h2", ""] });
        Assert.Throws<ArgumentException>(() => new TlsClient { ApplicationProtocols = [new string('a', 256)] });
        Assert.Equal(1, new TlsClient { HandshakeTimeoutMs = 1, ApplicationProtocols = [new string('a', 255)] }.HandshakeTimeoutMs);
        Assert.Throws<ArgumentOutOfRangeException>(() => UnixSocketOptions.PathMode((UnixFileMode)0x1000));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_other_sides_option_is_refused(bool bind)
    {
        TestProbe commander = CreateTestProbe();
        IPEndPoint anywhere = new(IPAddress.Loopback, 0);
        Sys.FlexTcp().Tell(bind ? new Tcp.Bind(commander, anywhere, options: [new TlsClient()]) : new Tcp.Connect(anywhere, options: [Server()]), commander);
        Tcp.CommandFailed failed = await commander.ExpectMsgAsync<Tcp.CommandFailed>(Patience);
        Assert.Contains("is no option of", failed.Cause.Value.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_redirect_takes_the_option_along_and_stock_refuses_it(bool redirect)
    {
        string mailbox = redirect ? "akka.actor.default-mailbox.mailbox-type = \"FlexSc.Akka.IO.RedirectMailbox, FlexSc.Akka\"" : "";
        ActorSystem system = ActorSystem.Create(
            "redirect", ConfigurationFactory.ParseString($"akka.loglevel = OFF\nakka.stdout-loglevel = OFF\nflexsc.loops {{ count = 1, pin = off }}\n{mailbox}\n{config}"));
        try
        {
            using Inbox inbox = Inbox.Create(system);
            system.Tcp().Tell(new Tcp.Bind(inbox.Receiver, new IPEndPoint(IPAddress.Loopback, 0), options: [Server()]), inbox.Receiver);
            object answer = inbox.Receive(Patience);
            if (redirect)
            {
                IPEndPoint endpoint = (IPEndPoint)Assert.IsType<Tcp.Bound>(answer).LocalAddress;
                (SslStream peer, Socket socket) = await ShakeHandsAsync(endpoint);
                await peer.DisposeAsync();
                socket.Dispose();
                Assert.IsType<Tcp.Connected>(inbox.Receive(Patience));
            }
            else
            {
                Assert.IsType<Tcp.CommandFailed>(answer);
            }
        }
        finally
        {
            await system.Terminate().WaitAsync(Patience);
        }
    }

    [Fact]
    public async Task Streams_of_Akka_take_the_option_by_the_redirect()
    {
        ActorSystem system = ActorSystem.Create(
            "streams",
            ConfigurationFactory.ParseString(
                $"akka.loglevel = OFF\nakka.stdout-loglevel = OFF\nflexsc.loops {{ count = 1, pin = off }}\n"
                + $"akka.actor.default-mailbox.mailbox-type = \"FlexSc.Akka.IO.RedirectMailbox, FlexSc.Akka\"\n{config}"));
        try
        {
            ActorMaterializer materializer = system.Materializer();
            Flow<ByteString, ByteString, NotUsed> echo = Flow.Create<ByteString>();
            StreamsTcp.ServerBinding binding = await system.TcpStream()
                .BindAndHandle(echo, materializer, "127.0.0.1", 0, options: [Server()]).WaitAsync(Patience);
            (SslStream peer, Socket socket) = await ShakeHandsAsync((IPEndPoint)binding.LocalAddress);
            byte[] bytes = System.Security.Cryptography.RandomNumberGenerator.GetBytes(100_000);
            Task written = peer.WriteAsync(bytes).AsTask();
            Assert.Equal(bytes, await ReadExactlyAsync(peer, bytes.Length));
            await written;
            await peer.ShutdownAsync();
            Assert.Equal(0, await ReadToEndAsync(peer));
            await peer.DisposeAsync();
            socket.Dispose();
        }
        finally
        {
            await system.Terminate().WaitAsync(Patience);
        }
    }

    /// <summary>Lets the client hear the server's answer only when it is released.</summary>
    private sealed class HoldingStream(NetworkStream inner) : Stream
    {
        private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Answered => _answered.Task;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public void Release() => _released.TrySetResult();

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = await inner.ReadAsync(buffer, cancellationToken);
            _answered.TrySetResult();
            await _released.Task.WaitAsync(cancellationToken);
            return count;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}

public sealed class TlsReloadOnIoUringSpec() : TlsReloadSpec(OnIoUring);

public sealed class TlsReloadOnInlineCallsSpec() : TlsReloadSpec(OnInlineCalls);
