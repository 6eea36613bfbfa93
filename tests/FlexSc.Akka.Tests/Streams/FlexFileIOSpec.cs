using Akka.IO;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Streams.IO;
using FlexSc.Akka.IO;
using FlexSc.Akka.Streams;
using FlexSc.Akka.Tests.Files;
using Xunit;

namespace FlexSc.Akka.Tests.Streams;

/// <summary>File sources and sinks beside Akka.Streams' own: the same elements, files and results.</summary>
public abstract class FlexFileIOSpec : FileFixture
{
    private readonly ActorMaterializer _materializer;

    protected FlexFileIOSpec(string backend)
        : base(backend) => _materializer = Sys.Materializer();

    [SkippableTheory]
    [InlineData(0, 10, 0)]
    [InlineData(1, 10, 0)]
    [InlineData(100_000, 8192, 0)]
    [InlineData(65_536, 8192, 0)]
    [InlineData(100_000, 7, 99_000)]
    [InlineData(100_000, 8192, 12_345)]
    [InlineData(100, 8192, 200)]
    public async Task A_source_has_the_elements_of_stocks(int fileBytes, int chunkBytes, long startPosition)
    {
        FileInfo file = new(MakeFile("data", Pattern(fileBytes)));
        (IReadOnlyList<byte[]> stock, IOResult stockResult) = await CollectAsync(FileIO.FromFile(file, chunkBytes, startPosition));
        (IReadOnlyList<byte[]> own, IOResult ownResult) = await CollectAsync(FlexFileIO.FromFile(file, chunkBytes, startPosition));
        Assert.Equal(stock, own);
        Assert.Equal((stockResult.WasSuccessful, stockResult.Count), (ownResult.WasSuccessful, ownResult.Count));
        await AssertNothingIsLeftAsync();
    }

    [SkippableFact]
    public async Task A_sink_writes_what_stocks_writes_whatever_the_chunks_and_the_mode()
    {
        Random random = new(7);
        for (int round = 0; round < 20; round++)
        {
            byte[] before = Pattern(random.Next(30_000), seed: round);
            List<ByteString> chunks = [];
            for (int i = random.Next(1, 60); i > 0; i--)
            {
                // Now and then a rope.
                ByteString chunk = ByteString.FromBytes(Pattern(random.Next(5000), seed: i));
                chunks.Add(random.Next(4) == 0 ? chunk + ByteString.FromBytes(Pattern(random.Next(50))) : chunk);
            }

            FileMode mode = round % 3 == 0 ? FileMode.Create : round % 3 == 1 ? FileMode.OpenOrCreate : FileMode.Append;
            long startPosition = mode == FileMode.OpenOrCreate ? random.Next(40_000) : 0;
            FileInfo stock = new(MakeFile("stock", before));
            FileInfo own = new(MakeFile("own", before));
            IOResult stockResult = await Source.From(chunks).RunWith(FileIO.ToFile(stock, mode, startPosition), _materializer).WaitAsync(Deadline);
            IOResult ownResult = await Source.From(chunks).RunWith(FlexFileIO.ToFile(own, mode, startPosition), _materializer).WaitAsync(Deadline);
            Assert.Equal(await System.IO.File.ReadAllBytesAsync(stock.FullName), await System.IO.File.ReadAllBytesAsync(own.FullName));
            Assert.Equal((stockResult.WasSuccessful, stockResult.Count), (ownResult.WasSuccessful, ownResult.Count));
        }

        await AssertNothingIsLeftAsync();
    }

