using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Tests.IO;
using FlexSc.Akka.Tests.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.Tls;

/// <summary>A TLS listener whose handler is a probe, with SslStreams of the runtime as peers.</summary>
public abstract class TlsFixture(string config) : TcpFixture(config)
{
    protected const string OnIoUring = "flexsc.loops.backend = io-uring";
    protected const string OnInlineCalls = "flexsc.loops.backend = syscall-threads";

    /// <summary>As long as the slowest machine may take.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private protected TestCertificates Certificates { get; } = new();

    protected TlsServer Server() => new(TlsCertificate.From(Certificates.Server, Certificates.Chain));

    protected async Task<(TestProbe Handler, IPEndPoint Endpoint)> BindTlsAsync(TlsServer? server = null, bool pullMode = false) =>
        await BindAsync(pullMode, [server ?? Server()]);

    /// <summary>A peer that has shaken hands, and the connection as its handler has it.</summary>
    private protected async Task<TlsPair> ConnectTlsAsync(
        TestProbe bindHandler,
        IPEndPoint endpoint,
        bool keepOpen = false,
        bool pooled = false,
        SslClientAuthenticationOptions? options = null,
        Func<Socket, Stream>? transport = null)
    {
        (SslStream peer, Socket socket) = await ShakeHandsAsync(endpoint, options, transport);
        await bindHandler.ExpectMsgAsync<Tcp.Connected>(Patience);
        IActorRef connection = bindHandler.LastSender;
        TestProbe handler = CreateTestProbe();
        connection.Tell(pooled ? new RegisterPooled(handler, keepOpen) : new Tcp.Register(handler, keepOpen), bindHandler);
        TlsNegotiated negotiated = await handler.ExpectMsgAsync<TlsNegotiated>(Patience);
        return new TlsPair(peer, socket, connection, handler, negotiated);
    }

    /// <summary>A peer with TLS or without, and the connection, which nobody has registered with.</summary>
    /// <param name="bindHandler">The bind handler.</param>
    /// <param name="endpoint">Where it listens.</param>
    /// <param name="options">What is negotiated; null for no TLS.</param>
    protected async Task<(Stream Peer, IActorRef Connection)> ConnectStreamAsync(
        TestProbe bindHandler, IPEndPoint endpoint, SslClientAuthenticationOptions? options)
    {
        if (options is null)
        {
            TcpPair pair = await ConnectAsync(bindHandler, endpoint, register: false);
            return (new NetworkStream(pair.Peer, ownsSocket: true), pair.Connection);
        }

        (SslStream peer, _) = await ShakeHandsAsync(endpoint, options);
        await bindHandler.ExpectMsgAsync<Tcp.Connected>(Patience);
        return (peer, bindHandler.LastSender);
    }

    protected async Task<(SslStream Peer, Socket Socket)> ShakeHandsAsync(
        IPEndPoint endpoint, SslClientAuthenticationOptions? options = null, Func<Socket, Stream>? transport = null)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endpoint);
        SslStream peer = new(transport?.Invoke(socket) ?? new NetworkStream(socket, ownsSocket: true));
        using CancellationTokenSource patience = new(Patience);
        try
        {
            await peer.AuthenticateAsClientAsync(options ?? ClientOptions(), patience.Token);
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }

        return (peer, socket);
    }

    protected SslClientAuthenticationOptions ClientOptions(SslProtocols protocols = SslProtocols.None, string host = TestCertificates.HostName) => new()
    {
        TargetHost = host,
        EnabledSslProtocols = protocols,
        CertificateChainPolicy = new System.Security.Cryptography.X509Certificates.X509ChainPolicy
        {
            TrustMode = System.Security.Cryptography.X509Certificates.X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { Certificates.Root },
            RevocationMode = System.Security.Cryptography.X509Certificates.X509RevocationMode.NoCheck,
        },
    };

    protected static async Task<byte[]> ReadExactlyAsync(Stream stream, int bytes)
    {
        byte[] received = new byte[bytes];
        using CancellationTokenSource patience = new(Patience);
        await stream.ReadExactlyAsync(received, patience.Token);
        return received;
    }

    /// <summary>What the handler is told, up to so many bytes and not beyond.</summary>
    protected static async Task<byte[]> ReceiveAsync(TestProbe handler, bool pooled, int bytes)
    {
        List<byte> received = [];
        while (received.Count < bytes)
        {
            if (pooled)
            {
                PooledReceived reception = await handler.ExpectMsgAsync<PooledReceived>(Patience);
                Assert.InRange(reception.Length, 1, 4096);
                received.AddRange(reception.Span);
                reception.Release();
            }
            else
            {
                received.AddRange((await handler.ExpectMsgAsync<Tcp.Received>(Patience)).Data.ToArray());
            }
        }

        Assert.Equal(bytes, received.Count);
        return [.. received];
    }

    /// <summary>Everything up to close_notify; a bare end of the connection is told by the transport below.</summary>
    protected static async Task<int> ReadToEndAsync(Stream stream)
    {
        byte[] buffer = new byte[4096];
        int total = 0;
        using CancellationTokenSource patience = new(Patience);
        for (int count; (count = await stream.ReadAsync(buffer, patience.Token)) > 0;)
        {
            total += count;
        }

        return total;
    }

    /// <summary>Waits until nothing of any connection is left: no entries, buffers, blocks, and no descriptor beyond those named.</summary>
    protected async Task AssertNoTlsIsLeftAsync(int? sockets = null)
    {
        await AwaitAssertAsync(
            async () =>
            {
                foreach (ActorLoop loop in Extension.Group.StartedLoops)
                {
                    (int connections, int buffers, int blocks) = await loop.RunAsync(() => Task.FromResult(
                        (loop.Io.ConnectionCount, loop.Loop.Buffers.Count - loop.Loop.Buffers.Available, loop.Io.Tcp.SendBlocks.Outstanding)));
                    Assert.Equal((0, 0, 0), (connections, buffers, blocks));
                }

                if (sockets is { } expected)
                {
                    Assert.Equal(expected, LoopDescriptors.CountSockets());
                }
            },
            Patience);
    }

    /// <summary>A probe that gets the handshakes that fail.</summary>
    protected TestProbe SubscribeToFailures()
    {
        TestProbe failures = CreateTestProbe();
        Sys.EventStream.Subscribe(failures, typeof(TlsHandshakeFailed));
        return failures;
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        Certificates.Dispose();
    }
}

internal sealed record TlsPair(SslStream Peer, Socket Socket, IActorRef Connection, TestProbe Handler, TlsNegotiated Negotiated) : IDisposable
{
    public void Dispose()
    {
        Peer.Dispose();
        Socket.Dispose();
    }
}
