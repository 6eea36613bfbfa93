using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Interop.Calls;
using Xunit;

namespace FlexSc.Akka.Tests.Files;

/// <summary>Files that are not just bytes on a disk: very long ones, holes, FIFOs, /proc, one that is cut meanwhile.</summary>
public abstract class FileKindsSpec(string backend) : FileFixture(backend)
{
    [SkippableFact]
    public async Task Positions_beyond_4_GiB_and_holes()
    {
        const long Far = (1L << 33) + 5;
        IActorRef handle = await OpenAsync(PathOf("sparse"), OpenFlags.ReadWrite | OpenFlags.Create);
        await AskAsync<FlexFile.Completed>(handle, new FlexFile.Write(Far, Bytes("far")));
        FlexFile.Content content = await AskAsync<FlexFile.Content>(handle, new FlexFile.Read(Far - 4, 7));
        Assert.Equal("\0\0\0\0far", content.Data.ToString());
        FlexFile.Content hole = await AskAsync<FlexFile.Content>(handle, new FlexFile.Read(1L << 32, 1000));
        Assert.Equal(new byte[1000], hole.Data.ToArray());
        FlexFile.Status status = await AskAsync<FlexFile.Status>(handle, new FlexFile.Stat());
        Assert.Equal(Far + 3, status.File.Length);
        Assert.True(status.File.AllocatedBytes < 1 << 20, $"{status.File.AllocatedBytes} bytes are allocated");
        await CloseAsync(handle);
    }

    [SkippableFact]
    public async Task A_file_of_proc_has_no_length_and_is_read_to_its_end()
    {
        IActorRef handle = await OpenAsync("/proc/self/status");
        Assert.Equal(0, (await AskAsync<FlexFile.Status>(handle, new FlexFile.Stat())).File.Length);
        FlexFile.Content content = await AskAsync<FlexFile.Content>(handle, new FlexFile.Read(0, 65536));
        Assert.True(content.IsEnd);
        Assert.Contains("VmRSS", content.Data.ToString(), StringComparison.Ordinal);
        await CloseAsync(handle);
        FlexFile.Copied copied = await AskManagerAsync<FlexFile.Copied>(new FlexFile.Copy("/proc/self/status", PathOf("copy")));
        Assert.Equal(copied.Bytes, new FileInfo(PathOf("copy")).Length);
        Assert.True(copied.Bytes > 100, $"{copied.Bytes} bytes were copied");
    }

    [SkippableFact]
    public async Task A_file_that_was_cut_ends_where_it_ends_now()
    {
        string path = MakeFile("data", Pattern(100_000));
        IActorRef handle = await OpenAsync(path);
        Assert.Equal(50_000, (await AskAsync<FlexFile.Content>(handle, new FlexFile.Read(0, 50_000))).Data.Count);
        using (FileStream other = new(path, FileMode.Open, FileAccess.Write))
        {
            other.SetLength(60_000);
        }

        FlexFile.Content rest = await AskAsync<FlexFile.Content>(handle, new FlexFile.Read(50_000, 50_000));
        Assert.Equal((10_000, true), (rest.Data.Count, rest.IsEnd));
        Assert.Equal(Pattern(100_000)[50_000..60_000], rest.Data.ToArray());
        Assert.Empty((await AskAsync<FlexFile.Content>(handle, new FlexFile.Read(70_000, 10))).Data);
        await CloseAsync(handle);
    }

    [SkippableFact]
    public async Task A_fifo_is_read_and_written_at_its_current_position()
    {
        string path = MakeFifo();
        FlexFile.Open reading = new(path, OpenFlags.ReadOnly);
        FlexFile.Open writing = new(path, OpenFlags.WriteOnly);
        TellManager(reading);
        TellManager(writing);
        Dictionary<FlexFile.Open, IActorRef> handles = [];
        for (int i = 0; i < 2; i++)
        {
            FlexFile.Opened opened = await Asker.ExpectMsgAsync<FlexFile.Opened>(Deadline);
            handles.Add(opened.Command, opened.Handle);
        }

        (IActorRef reader, IActorRef writer) = (handles[reading], handles[writing]);
        FlexFile.CommandFailed positioned = await AskAsync<FlexFile.CommandFailed>(reader, new FlexFile.Read(0, 10));
        Assert.Equal(FileFailure.Invalid, positioned.Reason);
        Assert.Contains("CurrentPosition", positioned.Cause.Message, StringComparison.Ordinal);

        // The read waits until something is there, and so does the one behind it.
        FlexFile.Read first = new(FlexFile.CurrentPosition, 5);
        FlexFile.Read second = new(FlexFile.CurrentPosition, 100);
        reader.Tell(first, Asker);
        reader.Tell(second, Asker);
        writer.Tell(new FlexFile.Write(FlexFile.CurrentPosition, Bytes("hello world"), FlexFile.NoAck), Asker);
        FlexFile.Content content = await Asker.ExpectMsgAsync<FlexFile.Content>(Deadline);
        Assert.Equal((first, "hello"), (content.Command, content.Data.ToString()));
        content = await Asker.ExpectMsgAsync<FlexFile.Content>(Deadline);
        Assert.Equal((second, " world"), (content.Command, content.Data.ToString()));
        await CloseAsync(writer);
        content = await AskAsync<FlexFile.Content>(reader, new FlexFile.Read(FlexFile.CurrentPosition, 10));
        Assert.True(content.IsEnd);
        await CloseAsync(reader);
        await AssertNothingIsLeftAsync();
    }

