using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Interop.Calls;
using Xunit;

namespace FlexSc.Akka.Tests.Files;

/// <summary>How handles end: by their owner, by being stopped, with calls under way, with their system.</summary>
public abstract class FileEndSpec(string backend) : FileFixture(backend)
{
    [SkippableFact]
    public async Task A_handle_ends_with_its_owner_and_its_descriptor_is_closed_before_that_is_told()
    {
        TestProbe owner = CreateTestProbe();
        string path = MakeFile("data", Pattern(10));
        Sys.FlexFile().Tell(new FlexFile.Open(path), owner);
        IActorRef handle = (await owner.ExpectMsgAsync<FlexFile.Opened>(Deadline)).Handle;
        Assert.Single(OpenFiles());
        await Asker.WatchAsync(handle);
        Sys.Stop(owner);
        await Asker.ExpectTerminatedAsync(handle, Deadline);
        Assert.Empty(OpenFiles());
        await AssertNothingIsLeftAsync();

        // An owner that has ended already.
        TellManager(new FlexFile.Open(path) { Owner = owner });
        handle = (await Asker.ExpectMsgAsync<FlexFile.Opened>(Deadline)).Handle;
        await Asker.WatchAsync(handle);
        await Asker.ExpectTerminatedAsync(handle, Deadline);
        await AssertNothingIsLeftAsync();
    }

    [SkippableFact]
    public async Task A_handle_that_is_stopped_with_reads_under_way_answers_them_and_no_read_finds_another_files_bytes()
    {
        const int Rounds = 100;
        const int Bytes = 64 * 1024;
        string own = MakeFile("own", new byte[Bytes * 8]);
        byte[] foreign = new byte[Bytes * 8];
        Array.Fill(foreign, (byte)0xff);
        string other = MakeFile("other", foreign);
        for (int round = 0; round < Rounds; round++)
        {
            IActorRef handle = await OpenAsync(own);
            for (int i = 0; i < 8; i++)
            {
                handle.Tell(new FlexFile.Read(i * Bytes, Bytes, Pooled: i % 2 == 0), Asker);
            }

            handle.Tell(PoisonPill.Instance, Asker);

            // Whoever opens next is given the descriptor's number as soon as it is free.
            TellManager(new FlexFile.Open(other));
            IActorRef? next = null;
            for (int answers = 0; answers < 9; answers++)
            {
                switch (await Asker.ExpectMsgAsync<object>(Deadline))
                {
                    case FlexFile.Opened opened:
                        next = opened.Handle;
                        break;
                    case FlexFile.Content content:
                        Assert.Equal(-1, content.Data.ToArray().AsSpan().IndexOfAnyExcept((byte)0));
                        break;
                    case PooledContent content:
                        Assert.Equal(-1, content.Span.IndexOfAnyExcept((byte)0));
                        content.Release();
                        break;
                    case FlexFile.CommandFailed failed:
                        Assert.Equal(FileFailure.Closed, failed.Reason);
                        break;
                }
            }

            await CloseAsync(next!);
        }

        await AssertNothingIsLeftAsync();
    }

    [SkippableFact]
    public async Task A_close_comes_after_what_was_told_before_it()
    {
        string path = PathOf("data");
        IActorRef handle = await OpenAsync(path, OpenFlags.WriteOnly | OpenFlags.Create);
        for (int i = 0; i < 100; i++)
        {
            handle.Tell(new FlexFile.Write(i * 10, ByteString.FromString("0123456789"), FlexFile.NoAck), Asker);
        }

        FlexFile.Close close = new("last");
        handle.Tell(close, Asker);
        handle.Tell(new FlexFile.Write(0, ByteString.FromString("x")), Asker);
        Assert.Equal(FileFailure.Closed, (await Asker.ExpectMsgAsync<FlexFile.CommandFailed>(Deadline)).Reason);
        Assert.Same(close, (await Asker.ExpectMsgAsync<FlexFile.Closed>(Deadline)).Command);
        Assert.Equal(string.Concat(Enumerable.Repeat("0123456789", 100)), await System.IO.File.ReadAllTextAsync(path));

        // Who watches too late is told at once.
        await Asker.WatchAsync(handle);
        await Asker.ExpectTerminatedAsync(handle, Deadline);
        await AssertNothingIsLeftAsync();
    }

