using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace FlexSc.Akka.Tests.Tls;

/// <summary>Connect with TLS: to ourselves, to Kestrel and to servers that are not as they should be.</summary>
public abstract class TlsClientSpec(string config) : TlsFixture(config)
{
    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Both_ends_are_ours(SslProtocols protocol)
    {
        using X509Certificate2 own = Certificates.Leaf("client");
        TlsServer server = new(TlsCertificate.From(Certificates.Server, Certificates.Chain))
        {
            ClientCertificates = TlsClientCertificates.Required,
            TrustedRoots = Certificates.Roots,
            ApplicationProtocols = ["echo/1"],
        };
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync(server);
        TestProbe client = await ConnectAsync(endpoint, new TlsClient
        {
            ServerName = TestCertificates.HostName,
            TrustedRoots = Certificates.Roots,
            Certificate = TlsCertificate.From(own, Certificates.Chain),
            ApplicationProtocols = ["echo/1"],
            Protocols = protocol,
        });
        IActorRef clientConnection = client.LastSender;
        TlsNegotiated seenByClient = await client.ExpectMsgAsync<TlsNegotiated>(Patience);
        await bind.ExpectMsgAsync<Tcp.Connected>(Patience);
        IActorRef serverConnection = bind.LastSender;
        serverConnection.Tell(new Tcp.Register(bind), bind);
        TlsNegotiated seenByServer = await bind.ExpectMsgAsync<TlsNegotiated>(Patience);
        Assert.Equal(Certificates.Server.Thumbprint, seenByClient.PeerCertificate!.Thumbprint);
        Assert.Equal(own.Thumbprint, seenByServer.PeerCertificate!.Thumbprint);
        Assert.Equal((protocol, "echo/1", TestCertificates.HostName), (seenByClient.Protocol, seenByClient.ApplicationProtocol, seenByClient.ServerName));
        Assert.Equal((protocol, "echo/1", TestCertificates.HostName), (seenByServer.Protocol, seenByServer.ApplicationProtocol, seenByServer.ServerName));
        Assert.Equal(seenByClient.CipherSuite, seenByServer.CipherSuite);

        // Of TLS 1.3 the server's session tickets come in between.
        for (int i = 0; i < 3; i++)
        {
            clientConnection.Tell(Tcp.Write.Create(ByteString.FromString("ping")), client);
            Assert.Equal("ping", (await bind.ExpectMsgAsync<Tcp.Received>(Patience)).Data.ToString());
            serverConnection.Tell(Tcp.Write.Create(ByteString.FromString("pong")), bind);
            Assert.Equal("pong", (await client.ExpectMsgAsync<Tcp.Received>(Patience)).Data.ToString());
        }

        clientConnection.Tell(Tcp.Close.Instance, client);
        await client.ExpectMsgAsync<Tcp.Closed>(Patience);
        await bind.ExpectMsgAsync<Tcp.PeerClosed>(Patience);
        await AssertNoTlsIsLeftAsync();
    }

    [Fact]
    public async Task A_large_record_after_a_ticket_arrives_whole()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync();
        TestProbe client = await ConnectAsync(endpoint, Client(), pooled: true);
        await client.ExpectMsgAsync<TlsNegotiated>(Patience);
        await bind.ExpectMsgAsync<Tcp.Connected>(Patience);
        IActorRef connection = bind.LastSender;
        connection.Tell(new Tcp.Register(bind), bind);
        await bind.ExpectMsgAsync<TlsNegotiated>(Patience);
        byte[] bytes = System.Security.Cryptography.RandomNumberGenerator.GetBytes(100_000);
        connection.Tell(Tcp.Write.Create(ByteString.FromBytes(bytes)), bind);
        List<byte> received = [];
        while (received.Count < bytes.Length)
        {
            PooledReceived piece = await client.ExpectMsgAsync<PooledReceived>(Patience);
            received.AddRange(piece.Span);
            piece.Release();
        }

