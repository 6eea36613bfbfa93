using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.Dsl;
using FlexSc.Akka.Streams;
using Xunit;
using Xunit.Abstractions;
using StreamTcp = Akka.Streams.Dsl.Tcp;
using Tcp = Akka.IO.Tcp;

namespace FlexSc.Akka.Tests.Streams;

/// <summary>How much a stream holds of what is not taken, either way: no more than its settings say, and at the end nothing is missing.</summary>
public abstract class TcpStreamBoundsSpec(string config, ITestOutputHelper output)
    : TcpStreamFixture($"{config}\nflexsc.streams.tcp {{ max-writes-in-flight = 16, max-bytes-in-flight = 40000, read-ahead-bytes = 20000 }}")
{
    private const int Megabytes = 16 << 20;
    private const int ElementBytes = 5000;
    private const int KernelBytes = 64 << 10;

    /// <summary>
    /// Linux doubles what is asked for, see socket(7), and there is a buffer on both sides. Each takes in what began below its limit, so
    /// once more of both.
    /// </summary>
    private const int MostInKernel = 8 * KernelBytes;

    private const int MostWritten = 40_000 + ElementBytes;
    private const int MostRead = 20_000 + 4096;

    [Fact]
    public async Task A_peer_that_does_not_read_stops_the_stream_in_within_its_window()
    {
        using Socket listener = NewListener(KernelBytes);
        long produced = 0;
        Source<ByteString, global::Akka.NotUsed> elements = Source.From(Enumerable.Range(0, Megabytes / ElementBytes)).Select(_ =>
        {
            Interlocked.Add(ref produced, ElementBytes);
            return ByteString.FromBytes(new byte[ElementBytes]);
        });
        Task<byte[]> end = elements
            .Via(Sys.FlexTcpStream().OutgoingConnection(EndPointOf(listener), options: [new Inet.SO.SendBufferSize(KernelBytes)]))
            .RunWith(AllBytes(), Materializer);
        using Socket peer = await AcceptAsync(listener);
        await AwaitConditionAsync(() => Task.FromResult(Interlocked.Read(ref produced) >= 40_000), Deadline);

        // What the stages before the connection's hold is theirs: one element each.
        const int MostHeld = MostWritten + MostInKernel + (4 * ElementBytes);
        byte[] piece = new byte[ElementBytes];
        long read = 0;
        long mostHeld = 0;
        int count;
        do
        {
            // However far the stream has come, it is no further ahead of what was read than this.
            mostHeld = Math.Max(mostHeld, Interlocked.Read(ref produced) - read);
            Assert.InRange(mostHeld, 0, MostHeld);
            count = await peer.ReceiveAsync(piece).WaitAsync(Deadline);
            read += count;
        }
        while (count > 0);

        output.WriteLine($"at the most {mostHeld} bytes were produced and not read; window {MostWritten}, kernel up to {MostInKernel}");
        Assert.Equal(Megabytes / ElementBytes * ElementBytes, read);
        peer.Shutdown(SocketShutdown.Send);
        Assert.Empty(await end.WaitAsync(Deadline));
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_stream_that_is_not_pulled_stops_its_peer_within_its_read_ahead()
    {
        using Socket listener = NewListener();
        listener.SendBufferSize = KernelBytes;
        (TaskCompletionSource<ByteString> input, ISinkQueue<ByteString> queue) = Source.Maybe<ByteString>()
            .Via(Sys.FlexTcpStream().OutgoingConnection(EndPointOf(listener), options: [new Inet.SO.ReceiveBufferSize(KernelBytes)]))
            .ToMaterialized(Sink.Queue<ByteString>().WithAttributes(Attributes.CreateInputBuffer(1, 1)), Keep.Both).Run(Materializer);
        using Socket peer = await AcceptAsync(listener);
        peer.SendBufferSize = KernelBytes;
        long sent = 0;
        Task sending = Task.Run(async () =>
        {
            byte[] piece = new byte[1000];
            for (int i = 0; i < Megabytes / piece.Length; i++)
            {
                await peer.SendAsync(piece);
                Interlocked.Add(ref sent, piece.Length);
            }

            peer.Shutdown(SocketShutdown.Send);
        });
        await AwaitConditionAsync(() => Task.FromResult(Interlocked.Read(ref sent) >= 20_000), Deadline);
        const int MostHeld = MostRead + MostInKernel + (2 * 4096);
        long pulled = 0;
        long mostHeld = 0;
        global::Akka.Util.Option<ByteString> next;
        do
        {
            mostHeld = Math.Max(mostHeld, Interlocked.Read(ref sent) - pulled);
            Assert.InRange(mostHeld, 0, MostHeld);
            next = await queue.PullAsync().WaitAsync(Deadline);
            pulled += next.HasValue ? next.Value.Count : 0;
        }
        while (next.HasValue);

        output.WriteLine($"at the most {mostHeld} bytes were sent and not pulled; read ahead {MostRead}, kernel up to {MostInKernel}");
        await sending.WaitAsync(Deadline);
        Assert.Equal(Megabytes / 1000 * 1000, pulled);
        input.SetResult(null!);
        Assert.Equal("FIN", await Equality.EqualityBench.PeerEndAsync(peer));
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_slow_echo_in_between_neither_loses_nor_hoards()
    {
        StreamTcp.ServerBinding binding = await ServeEchoAsync(TcpStreams.FlexSc(Sys).Bind());
        Random random = new(3);
        byte[] all = new byte[1 << 20];
        random.NextBytes(all);
        long ahead = 0;
        long mostAhead = 0;
        byte[] echoed = await Source.From(all.Chunk(3001)).Select(piece =>
            {
                mostAhead = Math.Max(mostAhead, Interlocked.Add(ref ahead, piece.Length));
                return ByteString.FromBytes(piece);
            })
            .Via(TcpStreams.FlexSc(Sys).Connect(binding.LocalAddress))
            .SelectAsync(1, async piece =>
            {
                // Another thread's turn for each.
                await Task.Yield();
                Interlocked.Add(ref ahead, -piece.Count);
                return piece;
            })
            .RunWith(AllBytes(), Materializer).WaitAsync(Deadline);
        Assert.True(all.AsSpan().SequenceEqual(echoed));
        output.WriteLine($"at the most {mostAhead} bytes were on their way");
        await binding.Unbind().WaitAsync(Deadline);
        await AssertNothingIsLeftAsync();
    }
}

public sealed class TcpStreamBoundsOnIoUringSpec(ITestOutputHelper output) : TcpStreamBoundsSpec("flexsc.loops.backend = io-uring", output);

public sealed class TcpStreamBoundsOnSyscallThreadsSpec(ITestOutputHelper output) : TcpStreamBoundsSpec("flexsc.loops.backend = syscall-threads", output);

/// <summary>The window and the inbox by themselves, where every byte is seen.</summary>
public sealed class ConnectionInboxSpec() : global::Akka.TestKit.Xunit2.TestKit("akka.loglevel = WARNING")
{
    [Theory]
    [InlineData(1, 1000)]
    [InlineData(3, 1000)]
    [InlineData(64, 1000)]
    [InlineData(64, 1)]
    [InlineData(5, 100_000)]
    public void A_window_never_holds_more_than_it_may_and_never_closes_for_good(int maxWrites, int maxBytes)
    {
        Random random = new(maxWrites);
        WriteWindow window = new(maxWrites, maxBytes);
        Queue<WritesTaken> wanted = new();
        int inFlight = 0;
        for (int i = 0; i < 10_000; i++)
        {
            if (window.IsOpen && random.Next(3) > 0)
            {
                int bytes = random.Next(700);
                inFlight++;
                if (window.Add(bytes) is { } acknowledgement)
                {
                    wanted.Enqueue(acknowledgement);
                }

                Assert.InRange(window.Bytes, 0, maxBytes - 1 + bytes);
                Assert.True(inFlight <= maxWrites);
            }
            else if (wanted.TryDequeue(out WritesTaken? taken))
            {
                inFlight -= taken.Writes;
                window.OnTaken(taken);
            }

            Assert.True(window.IsOpen || wanted.Count > 0, "closed, and nothing will open it");
        }
    }

    [Fact]
    public void An_inbox_asks_for_no_more_than_it_may_hold()
    {
        ConnectionInbox inbox = new(Sys, readAheadBytes: 1000);
        int woken = 0;
        inbox.Begin(() => woken++);
        int asked = 0;
        for (int i = 0; i < 20; i++)
        {
            inbox.Tell(new Tcp.Received(ByteString.FromBytes(new byte[300])), TestActor);
            if (!TryReceiveResume())
            {
                break;
            }

            asked++;
        }

        // The fourth reception reaches the bound.
        Assert.Equal((3, 1200L, 1), (asked, inbox.WaitingBytes, woken));
        Assert.True(inbox.TryTakeReception(TestActor, out _));
        Assert.True(inbox.TryTakeReception(TestActor, out _));
        Assert.False(TryReceiveResume());
        Assert.True(inbox.TryTakeReception(TestActor, out _));
        Assert.True(TryReceiveResume());
        Assert.Equal(300, inbox.WaitingBytes);
        inbox.Discard(TestActor);
        Assert.Equal(0, inbox.WaitingBytes);
        inbox.Tell(new Tcp.Received(ByteString.FromBytes(new byte[5000])), TestActor);
        Assert.True(TryReceiveResume());
        Assert.False(inbox.TryTakeReception(TestActor, out _));
    }

    [Fact]
    public void What_is_made_for_an_inbox_that_is_closed_is_stopped_and_who_watches_it_is_told()
    {
        ConnectionInbox inbox = new(Sys, readAheadBytes: 1000);
        inbox.Begin(() => { });
        Watch(inbox);
        inbox.Close();
        ExpectTerminated(inbox);
        Watch(inbox);
        ExpectTerminated(inbox);
        global::Akka.TestKit.TestProbe connection = CreateTestProbe();
        Watch(connection);
        inbox.Tell(new Tcp.Connected(null, null), connection);
        ExpectTerminated(connection);
    }

    /// <summary>What the inbox answers is told before it returns.</summary>
    private bool TryReceiveResume() => HasMessages && ReceiveOne(TimeSpan.Zero) is Tcp.ResumeReading;
}