    [SkippableFact]
    public async Task The_end_of_the_system_closes_its_files()
    {
        string path = MakeFile("data", Pattern(1 << 20));
        IActorRef handle = await OpenAsync(path, OpenFlags.ReadWrite);
        FlexFile.Lock held = new(FileLockKind.Exclusive, Wait: true);
        await AskAsync<FlexFile.Completed>(handle, held);
        IActorRef second = await OpenAsync(path, OpenFlags.ReadWrite);
        second.Tell(new FlexFile.Lock(FileLockKind.Exclusive, Wait: true), Asker);
        for (int i = 0; i < 10; i++)
        {
            handle.Tell(new FlexFile.Read(i * 1000, 100_000), Asker);
        }

        Assert.Equal(2, OpenFiles().Count);
        await Sys.Terminate().WaitAsync(Deadline);
        Assert.Empty(OpenFiles());
    }

    [SkippableFact]
    public async Task The_figures_tell_what_is_open_and_waits()
    {
        IActorRef first = await OpenAsync(MakeFile("data", Pattern(10)), OpenFlags.ReadWrite);
        IActorRef second = await OpenAsync(PathOf("data"), OpenFlags.ReadWrite);
        await AskAsync<FlexFile.Completed>(first, new FlexFile.Lock(FileLockKind.Exclusive));
        TestProbe waiter = CreateTestProbe();
        second.Tell(new FlexFile.Lock(FileLockKind.Exclusive, Wait: true), waiter);
        await AwaitAssertAsync(() => Assert.Equal(new FileFigures(0, 2, 1, 0), Assert.Single(FlexFile.For(Sys).Figures)), Deadline);
        await CloseAsync(first);
        await waiter.ExpectMsgAsync<FlexFile.Completed>(Deadline);
        await CloseAsync(second);
        Assert.Equal(new FileFigures(0, 0, 0, 0), Assert.Single(FlexFile.For(Sys).Figures));
    }

    [SkippableFact]
    public async Task Actors_on_a_loop_have_their_handles_there()
    {
        string path = MakeFile("data", Pattern(1000));
        _ = FlexFile.For(Sys);
        IActorRef reader = Sys.ActorOf(Props.Create(() => new Reader(path, Asker.Ref)).WithDispatcher(FlexTcpExt.DispatcherId));
        Assert.Equal(Pattern(1000).Select(value => (long)value).Sum(), await Asker.ExpectMsgAsync<long>(Deadline));
        await Asker.WatchAsync(reader);
        Sys.Stop(reader);
        await Asker.ExpectTerminatedAsync(reader, Deadline);
        await AssertNothingIsLeftAsync();
    }

    /// <summary>Sums up the bytes of a file, ten at a time.</summary>
    private sealed class Reader : UntypedActor
    {
        private readonly IActorRef _asker;
        private long _sum;

        public Reader(string path, IActorRef asker)
        {
            _asker = asker;
            Context.System.FlexFile().Tell(new FlexFile.Open(path));
        }

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case FlexFile.Opened opened:
                    opened.Handle.Tell(new FlexFile.Read(0, 10, Pooled: true));
                    break;
                case PooledContent { Length: 0 } end:
                    end.Release();
                    _asker.Tell(_sum);
                    break;
                case PooledContent content:
                    foreach (byte value in content.Span)
                    {
                        _sum += value;
                    }

                    content.Release();
                    Sender.Tell(new FlexFile.Read(content.Command.Position + content.Length, 10, Pooled: true));
                    break;
            }
        }
    }
}

public sealed class FileEndOnIoUringSpec() : FileEndSpec("io-uring");

public sealed class FileEndOnSyscallThreadsSpec() : FileEndSpec("syscall-threads");