        Assert.Equal(bytes, received.ToArray());
    }

    [Fact]
    public async Task Kestrel_answers()
    {
        await using WebApplication kestrel = await StartKestrelAsync(Certificates.Server, Certificates.Chain);
        TestProbe client = await ConnectAsync(EndPointOf(kestrel), Client());
        IActorRef connection = client.LastSender;
        Assert.Equal(Certificates.Server.Thumbprint, (await client.ExpectMsgAsync<TlsNegotiated>(Patience)).PeerCertificate!.Thumbprint);
        connection.Tell(Tcp.Write.Create(ByteString.FromString($"GET / HTTP/1.1\r\nHost: {TestCertificates.HostName}\r\nConnection: close\r\n\r\n")), client);
        string answer = "";
        while (!answer.Contains("hello of Kestrel", StringComparison.Ordinal))
        {
            answer += (await client.ExpectMsgAsync<Tcp.Received>(Patience)).Data.ToString();
        }

        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        connection.Tell(Tcp.Abort.Instance, client);
        await client.FishForMessageAsync(message => message is Tcp.ConnectionClosed, Patience);
        await AssertNoTlsIsLeftAsync();
    }

    [Theory]
    [InlineData("expired", "NotTimeValid")]
    [InlineData("other host", "RemoteCertificateNameMismatch")]
    [InlineData("unknown root", "RemoteCertificateChainErrors", "PartialChain", "UntrustedRoot")]
    public async Task A_certificate_that_cannot_be_trusted_fails_the_connect(string kind, params string[] causes)
    {
        using X509Certificate2 certificate = kind switch
        {
            "expired" => Certificates.Leaf(TestCertificates.HostName, DateTimeOffset.UtcNow.AddDays(-1)),
            "other host" => Certificates.Leaf("other.test"),
            _ => Certificates.Leaf(TestCertificates.HostName),
        };
        (_, IPEndPoint endpoint) = await BindTlsAsync(new TlsServer(TlsCertificate.From(certificate, Certificates.Chain)));
        FlexTlsException cause = await FailToConnectAsync(endpoint, kind == "unknown root" ? new TlsClient { ServerName = TestCertificates.HostName } : Client());
        Assert.Contains(causes, each => cause.Message.Contains(each, StringComparison.Ordinal));
        Assert.Contains(endpoint.ToString(), cause.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_callback_decides_on_the_servers_certificate()
    {
        using X509Certificate2 certificate = Certificates.Leaf("other.test");
        (_, IPEndPoint endpoint) = await BindTlsAsync(new TlsServer(TlsCertificate.From(certificate)));
        TestProbe client = await ConnectAsync(endpoint, new TlsClient
        {
            ServerName = TestCertificates.HostName,
            ValidateServerCertificate = (shown, _, errors) =>
                errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) && shown!.Thumbprint == certificate.Thumbprint,
        });
        await client.ExpectMsgAsync<TlsNegotiated>(Patience);
    }

    [Fact]
    public async Task A_server_without_TLS_fails_the_connect()
    {
        (TestProbe plain, IPEndPoint endpoint) = await BindAsync();
        Task<FlexTlsException> failed = FailToConnectAsync(endpoint, Client());
        await plain.ExpectMsgAsync<Tcp.Connected>(Patience);
        IActorRef connection = plain.LastSender;
        connection.Tell(new Tcp.Register(plain), plain);
        await plain.ExpectMsgAsync<Tcp.Received>(Patience);
        connection.Tell(Tcp.Write.Create(ByteString.FromString("220 mail.test ESMTP\r\n")), plain);
        Assert.Contains("something else than TLS, \"220 mail.test", (await failed).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_that_is_silent_fails_the_connect_in_time(bool byCommand)
    {
        using Socket silent = new(SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen();
        TestProbe commander = CreateTestProbe();
        TlsClient option = new() { ServerName = TestCertificates.HostName, HandshakeTimeoutMs = byCommand ? null : 200 };
        Sys.FlexTcp().Tell(
            new Tcp.Connect(silent.LocalEndPoint!, options: [option], timeout: byCommand ? TimeSpan.FromMilliseconds(500) : null), commander);
        Tcp.CommandFailed failed = await commander.ExpectMsgAsync<Tcp.CommandFailed>(Patience);
        Assert.Contains("took longer than", Assert.IsType<FlexTlsException>(failed.Cause.Value).Message, StringComparison.Ordinal);
        await AssertNoTlsIsLeftAsync();
    }

    [Fact]
    public async Task A_server_that_goes_away_fails_the_connect()
    {
        using Socket listener = new(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Task<FlexTlsException> failed = FailToConnectAsync((IPEndPoint)listener.LocalEndPoint!, Client());
        using (Socket accepted = await listener.AcceptAsync())
        {
            await ReceiveExactlyAsync(accepted, 100);
            accepted.Shutdown(SocketShutdown.Send);
            Assert.Contains("ended the connection", (await failed).Message, StringComparison.Ordinal);
        }
    }

    private TlsClient Client() => new() { ServerName = TestCertificates.HostName, TrustedRoots = Certificates.Roots };

    private async Task<TestProbe> ConnectAsync(EndPoint endpoint, TlsClient option, bool pooled = false)
    {
        TestProbe client = CreateTestProbe();
        Sys.FlexTcp().Tell(new Tcp.Connect(endpoint, options: [option]), client);
        await client.ExpectMsgAsync<Tcp.Connected>(Patience);
        client.LastSender.Tell(pooled ? new RegisterPooled(client) : new Tcp.Register(client), client);
        return client;
    }

    private async Task<FlexTlsException> FailToConnectAsync(IPEndPoint endpoint, TlsClient option)
    {
        TestProbe client = CreateTestProbe();
        Sys.FlexTcp().Tell(new Tcp.Connect(endpoint, options: [option]), client);
        Tcp.CommandFailed failed = await client.ExpectMsgAsync<Tcp.CommandFailed>(Patience);
        return Assert.IsType<FlexTlsException>(failed.Cause.Value);
    }

    private static async Task<WebApplication> StartKestrelAsync(X509Certificate2 certificate, X509Certificate2Collection chain)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate, options => options.ServerCertificateChain = chain)));
        WebApplication application = builder.Build();
        application.MapGet("/", () => "hello of Kestrel");
        await application.StartAsync();
        return application;
    }

    private static IPEndPoint EndPointOf(WebApplication kestrel)
    {
        string address = kestrel.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new IPEndPoint(IPAddress.Loopback, new Uri(address).Port);
    }
}

public sealed class TlsClientOnIoUringSpec() : TlsClientSpec(OnIoUring);

public sealed class TlsClientOnInlineCallsSpec() : TlsClientSpec(OnInlineCalls);
