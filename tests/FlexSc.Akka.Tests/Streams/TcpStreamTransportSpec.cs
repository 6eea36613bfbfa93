using System.Net;
using System.Net.Sockets;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.Dsl;
using FlexSc.Akka.IO;
using FlexSc.Akka.Streams;
using FlexSc.Akka.Tests.Equality;
using FlexSc.Akka.Tests.Tls;
using Xunit;
using StreamTcp = Akka.Streams.Dsl.Tcp;

namespace FlexSc.Akka.Tests.Streams;

/// <summary>The same streams over TLS and over Unix sockets: options and addresses alone differ.</summary>
public abstract class TcpStreamTransportSpec(string config) : TcpStreamFixture(config)
{
    [Fact]
    public async Task Tls_is_an_option_of_both_sides()
    {
        using TestCertificates certificates = new();
        FlexTcpStreamExt streams = Sys.FlexTcpStream();
        TlsServer server = new(TlsCertificate.From(certificates.Server, certificates.Chain));
        TlsClient client = new() { ServerName = TestCertificates.HostName, TrustedRoots = certificates.Roots };
        StreamTcp.ServerBinding binding = await ServeEchoAsync(streams.Bind("127.0.0.1", 0, options: [server]));
        for (int seed = 1; seed <= 6; seed++)
        {
            (byte[] all, IReadOnlyList<ByteString> chunks) = RandomChunks(new Random(seed));
            byte[] echoed = await Source.From(chunks).Via(streams.OutgoingConnection(binding.LocalAddress, options: [client]))
                .RunWith(AllBytes(), Materializer).WaitAsync(Deadline);
            Assert.True(all.AsSpan().SequenceEqual(echoed), $"seed {seed}: {all.Length} bytes went, {echoed.Length} came back, or others");
        }

        // Neither side speaks plainly, and a certificate that nobody vouches for is refused.
        Task<StreamTcp.OutgoingConnection> untrusting = Source.Maybe<ByteString>()
            .ViaMaterialized(streams.OutgoingConnection(binding.LocalAddress, options: [new TlsClient { ServerName = TestCertificates.HostName }]), Keep.Right)
            .To(Sink.Ignore<ByteString>()).Run(Materializer);
        StreamTcpException refused = await Assert.ThrowsAsync<StreamTcpException>(() => untrusting.WaitAsync(Deadline));
        Assert.IsType<FlexTlsException>(refused.InnerException);
        (TaskCompletionSource<ByteString> rest, Task<byte[]> plain) = Source.Single(ByteString.FromString("GET / HTTP/1.1\r\n\r\n"))
            .ConcatMaterialized(Source.Maybe<ByteString>(), Keep.Right)
            .Via(streams.OutgoingConnection(binding.LocalAddress)).ToMaterialized(AllBytes(), Keep.Both).Run(Materializer);
        Exception? end = await Record.ExceptionAsync(() => plain.WaitAsync(Deadline));
        rest.TrySetResult(null!);
        Assert.True(end is StreamTcpException || (end is null && (await plain).Length < 100), $"{end}");
        await binding.Unbind().WaitAsync(Deadline);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task An_end_of_tls_without_notice_fails_the_stream()
    {
        using TestCertificates certificates = new();
        TlsClient client = new() { ServerName = TestCertificates.HostName, TrustedRoots = certificates.Roots };
        using Socket listener = NewListener();
        Task<byte[]> bytes = Source.Never<ByteString>().Via(Sys.FlexTcpStream().OutgoingConnection(EndPointOf(listener), options: [client]))
            .RunWith(AllBytes(), Materializer);
        using Socket peer = await AcceptAsync(listener);
        using System.Net.Security.SslStream tls = new(new NetworkStream(peer));
        await tls.AuthenticateAsServerAsync(new System.Net.Security.SslServerAuthenticationOptions
        {
            ServerCertificateContext = System.Net.Security.SslStreamCertificateContext.Create(certificates.Server, certificates.Chain),
        }).WaitAsync(Deadline);
        await tls.WriteAsync("cut o"u8.ToArray()).AsTask().WaitAsync(Deadline);
        peer.Shutdown(SocketShutdown.Send);
        StreamTcpException cut = await Assert.ThrowsAsync<StreamTcpException>(() => bytes.WaitAsync(Deadline));
        Assert.Contains("without close_notify", cut.Message, StringComparison.Ordinal);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_unix_socket_is_an_address_like_another()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("flexsc-stream-").FullName, "socket");
        FlexTcpStreamExt streams = Sys.FlexTcpStream();
        UnixDomainSocketEndPoint address = new(path);
        StreamTcp.ServerBinding binding = await streams.BindAndHandle(
            Flow.Create<ByteString>(), Materializer, address,
            options: [UnixSocketOptions.PathMode(UnixFileMode.UserRead | UnixFileMode.UserWrite)]).WaitAsync(Deadline);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(path).UnixFileMode);
        for (int seed = 1; seed <= 6; seed++)
        {
            (byte[] all, IReadOnlyList<ByteString> chunks) = RandomChunks(new Random(seed));
            byte[] echoed = await Source.From(chunks).Via(streams.OutgoingConnection(address)).RunWith(AllBytes(), Materializer).WaitAsync(Deadline);
            Assert.True(all.AsSpan().SequenceEqual(echoed), $"seed {seed}: {all.Length} bytes went, {echoed.Length} came back, or others");
        }

        await binding.Unbind().WaitAsync(Deadline);
        Assert.False(File.Exists(path));
        await Assert.ThrowsAsync<StreamTcpException>(
            () => Source.Never<ByteString>().Via(streams.OutgoingConnection(address)).RunWith(AllBytes(), Materializer).WaitAsync(Deadline));
        await AssertNothingIsLeftAsync();
        Directory.Delete(Path.GetDirectoryName(path)!);
    }

    [Fact]
    public async Task Options_and_a_local_address_are_those_of_the_socket()
    {
        using Socket listener = NewListener();
        Task<StreamTcp.OutgoingConnection> connecting = Source.Single(ByteString.FromString("x"))
            .ViaMaterialized(
                Sys.FlexTcpStream().OutgoingConnection(
                    EndPointOf(listener), new IPEndPoint(IPAddress.Parse("127.0.0.3"), 0), [new Inet.SO.ReuseAddress(true)], connectionTimeout: Deadline),
                Keep.Right)
            .To(Sink.Ignore<ByteString>()).Run(Materializer);
        using Socket peer = await AcceptAsync(listener);
        Assert.Equal(IPAddress.Parse("127.0.0.3"), ((IPEndPoint)(await connecting.WaitAsync(Deadline)).LocalAddress).Address);
        Assert.Equal("1 bytes, FIN", await EqualityBench.PeerEndAsync(peer));
        peer.Dispose();
        await AssertNothingIsLeftAsync();
    }
}

public sealed class TcpStreamTransportOnIoUringSpec() : TcpStreamTransportSpec("flexsc.loops.backend = io-uring");

public sealed class TcpStreamTransportOnSyscallThreadsSpec() : TcpStreamTransportSpec("flexsc.loops.backend = syscall-threads");
