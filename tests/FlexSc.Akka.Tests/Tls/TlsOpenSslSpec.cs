using System.Diagnostics;
using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.Tls;

/// <summary>OpenSSL's own client, of both versions.</summary>
public abstract class TlsOpenSslSpec(string config) : TlsFixture($"flexsc.loops.count = 2\n{config}")
{
    private const string Program = "/usr/bin/openssl";

    [SkippableTheory]
    [InlineData("-tls1_2", SslProtocols.Tls12)]
    [InlineData("-tls1_3", SslProtocols.Tls13)]
    public async Task It_checks_the_chain_and_the_name_and_talks(string version, SslProtocols protocol)
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync();
        using TemporaryPem root = TestCertificates.WritePem(Certificates.Root, []);
        using Process client = Start(
            endpoint, version, "-quiet", "-no_ign_eof", "-CAfile", root.CertificatePath, "-verify_return_error", "-verify_hostname", TestCertificates.HostName);
        (IActorRef connection, TestProbe handler) = await AcceptAsync(bind, protocol);

        await client.StandardInput.WriteLineAsync("ping");
        await client.StandardInput.FlushAsync();
        Assert.Equal("ping\n", (await handler.ExpectMsgAsync<Tcp.Received>(Patience)).Data.ToString());
        connection.Tell(Tcp.Write.Create(ByteString.FromString("pong\n")), handler);
        Assert.Equal("pong", await client.StandardOutput.ReadLineAsync().WaitAsync(Patience));

        // It says close_notify at the end of its input.
        client.StandardInput.Close();
        await handler.ExpectMsgAsync<Tcp.PeerClosed>(Patience);
        await client.WaitForExitAsync().WaitAsync(Patience);
        Assert.Equal(0, client.ExitCode);
        await AssertNoTlsIsLeftAsync();
    }

    [SkippableTheory]
    [InlineData("-tls1_2", SslProtocols.Tls12)]
    [InlineData("-tls1_3", SslProtocols.Tls13)]
    public async Task It_takes_our_end_for_an_orderly_one(string version, SslProtocols protocol)
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync();
        using Process client = Start(endpoint, version, "-msg");
        (IActorRef connection, TestProbe handler) = await AcceptAsync(bind, protocol);
        Task<string> output = client.StandardOutput.ReadToEndAsync();
        connection.Tell(Tcp.Close.Instance, handler);
        await handler.ExpectMsgAsync<Tcp.Closed>(Patience);
        await client.WaitForExitAsync().WaitAsync(Patience);
        Assert.Contains("<<< " + (protocol == SslProtocols.Tls12 ? "TLS 1.2" : "TLS 1.3") + ", Alert [length 0002], warning close_notify", await output, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_new_key_of_TLS_1_3_is_taken_in_the_middle(bool moves)
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync();
        using Process client = Start(endpoint, "-tls1_3");
        (IActorRef connection, TestProbe handler) = await AcceptAsync(bind, SslProtocols.Tls13);

        // K, as the first letter of what it reads, has the client update its key and ask for the same of ours.
        await client.StandardInput.WriteAsync("before\n");
        await client.StandardInput.FlushAsync();
        Assert.Equal("before\n", (await handler.ExpectMsgAsync<Tcp.Received>(Patience)).Data.ToString());
        await client.StandardInput.WriteAsync("K\n");
        await client.StandardInput.FlushAsync();
        while (await client.StandardError.ReadLineAsync().WaitAsync(Patience) != "KEYUPDATE")
        {
            Assert.False(client.HasExited);
        }

        if (moves)
        {
            // The record that says so carries nothing: the read that took it waits for the next one, on whatever loop that comes.
            TcpConnection own = (TcpConnection)connection;
            await AwaitConditionAsync(() => own.ActorLoop.RunAsync(() => Task.FromResult(own.Tls!.Transport.IsReading)), Patience);
            Assert.Null(await own.MoveAsync(Extension.Group.StartedLoops[1 - own.ActorLoop.Index]).WaitAsync(Patience));
        }

        connection.Tell(Tcp.Write.Create(ByteString.FromString("of the server\n")), handler);
        await client.StandardInput.WriteAsync("after\n");
        await client.StandardInput.FlushAsync();
        Assert.Equal("after\n", (await handler.ExpectMsgAsync<Tcp.Received>(Patience)).Data.ToString());

        // Not before it has read what the server wrote: at the end of its input it ends.
        string? line;
        do
        {
            line = await client.StandardOutput.ReadLineAsync().WaitAsync(Patience);
            Assert.NotNull(line);
        }
        while (!line.EndsWith("of the server", StringComparison.Ordinal));

        client.StandardInput.Close();
        await handler.ExpectMsgAsync<Tcp.PeerClosed>(Patience);
    }

    [SkippableFact]
    public async Task Renegotiation_is_refused()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync();
        using Process client = Start(endpoint, "-tls1_2");
        (_, TestProbe handler) = await AcceptAsync(bind, SslProtocols.Tls12);
        await client.StandardInput.WriteAsync("R\n");
        await client.StandardInput.FlushAsync();
        Assert.StartsWith("TLS: ", (await handler.ExpectMsgAsync<Tcp.ErrorClosed>(Patience)).Cause, StringComparison.Ordinal);
        string errors = await client.StandardError.ReadToEndAsync().WaitAsync(Patience);
        Assert.Contains("RENEGOTIATING", errors, StringComparison.Ordinal);
        await client.WaitForExitAsync().WaitAsync(Patience);
        Assert.NotEqual(0, client.ExitCode);
        await AssertNoTlsIsLeftAsync();
    }

    [SkippableFact]
    public async Task It_shows_a_certificate_of_its_own()
    {
        TlsServer server = new(TlsCertificate.From(Certificates.Server, Certificates.Chain))
        {
            ClientCertificates = TlsClientCertificates.Required,
            TrustedRoots = Certificates.Roots,
        };
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync(server);
        using X509Certificate2 own = Certificates.Leaf("client");
        using TemporaryPem files = TestCertificates.WritePem(own, Certificates.Chain);
        using Process client = Start(
            endpoint, "-tls1_3", "-quiet", "-cert", files.CertificatePath, "-cert_chain", files.CertificatePath, "-key", files.KeyPath);
        await bind.ExpectMsgAsync<Tcp.Connected>(Patience);
        Assert.Equal(own.Thumbprint, FlexTcp.NegotiatedOf(bind.LastSender)!.PeerCertificate!.Thumbprint);
        client.Kill();
    }

    private static Process Start(IPEndPoint endpoint, params string[] arguments)
    {
        Skip.IfNot(File.Exists(Program), "openssl is not installed: apt-get install openssl");
        ProcessStartInfo start = new(Program, ["s_client", "-connect", endpoint.ToString(), "-servername", TestCertificates.HostName, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }

    private async Task<(IActorRef Connection, TestProbe Handler)> AcceptAsync(TestProbe bind, SslProtocols protocol)
    {
        await bind.ExpectMsgAsync<Tcp.Connected>(Patience);
        IActorRef connection = bind.LastSender;
        TestProbe handler = CreateTestProbe();
        connection.Tell(new Tcp.Register(handler), bind);
        TlsNegotiated negotiated = await handler.ExpectMsgAsync<TlsNegotiated>(Patience);
        Assert.Equal((protocol, TestCertificates.HostName), (negotiated.Protocol, negotiated.ServerName));
        return (connection, handler);
    }
}

public sealed class TlsOpenSslOnIoUringSpec() : TlsOpenSslSpec(OnIoUring);

public sealed class TlsOpenSslOnInlineCallsSpec() : TlsOpenSslSpec(OnInlineCalls);