    [SkippableFact]
    public async Task An_open_and_a_read_that_wait_are_cancelled_and_a_close_does_not_wait_for_them()
    {
        string path = MakeFifo();
        FlexFile.Open waiting = new(path, OpenFlags.ReadOnly);
        TellManager(waiting);
        TellManager(new FlexFile.Cancel(waiting));
        FlexFile.CommandFailed failed = await Asker.ExpectMsgAsync<FlexFile.CommandFailed>(Deadline);
        Assert.Equal((FileFailure.Cancelled, waiting), (failed.Reason, failed.Command));

        // Both sides in one, so that nothing waits for opening it.
        IActorRef handle = await OpenAsync(path, OpenFlags.ReadWrite);
        FlexFile.Read read = new(FlexFile.CurrentPosition, 10);
        handle.Tell(read, Asker);
        handle.Tell(new FlexFile.Cancel(read), Asker);
        failed = await Asker.ExpectMsgAsync<FlexFile.CommandFailed>(Deadline);
        Assert.Same(read, failed.Command);
        Assert.Equal(FileFailure.Cancelled, failed.Reason);

        FlexFile.Read queued = new(FlexFile.CurrentPosition, 11);
        handle.Tell(read, Asker);
        handle.Tell(queued, Asker);
        handle.Tell(new FlexFile.Close(), Asker);
        HashSet<FlexFile.Command> closed = [];
        for (int i = 0; i < 2; i++)
        {
            failed = await Asker.ExpectMsgAsync<FlexFile.CommandFailed>(Deadline);
            Assert.Equal(FileFailure.Closed, failed.Reason);
            closed.Add(failed.Command);
        }

        Assert.Equal([read, queued], closed);
        await Asker.ExpectMsgAsync<FlexFile.Closed>(Deadline);
        await AssertNothingIsLeftAsync();
    }

    [SkippableFact]
    public async Task A_signal_that_interrupts_calls_is_not_seen()
    {
        // A FIFO's read is interrupted by the signals that cancel other calls of the same threads.
        IActorRef handle = await OpenAsync(MakeFile("data", Pattern(1 << 20)));
        IActorRef fifo = await OpenAsync(MakeFifo(), OpenFlags.ReadWrite);
        for (int i = 0; i < 50; i++)
        {
            FlexFile.Read waiting = new(FlexFile.CurrentPosition, 10);
            fifo.Tell(waiting, Asker);
            handle.Tell(new FlexFile.Read(i * 1000, 1000), Asker);
            fifo.Tell(new FlexFile.Cancel(waiting), Asker);
            for (int answers = 0; answers < 2; answers++)
            {
                switch (await Asker.ExpectMsgAsync<FlexFile.Event>(Deadline))
                {
                    case FlexFile.Content content:
                        Assert.Equal(Pattern(1 << 20)[(i * 1000)..((i + 1) * 1000)], content.Data.ToArray());
                        break;
                    case FlexFile.CommandFailed failed:
                        Assert.Equal((FileFailure.Cancelled, waiting), (failed.Reason, failed.Command));
                        break;
                }
            }
        }

        await CloseAsync(handle);
        await CloseAsync(fifo);
        await AssertNothingIsLeftAsync();
    }
}

public sealed class FileKindsOnIoUringSpec() : FileKindsSpec("io-uring");

public sealed class FileKindsOnSyscallThreadsSpec() : FileKindsSpec("syscall-threads");
