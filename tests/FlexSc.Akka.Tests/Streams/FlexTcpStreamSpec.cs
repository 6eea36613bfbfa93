using System.Net;
using System.Net.Sockets;
using Akka.Configuration;
using Akka.IO;
using Akka.Pattern;
using Akka.Streams;
using Akka.Streams.Dsl;
using FlexSc.Akka.Streams;
using Xunit;
using StreamTcp = Akka.Streams.Dsl.Tcp;

namespace FlexSc.Akka.Tests.Streams;

/// <summary>TCP streams beside Akka.Streams' own: the same bytes, ends and addresses.</summary>
public abstract class FlexTcpStreamSpec(string config) : TcpStreamFixture(config)
{
    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Bytes_come_back_whatever_the_pieces_and_whoever_serves(bool serverIsFlexSc, bool clientIsFlexSc)
    {
        StreamTcp.ServerBinding binding = await ServeEchoAsync(TcpStreams.Of(serverIsFlexSc, Sys).Bind());
        TcpStreams client = TcpStreams.Of(clientIsFlexSc, Sys);
        for (int seed = 1; seed <= 12; seed++)
        {
            (byte[] all, IReadOnlyList<ByteString> chunks) = RandomChunks(new Random(seed));
            byte[] echoed = await Source.From(chunks).Via(client.Connect(binding.LocalAddress)).RunWith(AllBytes(), Materializer).WaitAsync(Deadline);
            Assert.True(all.AsSpan().SequenceEqual(echoed), $"seed {seed}: {all.Length} bytes went, {echoed.Length} came back, or others");
        }

        await binding.Unbind().WaitAsync(Deadline);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Lines_and_frames_are_found_again_however_they_were_cut()
    {
        StreamTcp.ServerBinding binding = await ServeAsync(TcpStreams.FlexSc(Sys).Bind(), connection => connection.HandleWith(
            Framing.Delimiter(ByteString.FromString("\n"), 10_000).Select(line => ByteString.FromString($"{line.Count}:") + line + ByteString.FromString("\n")),
            Materializer));
        Random random = new(5);
        string[] lines = [.. Enumerable.Range(0, 500).Select(i => new string((char)('a' + (i % 26)), random.Next(200)))];
        byte[] text = System.Text.Encoding.ASCII.GetBytes(string.Concat(lines.Select(line => line + "\n")));
        IEnumerable<ByteString> pieces = text.Chunk(7).Select(piece => ByteString.FromBytes(piece));
        IReadOnlyList<string> answers = await Source.From(pieces).Via(TcpStreams.FlexSc(Sys).Connect(binding.LocalAddress))
            .Via(Framing.Delimiter(ByteString.FromString("\n"), 10_000)).Select(line => line.ToString())
            .RunWith(Sink.Seq<string>(), Materializer).WaitAsync(Deadline);
        Assert.Equal(lines.Select(line => $"{line.Length}:{line}"), answers);

        StreamTcp.ServerBinding frames = await ServeEchoAsync(TcpStreams.FlexSc(Sys).Bind());
        ByteString[] messages = [.. Enumerable.Range(0, 300).Select(i => ByteString.FromBytes(new byte[random.Next(3000)]))];
        IReadOnlyList<int> lengths = await Source.From(messages)
            .Via(Framing.SimpleFramingProtocol(3000).Join(TcpStreams.FlexSc(Sys).Connect(frames.LocalAddress)))
            .Select(message => message.Count).RunWith(Sink.Seq<int>(), Materializer).WaitAsync(Deadline);
        Assert.Equal(messages.Select(message => message.Count), lengths);
        await binding.Unbind().WaitAsync(Deadline);
        await frames.Unbind().WaitAsync(Deadline);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task The_addresses_are_told()
    {
        TaskCompletionSource<StreamTcp.IncomingConnection> accepted = new();
        StreamTcp.ServerBinding binding = await ServeAsync(TcpStreams.FlexSc(Sys).Bind(), connection =>
        {
            accepted.TrySetResult(connection);
            connection.HandleWith(Flow.Create<ByteString>(), Materializer);
        });
        (TaskCompletionSource<ByteString> end, Task<StreamTcp.OutgoingConnection> connecting) = Source.Maybe<ByteString>()
            .ViaMaterialized(TcpStreams.FlexSc(Sys).Connect(binding.LocalAddress), Keep.Both).To(Sink.Ignore<ByteString>()).Run(Materializer);
        StreamTcp.OutgoingConnection outgoing = await connecting.WaitAsync(Deadline);
        StreamTcp.IncomingConnection incoming = await accepted.Task.WaitAsync(Deadline);
        Assert.Equal(binding.LocalAddress, outgoing.RemoteAddress);
        Assert.Equal(outgoing.LocalAddress, incoming.RemoteAddress);
        Assert.Equal(binding.LocalAddress, incoming.LocalAddress);
        end.SetResult(null!);
        await binding.Unbind().WaitAsync(Deadline);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Names_are_resolved_to_bind_and_to_connect()
    {
        FlexTcpStreamExt streams = Sys.FlexTcpStream();
        StreamTcp.ServerBinding binding = await streams.BindAndHandle(Flow.Create<ByteString>(), Materializer, "localhost", 0).WaitAsync(Deadline);
        int port = ((IPEndPoint)binding.LocalAddress).Port;
        byte[] echoed = await Source.Single(ByteString.FromString("by name")).Via(streams.OutgoingConnection("localhost", port))
            .RunWith(AllBytes(), Materializer).WaitAsync(Deadline);
        Assert.Equal("by name"u8.ToArray(), echoed);
        await binding.Unbind().WaitAsync(Deadline);
        await Assert.ThrowsAsync<StreamTcpException>(
            () => streams.Bind("no.such.name.invalid", 0).To(Sink.Ignore<StreamTcp.IncomingConnection>()).Run(Materializer).WaitAsync(Deadline));
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_port_that_is_in_use_and_one_where_nobody_listens_are_told_with_their_cause()
    {
        using Socket taken = NewListener();
        int port = ((IPEndPoint)EndPointOf(taken)).Port;
        (Task<StreamTcp.ServerBinding> binding, Task completion) = TcpStreams.FlexSc(Sys).Bind(port)
            .ToMaterialized(Sink.Ignore<StreamTcp.IncomingConnection>(), Keep.Both).Run(Materializer);
        StreamTcpException inUse = await Assert.ThrowsAsync<StreamTcpException>(() => binding.WaitAsync(Deadline));
        Assert.Equal(SocketError.AddressAlreadyInUse, Assert.IsAssignableFrom<SocketException>(inUse.InnerException).SocketErrorCode);
        Assert.Same(inUse, await Assert.ThrowsAsync<StreamTcpException>(() => completion.WaitAsync(Deadline)));

        taken.Dispose();
        (Task<StreamTcp.OutgoingConnection> connecting, Task<byte[]> bytes) = Source.Maybe<ByteString>()
            .ViaMaterialized(TcpStreams.FlexSc(Sys).Connect(new IPEndPoint(IPAddress.Loopback, port)), Keep.Right)
            .ToMaterialized(AllBytes(), Keep.Both).Run(Materializer);
        StreamTcpException refused = await Assert.ThrowsAsync<StreamTcpException>(() => connecting.WaitAsync(Deadline));
        Assert.Equal(SocketError.ConnectionRefused, Assert.IsAssignableFrom<SocketException>(refused.InnerException).SocketErrorCode);
        Assert.Same(refused, await Assert.ThrowsAsync<StreamTcpException>(() => bytes.WaitAsync(Deadline)));
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Unbinding_completes_the_source_and_frees_the_port_however_often_it_is_asked_for()
    {
        (Task<StreamTcp.ServerBinding> binding, Task completion) = TcpStreams.FlexSc(Sys).Bind()
            .ToMaterialized(Sink.Ignore<StreamTcp.IncomingConnection>(), Keep.Both).Run(Materializer);
        StreamTcp.ServerBinding bound = await binding.WaitAsync(Deadline);
        await Task.WhenAll(bound.Unbind(), bound.Unbind()).WaitAsync(Deadline);
        await bound.Unbind().WaitAsync(Deadline);
        await completion.WaitAsync(Deadline);
        using Socket again = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        again.Bind(bound.LocalAddress);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Cancelling_the_connections_unbinds()
    {
        StreamTcp.ServerBinding binding = await TcpStreams.FlexSc(Sys).Bind().Take(1)
            .To(Sink.ForEach<StreamTcp.IncomingConnection>(connection => connection.HandleWith(Flow.Create<ByteString>(), Materializer)))
            .Run(Materializer).WaitAsync(Deadline);
        using Socket first = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.Equal(SocketError.ConnectionReset, await ConnectToEndAsync(first, (IPEndPoint)binding.LocalAddress));
        await AwaitAssertAsync(
            async () =>
            {
                using Socket second = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                SocketException refused = await Assert.ThrowsAsync<SocketException>(async () => await second.ConnectAsync(binding.LocalAddress));
                Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
            },
            Deadline);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Connections_wait_for_whoever_takes_them()
    {
        (Task<StreamTcp.ServerBinding> binding, ISinkQueue<StreamTcp.IncomingConnection> queue) = TcpStreams.FlexSc(Sys).Bind()
            .ToMaterialized(Sink.Queue<StreamTcp.IncomingConnection>().WithAttributes(Attributes.CreateInputBuffer(1, 1)), Keep.Both).Run(Materializer);
        StreamTcp.ServerBinding bound = await binding.WaitAsync(Deadline);
        Task<byte[]>[] clients = [.. Enumerable.Range(0, 20).Select(i => Source.Single(ByteString.FromString($"client {i}"))
            .Via(TcpStreams.FlexSc(Sys).Connect(bound.LocalAddress)).RunWith(AllBytes(), Materializer))];
        for (int i = 0; i < clients.Length; i++)
        {
            StreamTcp.IncomingConnection connection = (await queue.PullAsync().WaitAsync(Deadline)).Value;
            connection.HandleWith(Flow.Create<ByteString>(), Materializer);
        }

        byte[][] echoed = await Task.WhenAll(clients).WaitAsync(Deadline);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"client {i}"), echoed.Select(System.Text.Encoding.ASCII.GetString));
        await bound.Unbind().WaitAsync(Deadline);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task An_accepted_connections_flow_runs_once()
    {
        TaskCompletionSource<StreamTcp.IncomingConnection> accepted = new();
        StreamTcp.ServerBinding binding = await ServeAsync(TcpStreams.FlexSc(Sys).Bind(), connection => accepted.TrySetResult(connection));
        using Socket peer = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(binding.LocalAddress);
        StreamTcp.IncomingConnection incoming = await accepted.Task.WaitAsync(Deadline);
        incoming.HandleWith(Flow.Create<ByteString>(), Materializer);
        Exception twice = Assert.ThrowsAny<Exception>(() => incoming.HandleWith(Flow.Create<ByteString>(), Materializer));
        Assert.Contains("twice", (twice as IllegalStateException ?? twice.InnerException ?? twice).Message, StringComparison.Ordinal);
        await binding.Unbind().WaitAsync(Deadline);
        await AssertNothingIsLeftAsync();
    }
}

public sealed class FlexTcpStreamOnIoUringSpec() : FlexTcpStreamSpec("flexsc.loops.backend = io-uring");

public sealed class FlexTcpStreamOnSyscallThreadsSpec() : FlexTcpStreamSpec("flexsc.loops.backend = syscall-threads");

/// <summary>Where FlexSC is switched off the same streams run over Akka.IO's sockets.</summary>
public sealed class FlexTcpStreamSwitchedOffSpec()
    : global::Akka.TestKit.Xunit2.TestKit(ConfigurationFactory.ParseString("akka.loglevel = ERROR\nflexsc.enabled = off"))
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Bytes_come_back_and_a_port_in_use_is_told()
    {
        using ActorMaterializer materializer = Sys.Materializer();
        FlexTcpStreamExt streams = Sys.FlexTcpStream();
        StreamTcp.ServerBinding binding = await streams.BindAndHandle(Flow.Create<ByteString>(), materializer, "127.0.0.1", 0).WaitAsync(Deadline);
        string[] sent = [.. Enumerable.Range(0, 500).Select(i => $"element {i};")];
        ByteString echoed = await Source.From(sent).Select(text => ByteString.FromString(text)).Via(streams.OutgoingConnection(binding.LocalAddress))
            .RunAggregate(ByteString.Empty, (all, more) => all + more, materializer).WaitAsync(Deadline);
        Assert.Equal(string.Concat(sent), echoed.ToString());
        await Assert.ThrowsAsync<StreamTcpException>(() => streams.Bind(binding.LocalAddress)
            .To(Sink.Ignore<StreamTcp.IncomingConnection>()).Run(materializer).WaitAsync(Deadline));
        await binding.Unbind().WaitAsync(Deadline);
    }
}

/// <summary>What is set wrongly is told.</summary>
public sealed class StreamSettingsSpec() : TcpStreamFixture("flexsc.streams { tcp { max-writes-in-fligth = 3, read-ahead-bytes = 0 } }")
{
    [Fact]
    public async Task A_value_out_of_range_is_told_with_its_key_and_an_unknown_key_with_the_nearest() =>
        await EventFilter.Warning(contains: "flexsc.streams.tcp.max-writes-in-fligth is not known and has no effect; the nearest one is flexsc.streams.tcp.max-writes-in-flight")
            .ExpectOneAsync(() =>
            {
                ConfigurationException outOfRange = Assert.ThrowsAny<ConfigurationException>(() => Sys.FlexTcpStream());
                Assert.Contains("flexsc.streams.tcp.read-ahead-bytes must be a number from 1 to 1073741824, not '0'", outOfRange.ToString(), StringComparison.Ordinal);
                return Task.CompletedTask;
            });
}
