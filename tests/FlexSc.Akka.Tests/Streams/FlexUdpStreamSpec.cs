using System.Net;
using System.Net.Sockets;
using System.Text;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.Dsl;
using FlexSc.Akka.IO;
using FlexSc.Akka.Streams;
using FlexSc.Akka.Tests.Udp;
using Xunit;

namespace FlexSc.Akka.Tests.Streams;

/// <summary>Streams of datagrams, with plain sockets as peers.</summary>
public abstract class FlexUdpStreamSpec : UdpFixture
{
    private readonly ActorMaterializer _materializer;

    protected FlexUdpStreamSpec(string config)
        : base(config) => _materializer = Sys.Materializer();

    private FlexUdpStreamExt Streams => Sys.FlexUdpStream();

    private static IPEndPoint AnyPort => new(IPAddress.Loopback, 0);

    [Fact]
    public async Task A_flow_answers_whoever_sent()
    {
        UdpStreamBinding binding = await Streams.BindFlow(AnyPort)
            .Join(Flow.Create<UdpDatagram>().Select(datagram => datagram with { Data = ByteString.FromString("you said ") + datagram.Data }))
            .Run(_materializer).WaitAsync(Deadline);
        Socket[] peers = [NewPeer(), NewPeer()];
        foreach (string text in (string[])["ping", "", "pong"])
        {
            foreach (Socket peer in peers)
            {
                peer.SendTo(Encoding.ASCII.GetBytes(text), binding.LocalAddress!);
                Assert.Equal($"you said {text}", Encoding.ASCII.GetString(await ReceiveAsync(peer)));
            }
        }

        await AwaitAssertAsync(() => Assert.Equal(new UdpStreamFigures(6, 0, 6, 0), binding.Figures), Deadline);
        await binding.UnbindAsync().WaitAsync(Deadline);
        await binding.UnbindAsync().WaitAsync(Deadline);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_source_has_each_datagram_by_itself_and_ends_when_it_is_cancelled()
    {
        (Task<UdpStreamBinding> binding, Task<System.Collections.Immutable.IImmutableList<UdpDatagram>> all) = Streams.Bind(AnyPort).Take(100)
            .ToMaterialized(Sink.Seq<UdpDatagram>(), Keep.Both).Run(_materializer);
        EndPoint address = (await binding.WaitAsync(Deadline)).LocalAddress!;
        Socket peer = NewPeer();
        byte[][] sent = [.. Enumerable.Range(0, 100).Select(i => Encoding.ASCII.GetBytes(new string('x', i)))];
        foreach (byte[] bytes in sent)
        {
            peer.SendTo(bytes, address);
        }

        IReadOnlyList<UdpDatagram> received = await all.WaitAsync(Deadline);
        Assert.Equal(sent, received.Select(datagram => datagram.Data.ToArray()));
        Assert.All(received, datagram => Assert.Equal(peer.LocalEndPoint, datagram.Remote));
        await (await binding).Ended.WaitAsync(Deadline);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_sink_sends_all_and_ends_with_its_stream()
    {
        Socket peer = NewPeer();
        Socket other = NewPeer(AddressFamily.InterNetworkV6);
        UdpDatagram[] datagrams = [.. Enumerable.Range(0, 200).Select(i => new UdpDatagram(ByteString.FromString($"number {i}"), (i % 2 == 0 ? peer : other).LocalEndPoint))];
        UdpStreamBinding binding = await Source.From(datagrams).RunWith(Streams.SendSink(), _materializer).WaitAsync(Deadline);
        await binding.Ended.WaitAsync(Deadline);
        Assert.Equal(new UdpStreamFigures(0, 0, 200, 0), binding.Figures);
        for (int i = 0; i < 200; i++)
        {
            Assert.Equal($"number {i}", Encoding.ASCII.GetString(await ReceiveAsync(i % 2 == 0 ? peer : other)));
        }

        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_connected_flow_talks_to_one_peer()
    {
        Socket peer = NewPeer();
        ((ISourceQueueWithComplete<ByteString> input, Task<UdpStreamBinding> binding), ISinkQueue<ByteString> output) =
            Source.Queue<ByteString>(8, OverflowStrategy.Backpressure)
                .ViaMaterialized(Streams.Connect(peer.LocalEndPoint!), Keep.Both)
                .ToMaterialized(Sink.Queue<ByteString>(), Keep.Both).Run(_materializer);
        await input.OfferAsync(ByteString.FromString("one") + ByteString.FromString(" two"));
        Assert.Equal("one two"u8.ToArray(), await ReceiveAsync(peer));
        EndPoint local = (await binding.WaitAsync(Deadline)).LocalAddress!;
        NewPeer().SendTo("a stranger"u8, local);
        peer.SendTo("three"u8, local);
        Assert.Equal("three", (await output.PullAsync().WaitAsync(Deadline)).Value.ToString());

        // The stream in is over; the one out is not.
        input.Complete();
        await input.WatchCompletionAsync().WaitAsync(Deadline);
        peer.SendTo("four"u8, local);
        Assert.Equal("four", (await output.PullAsync().WaitAsync(Deadline)).Value.ToString());
        await (await binding).UnbindAsync().WaitAsync(Deadline);
        Assert.False((await output.PullAsync().WaitAsync(Deadline)).HasValue);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task What_cannot_be_sent_is_counted_and_the_stream_goes_on()
    {
        Socket peer = NewPeer();
        UdpDatagram[] datagrams =
        [
            new(ByteString.FromBytes(new byte[70_000]), peer.LocalEndPoint),
            new(ByteString.FromString("lost"), new DnsEndPoint("no.such.name.invalid", 1)),
            new(ByteString.FromString("found"), peer.LocalEndPoint),
        ];
        UdpStreamBinding binding = await Source.From(datagrams).RunWith(Streams.SendSink(), _materializer).WaitAsync(Deadline);
        Assert.Equal("found"u8.ToArray(), await ReceiveAsync(peer));
        await binding.Ended.WaitAsync(Deadline);
        Assert.Equal(new UdpStreamFigures(0, 0, 1, 2), binding.Figures);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Failures_are_told_with_their_cause_and_close_the_socket()
    {
        Socket taken = NewPeer();
        (Task<UdpStreamBinding> binding, Task done) = Streams.Bind(taken.LocalEndPoint!)
            .ToMaterialized(Sink.Ignore<UdpDatagram>(), Keep.Both).Run(_materializer);
        IOException inUse = await Assert.ThrowsAsync<IOException>(() => binding.WaitAsync(Deadline));
        Assert.Equal(SocketError.AddressAlreadyInUse, Assert.IsAssignableFrom<SocketException>(inUse.InnerException).SocketErrorCode);
        Assert.Same(inUse, await Assert.ThrowsAsync<IOException>(() => done.WaitAsync(Deadline)));

        (ISourceQueueWithComplete<UdpDatagram> input, Task<UdpStreamBinding> opening) = Source.Queue<UdpDatagram>(1, OverflowStrategy.Backpressure)
            .ToMaterialized(Streams.SendSink(), Keep.Both).Run(_materializer);
        UdpStreamBinding failing = await opening.WaitAsync(Deadline);
        input.Fail(new InvalidOperationException("as told"));
        Assert.Equal("as told", (await Assert.ThrowsAsync<InvalidOperationException>(() => failing.Ended.WaitAsync(Deadline))).Message);

        (input, opening) = Source.Queue<UdpDatagram>(1, OverflowStrategy.Backpressure).ToMaterialized(Streams.SendSink(), Keep.Both).Run(_materializer);
        UdpStreamBinding without = await opening.WaitAsync(Deadline);
        _ = input.OfferAsync(new UdpDatagram(ByteString.FromString("x"), null));
        await Assert.ThrowsAsync<ArgumentException>(() => without.Ended.WaitAsync(Deadline));
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task The_end_of_the_materializer_closes_sockets()
    {
        ActorMaterializer other = Sys.Materializer(namePrefix: "ending");
        UdpStreamBinding bound = await Streams.Bind(AnyPort).To(Sink.Ignore<UdpDatagram>()).Run(other).WaitAsync(Deadline);
        UdpStreamBinding sender = await Source.Never<UdpDatagram>().RunWith(Streams.SendSink(), other).WaitAsync(Deadline);
        other.Shutdown();
        await Assert.ThrowsAsync<AbruptStageTerminationException>(() => bound.Ended.WaitAsync(Deadline));
        await Assert.ThrowsAsync<AbruptStageTerminationException>(() => sender.Ended.WaitAsync(Deadline));
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Datagrams_of_unix_sockets_and_pooled_ones_are_elements_like_others()
    {
        UnixDomainSocketEndPoint here = new(PathOf("here"));
        UnixDomainSocketEndPoint there = new(PathOf("there"));
        UdpStreamBinding echo = await Streams.BindFlow(here, [DatagramOptions.Pooled]).Join(Flow.Create<UdpDatagram>()).Run(_materializer).WaitAsync(Deadline);
        (Task<UdpStreamBinding> binding, Task<System.Collections.Immutable.IImmutableList<ByteString>> answers) = Source.From(Enumerable.Range(0, 50))
            .Select(i => ByteString.FromString($"number {i}"))
            .ViaMaterialized(Streams.Connect(here, there), Keep.Right).Take(50)
            .ToMaterialized(Sink.Seq<ByteString>(), Keep.Both).Run(_materializer);

        // Of datagrams that leave together some may find the receiver's queue full; those are sent again, after others.
        Assert.Equal(
            Enumerable.Range(0, 50).Select(i => $"number {i}").Order(StringComparer.Ordinal),
            (await answers.WaitAsync(Deadline)).Select(answer => answer.ToString()).Order(StringComparer.Ordinal));
        await (await binding).Ended.WaitAsync(Deadline);
        await echo.UnbindAsync().WaitAsync(Deadline);
        Assert.False(File.Exists(here.ToString()) || File.Exists(there.ToString()));
        await AssertNothingIsLeftAsync();
    }
}

public sealed class FlexUdpStreamOnIoUringSpec() : FlexUdpStreamSpec("flexsc.loops.backend = io-uring");

public sealed class FlexUdpStreamOnInlineCallsSpec() : FlexUdpStreamSpec("flexsc.loops { backend = syscall-threads, syscall-threads = 0 }");

/// <summary>What a stream of datagrams does with those that come too fast: it holds so many, drops the newest or the oldest, and counts.</summary>
public abstract class UdpStreamBoundsSpec(string whenFull) : UdpFixture($"flexsc.streams.udp {{ max-waiting-datagrams = 10, when-full = {whenFull} }}")
{
    private const int Sent = 100;

    protected async Task<(int[] Received, UdpStreamFigures Figures)> OverwhelmAsync()
    {
        using ActorMaterializer materializer = Sys.Materializer();
        (Task<UdpStreamBinding> binding, ISinkQueue<UdpDatagram> queue) = Sys.FlexUdpStream().Bind(new IPEndPoint(IPAddress.Loopback, 0))
            .ToMaterialized(Sink.Queue<UdpDatagram>().WithAttributes(Attributes.CreateInputBuffer(1, 1)), Keep.Both).Run(materializer);
        UdpStreamBinding bound = await binding.WaitAsync(Deadline);
        Socket peer = NewPeer();
        for (int i = 0; i < Sent; i++)
        {
            peer.SendTo(BitConverter.GetBytes(i), bound.LocalAddress!);
        }

        await AwaitAssertAsync(() => Assert.Equal(Sent, bound.Figures.Received), Deadline);
        Task ended = bound.UnbindAsync();
        List<int> received = [];
        while ((await queue.PullAsync().WaitAsync(Deadline)) is { HasValue: true } next)
        {
            received.Add(BitConverter.ToInt32(next.Value.Data.ToArray()));
        }

        await ended.WaitAsync(Deadline);
        Assert.Equal(received.Order(), received);
        Assert.Equal(Sent, received.Count + bound.Figures.Dropped);

        // The queue behind the stage holds one, and has asked for another.
        Assert.InRange(received.Count, 10, 12);
        await AssertNothingIsLeftAsync();
        return ([.. received], bound.Figures);
    }
}

public sealed class UdpStreamDropsNewestSpec() : UdpStreamBoundsSpec("drop-newest")
{
    [Fact]
    public async Task The_first_are_kept()
    {
        (int[] received, _) = await OverwhelmAsync();
        Assert.Equal(Enumerable.Range(0, 10), received[..10]);
    }
}

public sealed class UdpStreamDropsOldestSpec() : UdpStreamBoundsSpec("drop-oldest")
{
    [Fact]
    public async Task The_last_are_kept()
    {
        (int[] received, _) = await OverwhelmAsync();
        Assert.Equal(Enumerable.Range(90, 10), received[^10..]);
    }
}
