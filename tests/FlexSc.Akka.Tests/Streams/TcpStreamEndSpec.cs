using System.Net.Sockets;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.Dsl;
using FlexSc.Akka.Tests.Equality;
using Xunit;
using StreamTcp = Akka.Streams.Dsl.Tcp;

namespace FlexSc.Akka.Tests.Streams;

/// <summary>How streams over a connection end, and how its peer sees that. Each runs on Akka.Streams' own TCP as well and has to end alike.</summary>
public abstract class TcpStreamEndSpec(string config) : TcpStreamFixture(config)
{
    private static readonly byte[] Word = "word"u8.ToArray();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task When_the_stream_in_completes_the_peer_may_still_answer(bool isFlexSc)
    {
        using Ends ends = await ConnectAsync(isFlexSc, halfClose: true);
        await ends.WriteAsync(Word);
        ends.Input.Complete();
        Assert.Equal("4 bytes, FIN", await EqualityBench.PeerEndAsync(ends.Peer));
        await ends.Peer.SendAsync("late"u8.ToArray());
        Assert.Equal("late", await ends.ReadAsync());
        ends.Peer.Shutdown(SocketShutdown.Send);
        Assert.Null(await ends.ReadAsync());
        await AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_half_close_the_end_of_the_stream_in_is_that_of_the_connection(bool isFlexSc)
    {
        using Ends ends = await ConnectAsync(isFlexSc, halfClose: false);
        await ends.WriteAsync(Word);
        ends.Input.Complete();
        Assert.Equal("4 bytes, FIN", await EqualityBench.PeerEndAsync(ends.Peer));
        Assert.Null(await ends.ReadAsync());
        await AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task When_the_peer_ends_the_stream_out_completes_and_the_one_in_goes_on(bool isFlexSc)
    {
        using Ends ends = await ConnectAsync(isFlexSc, halfClose: true);
        await ends.Peer.SendAsync(Word);
        ends.Peer.Shutdown(SocketShutdown.Send);
        Assert.Equal("word", await ends.ReadAsync());
        Assert.Null(await ends.ReadAsync());
        await ends.WriteAsync("still here"u8.ToArray());
        ends.Input.Complete();
        Assert.Equal("10 bytes, FIN", await EqualityBench.PeerEndAsync(ends.Peer));
        await AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task When_the_stream_in_fails_the_connection_is_reset(bool isFlexSc)
    {
        using Ends ends = await ConnectAsync(isFlexSc, halfClose: true);
        ends.Input.Fail(new InvalidOperationException("as told"));
        Assert.Equal("RST", await EqualityBench.PeerEndAsync(ends.Peer));
        StreamTcpException failure = await Assert.ThrowsAsync<StreamTcpException>(ends.ReadAsync);
        Assert.True(!isFlexSc || failure.InnerException is InvalidOperationException { Message: "as told" }, $"{failure}");
        await AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task When_the_stream_out_is_cancelled_what_comes_is_thrown_away_and_the_stream_in_goes_on(bool isFlexSc)
    {
        using Ends ends = await ConnectAsync(isFlexSc, halfClose: true);
        ends.Output.Shutdown();
        Assert.Null(await ends.ReadAsync());
        byte[] megabytes = new byte[8 << 20];
        await ends.Peer.SendAsync(megabytes).WaitAsync(Deadline);
        await ends.WriteAsync(Word);
        Assert.Equal("word", await EqualityBench.ReceiveTextAsync(ends.Peer, Word.Length));
        ends.Input.Complete();

        // By a reset where something has come by then that was not received.
        string end = await EqualityBench.PeerEndAsync(ends.Peer);
        Assert.True(end is "FIN" or "RST", end);
        await AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task When_the_stream_out_fails_the_connection_is_reset(bool isFlexSc)
    {
        using Ends ends = await ConnectAsync(isFlexSc, halfClose: true);
        ends.Output.Abort(new InvalidOperationException("as told"));
        Assert.Equal("RST", await EqualityBench.PeerEndAsync(ends.Peer));
        Exception failure = await Assert.ThrowsAnyAsync<Exception>(ends.ReadAsync);
        Assert.Contains("as told", failure.Message, StringComparison.Ordinal);
        await AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task When_the_peer_resets_the_stream_fails(bool isFlexSc)
    {
        using Ends ends = await ConnectAsync(isFlexSc, halfClose: true);
        await ends.Peer.SendAsync(Word);
        Assert.Equal("word", await ends.ReadAsync());
        Task<string?> next = ends.ReadAsync();
        ends.Peer.Close(timeout: 0);
        StreamTcpException failure = await Assert.ThrowsAsync<StreamTcpException>(() => next);
        Assert.Contains("Connection reset by peer", failure.Message, StringComparison.Ordinal);
        await AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connection_over_which_nothing_passes_ends_by_its_limit(bool isFlexSc)
    {
        using Ends ends = await ConnectAsync(isFlexSc, halfClose: true, TimeSpan.FromMilliseconds(300));
        Task<string?> read = ends.ReadAsync();

        // Stock maps the failure of accepted connections alone.
        TimeoutException failure = await Assert.ThrowsAnyAsync<TimeoutException>(() => read);
        Assert.True(!isFlexSc || failure is TcpIdleTimeoutException { Duration.TotalMilliseconds: 300 }, $"{failure}");
        Assert.Equal("RST", await EqualityBench.PeerEndAsync(ends.Peer));

        StreamTcp.ServerBinding binding = await ServeEchoAsync(TcpStreams.Of(isFlexSc, Sys).Bind(idleTimeout: TimeSpan.FromMilliseconds(300)));
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(binding.LocalAddress);
        Assert.Equal("RST", await EqualityBench.PeerEndAsync(client));
        await binding.Unbind().WaitAsync(Deadline);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task The_end_of_the_materializer_resets_connections_and_closes_listeners()
    {
        ActorMaterializer other = Sys.Materializer(namePrefix: "ending");
        using Socket listener = NewListener();
        Task<StreamTcp.OutgoingConnection> connecting = Source.Maybe<ByteString>()
            .ViaMaterialized(TcpStreams.FlexSc(Sys).Connect(EndPointOf(listener)), Keep.Right).To(Sink.Ignore<ByteString>()).Run(other);
        using Socket peer = await AcceptAsync(listener);
        await connecting.WaitAsync(Deadline);
        StreamTcp.ServerBinding binding = await TcpStreams.FlexSc(Sys).Bind().To(Sink.Ignore<StreamTcp.IncomingConnection>()).Run(other).WaitAsync(Deadline);
        other.Shutdown();
        Assert.Equal("RST", await EqualityBench.PeerEndAsync(peer));
        await binding.Unbind().WaitAsync(Deadline);
        await AwaitAssertAsync(
            () =>
            {
                using Socket again = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                again.Bind(binding.LocalAddress);
            },
            Deadline);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_connection_whose_flow_nobody_runs_is_reset_in_the_end_and_one_that_ended_before_fails_the_flow()
    {
        TaskCompletionSource<StreamTcp.IncomingConnection> accepted = new();
        StreamTcp.ServerBinding binding = await ServeAsync(TcpStreams.FlexSc(Sys).Bind(), connection => accepted.TrySetResult(connection));
        Socket peer = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(binding.LocalAddress);
        StreamTcp.IncomingConnection connection = await accepted.Task.WaitAsync(Deadline);
        await binding.Unbind().WaitAsync(Deadline);
        Assert.Equal("RST", await EqualityBench.PeerEndAsync(peer));
        await AssertNothingIsLeftAsync();
        Task<byte[]> read = connection.HandleWith(
            Flow.FromSinkAndSource(AllBytes(), Source.Maybe<ByteString>(), Keep.Left), Materializer);
        await Assert.ThrowsAsync<StreamTcpException>(() => read.WaitAsync(Deadline));
    }

    [Fact]
    public async Task A_peer_that_speaks_and_ends_at_once_is_heard_and_seen_to_end()
    {
        // Before the connection is seen to be there, as often as it comes so.
        for (int i = 0; i < 200; i++)
        {
            using Ends ends = await ConnectAsync(isFlexSc: true, halfClose: true, awaitConnection: false);
            await ends.Peer.SendAsync(Word);
            ends.Peer.Shutdown(SocketShutdown.Send);
            Assert.Equal("word", await ends.ReadAsync());
            Assert.Null(await ends.ReadAsync());
            ends.Input.Complete();
            Assert.Equal("FIN", await EqualityBench.PeerEndAsync(ends.Peer));
        }

        await AssertNothingIsLeftAsync();
    }

    private async Task<Ends> ConnectAsync(bool isFlexSc, bool halfClose, TimeSpan? idleTimeout = null, bool awaitConnection = true)
    {
        using Socket listener = NewListener();
        (((ISourceQueueWithComplete<ByteString> input, Task<StreamTcp.OutgoingConnection> connecting), UniqueKillSwitch output), ISinkQueue<ByteString> queue) =
            Source.Queue<ByteString>(16, OverflowStrategy.Backpressure)
                .ViaMaterialized(TcpStreams.Of(isFlexSc, Sys).Connect(EndPointOf(listener), halfClose, idleTimeout), Keep.Both)
                .ViaMaterialized(KillSwitches.Single<ByteString>(), Keep.Both)
                .ToMaterialized(Sink.Queue<ByteString>(), Keep.Both)
                .Run(Materializer);
        Socket peer = await AcceptAsync(listener);
        if (awaitConnection)
        {
            await connecting.WaitAsync(Deadline);
        }

        return new Ends(peer, input, output, queue);
    }

    /// <summary>Both ends of a connection: a plain socket, and what goes into and comes out of the stream.</summary>
    private sealed record Ends(Socket Peer, ISourceQueueWithComplete<ByteString> Input, UniqueKillSwitch Output, ISinkQueue<ByteString> Queue) : IDisposable
    {
        public async Task WriteAsync(byte[] bytes) =>
            Assert.IsType<QueueOfferResult.Enqueued>(await Input.OfferAsync(ByteString.FromBytes(bytes)).WaitAsync(Deadline));

        /// <summary>The next element; null at the end.</summary>
        public async Task<string?> ReadAsync()
        {
            global::Akka.Util.Option<ByteString> next = await Queue.PullAsync().WaitAsync(Deadline);
            return next.HasValue ? next.Value.ToString() : null;
        }

        public void Dispose() => Peer.Dispose();
    }
}

public sealed class TcpStreamEndOnIoUringSpec() : TcpStreamEndSpec("flexsc.loops.backend = io-uring");

public sealed class TcpStreamEndOnSyscallThreadsSpec() : TcpStreamEndSpec("flexsc.loops.backend = syscall-threads");