    [SkippableFact]
    public async Task A_fifo_is_a_source_and_a_sink()
    {
        FileInfo fifo = new(MakeFifo());
        byte[] all = Pattern(300_000);
        Task<IOResult> writing = Source.From(all.Chunk(7000)).Select(chunk => ByteString.FromBytes(chunk))
            .RunWith(FlexFileIO.ToFile(fifo, FileMode.Open), _materializer);
        (IReadOnlyList<byte[]> elements, IOResult read) = await CollectAsync(FlexFileIO.FromFile(fifo, 1000));
        IOResult written = await writing.WaitAsync(Deadline);
        Assert.Equal(all, elements.SelectMany(element => element));
        Assert.Equal((true, (long)all.Length), (read.WasSuccessful, read.Count));
        Assert.Equal((true, (long)all.Length), (written.WasSuccessful, written.Count));

        // It has no positions to begin at. Its other side is there, so that it is opened at once.
        await using FileStream other = new(fifo.FullName, FileMode.Open, FileAccess.ReadWrite);
        IOResult failed = await FlexFileIO.FromFile(fifo, startPosition: 5).ToMaterialized(Sink.Ignore<ByteString>(), Keep.Left).Run(_materializer).WaitAsync(Deadline);
        Assert.Contains("no positions", failed.Error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_fifo_whose_other_side_never_comes_is_given_up_with_the_stream()
    {
        FileInfo fifo = new(MakeFifo());
        (Task<IOResult> read, UniqueKillSwitch end) = FlexFileIO.FromFile(fifo).ViaMaterialized(KillSwitches.Single<ByteString>(), Keep.Both)
            .To(Sink.Ignore<ByteString>()).Run(_materializer);
        end.Shutdown();
        IOResult cancelled = await read.WaitAsync(Deadline);
        Assert.Equal((true, 0L), (cancelled.WasSuccessful, cancelled.Count));
        InvalidOperationException cause = new("as told");
        AbruptIOTerminationException abrupt = await Assert.ThrowsAsync<AbruptIOTerminationException>(
            () => Source.Failed<ByteString>(cause).RunWith(FlexFileIO.ToFile(fifo, FileMode.Open), _materializer).WaitAsync(Deadline));
        Assert.Same(cause, abrupt.InnerException);
        ActorMaterializer materializer = Sys.Materializer(namePrefix: "ending");
        Task<IOResult> ended = FlexFileIO.FromFile(fifo).ToMaterialized(Sink.Ignore<ByteString>(), Keep.Left).Run(materializer);
        materializer.Shutdown();
        Assert.False((await ended.WaitAsync(Deadline)).WasSuccessful);

        // What waited for the FIFO was cancelled: it would be opened now.
        await using FileStream other = new(fifo.FullName, FileMode.Open, FileAccess.ReadWrite);
        await CloseAsync(await OpenAsync(MakeFile("data", [])));
        await AwaitAssertAsync(() => Assert.Single(OpenFiles()), Deadline);
    }

    [SkippableFact]
    public async Task What_knows_no_sync_is_a_sink_all_the_same()
    {
        FileInfo nothing = new("/dev/null");
        foreach (Sink<ByteString, Task<IOResult>> sink in new[] { FileIO.ToFile(nothing, FileMode.Open), FlexFileIO.ToFile(nothing, FileMode.Open) })
        {
            IOResult result = await Source.Single(Bytes("gone")).RunWith(sink, _materializer).WaitAsync(Deadline);
            Assert.Equal((true, 4L), (result.WasSuccessful, result.Count));
        }
    }

    [SkippableFact]
    public async Task A_source_that_is_cancelled_closes_its_file_and_succeeds()
    {
        FileInfo file = new(MakeFile("data", Pattern(1 << 20)));
        foreach (Source<ByteString, Task<IOResult>> source in new[] { FileIO.FromFile(file, 1000), FlexFileIO.FromFile(file, 1000) })
        {
            (Task<IOResult> result, Task<ByteString> first) = source.ToMaterialized(Sink.First<ByteString>(), Keep.Both).Run(_materializer);
            Assert.Equal(Pattern(1 << 20)[..1000], (await first.WaitAsync(Deadline)).ToArray());
            Assert.True((await result.WaitAsync(Deadline)).WasSuccessful);
        }

        await AssertNothingIsLeftAsync();
    }

    [SkippableFact]
    public async Task A_source_reads_no_further_than_it_may_when_nobody_pulls()
    {
        FileInfo file = new(MakeFile("data", Pattern(1 << 20)));
        ((Task<IOResult> result, UniqueKillSwitch end), ISinkQueue<ByteString> queue) = FlexFileIO.FromFile(file, 1000)
            .ViaMaterialized(KillSwitches.Single<ByteString>(), Keep.Both)
            .ToMaterialized(Sink.Queue<ByteString>().WithAttributes(Attributes.CreateInputBuffer(1, 1)), Keep.Both).Run(_materializer);
        int pulled = 0;
        for (; pulled < 5; pulled++)
        {
            Assert.Equal(Pattern(1 << 20)[(pulled * 1000)..((pulled + 1) * 1000)], (await queue.PullAsync().WaitAsync(Deadline)).Value.ToArray());
        }

        end.Shutdown();
        IOResult read = await result.WaitAsync(Deadline);

        // What was pulled, what the queue and the source hold, and what was under way.
        Assert.InRange(read.Count, pulled * 1000, (pulled + 5) * 1000);
        await AssertNothingIsLeftAsync();
    }

    [SkippableFact]
    public async Task Files_that_cannot_be_opened_fail_the_stream_and_the_result()
    {
        FileInfo missing = new(PathOf("missing/file"));
        (Task<IOResult> result, Task<ByteString> first) = FlexFileIO.FromFile(missing).ToMaterialized(Sink.First<ByteString>(), Keep.Both).Run(_materializer);
        await Assert.ThrowsAnyAsync<IOException>(() => first.WaitAsync(Deadline));
        IOResult failed = await result.WaitAsync(Deadline);
        Assert.False(failed.WasSuccessful);
        Assert.Contains("missing", failed.Error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<IOException>(() => Source.Single(Bytes("x")).RunWith(FlexFileIO.ToFile(missing), _materializer).WaitAsync(Deadline));
        await Assert.ThrowsAnyAsync<IOException>(() => Source.Single(Bytes("x")).RunWith(FileIO.ToFile(missing), _materializer).WaitAsync(Deadline));
    }

    [SkippableFact]
    public async Task A_stream_that_fails_leaves_what_was_written_and_a_full_device_is_told()
    {
        Source<ByteString, global::Akka.NotUsed> failing = Source.From(["written", ""])
            .Select(text => text.Length > 0 ? Bytes(text) : throw new InvalidOperationException("as told"));
        AbruptIOTerminationException abrupt = await Assert.ThrowsAsync<AbruptIOTerminationException>(
            () => failing.RunWith(FlexFileIO.ToFile(new FileInfo(PathOf("abrupt"))), _materializer).WaitAsync(Deadline));
        Assert.Equal("as told", abrupt.InnerException!.Message);
        Assert.Equal("written".Length, abrupt.IoResult.Count);
        Assert.Equal("written", await System.IO.File.ReadAllTextAsync(PathOf("abrupt")));

        Skip.IfNot(System.IO.File.Exists("/dev/full"), "there is no /dev/full");
        IOResult full = await Source.Repeat(Bytes("x")).RunWith(FlexFileIO.ToFile(new FileInfo("/dev/full"), FileMode.Open), _materializer).WaitAsync(Deadline);
        Assert.Equal((false, 0L), (full.WasSuccessful, full.Count));
        await AssertNothingIsLeftAsync();
    }

    [SkippableFact]
    public async Task The_end_of_the_materializer_closes_the_files()
    {
        ActorMaterializer materializer = Sys.Materializer(namePrefix: "ending");
        Task<IOResult> written = Source.Single(Bytes("x")).Concat(Source.Maybe<ByteString>().MapMaterializedValue(_ => global::Akka.NotUsed.Instance))
            .RunWith(FlexFileIO.ToFile(new FileInfo(PathOf("data"))), materializer);
        await AwaitAssertAsync(() => Assert.Single(OpenFiles()), Deadline);
        materializer.Shutdown();
        await Assert.ThrowsAnyAsync<Exception>(() => written.WaitAsync(Deadline));
        await AssertNothingIsLeftAsync();
    }

    private async Task<(IReadOnlyList<byte[]> Elements, IOResult Result)> CollectAsync(Source<ByteString, Task<IOResult>> source)
    {
        (Task<IOResult> result, Task<System.Collections.Immutable.IImmutableList<ByteString>> elements) =
            source.ToMaterialized(Sink.Seq<ByteString>(), Keep.Both).Run(_materializer);
        return ([.. (await elements.WaitAsync(Deadline)).Select(element => element.ToArray())], await result.WaitAsync(Deadline));
    }
}

public sealed class FlexFileIOOnIoUringSpec() : FlexFileIOSpec("io-uring");

public sealed class FlexFileIOOnSyscallThreadsSpec() : FlexFileIOSpec("syscall-threads");
