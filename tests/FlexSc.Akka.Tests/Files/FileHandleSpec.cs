using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using Xunit;

namespace FlexSc.Akka.Tests.Files;

/// <summary>What a handle does: reading, writing, its answers, its errors.</summary>
public abstract class FileHandleSpec(string backend) : FileFixture(backend, "flexsc.file { max-read-bytes = 65536, write-piece-bytes = 4096 }")
{
    private const int NoEntry = 2;
    private const int CrossDevice = 18;
    private const int IsDirectory = 21;

    [SkippableFact]
    public async Task What_was_written_is_read_back()
    {
        IActorRef handle = await OpenAsync(PathOf("data"), OpenFlags.ReadWrite | OpenFlags.Create);
        Assert.Equal(handle, Asker.LastSender);
        FlexFile.Write write = new(0, Bytes("hello world"));
        Assert.Same(write, (await AskAsync<FlexFile.Completed>(handle, write)).Command);
        FlexFile.Content content = await AskAsync<FlexFile.Content>(handle, new FlexFile.Read(6, 5, Ack: "mine"));
        Assert.Equal(("world", "mine", false), (content.Data.ToString(), content.Command.Ack, content.IsEnd));
        FlexFile.Content rest = await AskAsync<FlexFile.Content>(handle, new FlexFile.Read(6, 100));
        Assert.Equal(("world", true), (rest.Data.ToString(), rest.IsEnd));
        Assert.Empty((await AskAsync<FlexFile.Content>(handle, new FlexFile.Read(1000, 1))).Data);
        Assert.Equal(11, (await AskAsync<FlexFile.Status>(handle, new FlexFile.Stat())).File.Length);
        await CloseAsync(handle);
        await AssertNothingIsLeftAsync();
    }

    [SkippableFact]
    public async Task A_pooled_read_is_released_once_and_refuses_then()
    {
        IActorRef handle = await OpenAsync(MakeFile("data", Pattern(10_000)));
        PooledContent content = await AskAsync<PooledContent>(handle, new FlexFile.Read(1000, 5000, Pooled: true));
        Assert.Equal(Pattern(10_000)[1000..6000], content.Memory.ToArray());
        content.Release();
        Assert.Throws<ObjectDisposedException>(() => content.Memory.Length);
        Assert.Throws<ObjectDisposedException>(content.Release);
        content.Dispose();
        await CloseAsync(handle);
        await AssertNothingIsLeftAsync();
    }

    [SkippableFact]
    public async Task A_write_larger_than_a_piece_is_whole_from_ropes_and_from_memory()
    {
        byte[] bytes = Pattern(20_001);
        ByteString rope = ByteString.FromBytes(bytes, 0, 3) + ByteString.FromBytes(bytes, 3, 9000) + ByteString.FromBytes(bytes, 9003, bytes.Length - 9003);
        IActorRef handle = await OpenAsync(PathOf("rope"), OpenFlags.ReadWrite | OpenFlags.Create);
        await AskAsync<FlexFile.Completed>(handle, new FlexFile.Write(0, rope));
        await AskAsync<FlexFile.Completed>(handle, new FlexFile.WriteMemory(bytes.Length, bytes));
        await CloseAsync(handle);
        Assert.Equal(bytes.Concat(bytes), await System.IO.File.ReadAllBytesAsync(PathOf("rope")));
        await AssertNothingIsLeftAsync();
    }

    [SkippableFact]
    public async Task Acknowledgements_are_as_asked_for()
    {
        IActorRef handle = await OpenAsync(PathOf("data"), OpenFlags.ReadWrite | OpenFlags.Create);
        handle.Tell(new FlexFile.Write(0, Bytes("a"), FlexFile.NoAck), Asker);
        handle.Tell(new FlexFile.Write(1, Bytes("b"), Ack: "written"), Asker);
        handle.Tell(new FlexFile.Write(2, ByteString.Empty, Ack: "empty"), Asker);
        HashSet<string> told = [await Asker.ExpectMsgAsync<string>(Deadline), await Asker.ExpectMsgAsync<string>(Deadline)];
        Assert.Equal(["empty", "written"], told.Order());
        await AskAsync<FlexFile.Completed>(handle, new FlexFile.Sync());
        await AskAsync<FlexFile.Completed>(handle, new FlexFile.Sync(DataOnly: true));
        await CloseAsync(handle);
        Assert.Equal("ab", await System.IO.File.ReadAllTextAsync(PathOf("data")));
    }

    [SkippableFact]
    public async Task Truncate_and_allocate_change_length_and_space()
    {
        IActorRef handle = await OpenAsync(MakeFile("data", Pattern(9000)), OpenFlags.ReadWrite);
        await AskAsync<FlexFile.Completed>(handle, new FlexFile.Truncate(100));
        Assert.Equal(100, (await AskAsync<FlexFile.Status>(handle, new FlexFile.Stat())).File.Length);
        await AskAsync<FlexFile.Completed>(handle, new FlexFile.Allocate(0, 1 << 20, AllocateFlags.KeepLength));
        FlexFile.Status status = await AskAsync<FlexFile.Status>(handle, new FlexFile.Stat());
        Assert.Equal(100, status.File.Length);
        Assert.True(status.File.AllocatedBytes >= 1 << 20, $"{status.File.AllocatedBytes} bytes are allocated");
        await AskAsync<FlexFile.Completed>(handle, new FlexFile.Allocate(0, 1 << 20));
        Assert.Equal(1 << 20, (await AskAsync<FlexFile.Status>(handle, new FlexFile.Stat())).File.Length);
        await CloseAsync(handle);
    }

    [SkippableFact]
    public async Task Refusals_name_errno_path_and_command()
    {
        FlexFile.Open missing = new(PathOf("missing"));
        FlexFile.CommandFailed failed = await AskManagerAsync<FlexFile.CommandFailed>(missing);
        Assert.Same(missing, failed.Command);
        Assert.Equal((FileFailure.Refused, NoEntry, missing.Path), (failed.Reason, failed.ErrorNumber, failed.Path));

        IActorRef directory = await OpenAsync(Folder);
        failed = await AskAsync<FlexFile.CommandFailed>(directory, new FlexFile.Read(0, 10));
        Assert.Equal((FileFailure.Refused, IsDirectory, Folder), (failed.Reason, failed.ErrorNumber, failed.Path));
        Assert.Equal(FileFailure.Invalid, (await AskAsync<FlexFile.CommandFailed>(directory, new FlexFile.Read(0, 65537))).Reason);
        Assert.Equal(FileFailure.Invalid, (await AskAsync<FlexFile.CommandFailed>(directory, new FlexFile.Read(-2, 1))).Reason);
        Assert.Equal(FileFailure.Invalid, (await AskAsync<FlexFile.CommandFailed>(directory, new FlexFile.Append(Bytes("x")))).Reason);
        Assert.Equal(FileFailure.Invalid, (await AskAsync<FlexFile.CommandFailed>(directory, new FlexFile.ResumeWatching())).Reason);
        await CloseAsync(directory);
        Assert.Equal(FileFailure.Closed, (await AskAsync<FlexFile.CommandFailed>(directory, new FlexFile.Read(0, 1))).Reason);
        Assert.Equal(FileFailure.Invalid, (await AskManagerAsync<FlexFile.CommandFailed>(new FlexFile.Open("a\0b"))).Reason);
        Assert.Equal(FileFailure.Invalid, (await AskManagerAsync<FlexFile.CommandFailed>(new FlexFile.Stat())).Reason);
        await AssertNothingIsLeftAsync();
    }

    [SkippableFact]
    public async Task Beneath_a_directory_no_path_leads_out()
    {
        MakeFile("outside", [1]);
        string inner = Directory.CreateDirectory(PathOf("inner")).FullName;
        MakeFile("inner/file", Pattern(10));
        System.IO.File.CreateSymbolicLink(PathOf("inner/link"), "../outside");
        FlexFile.Opened opened = await AskManagerAsync<FlexFile.Opened>(new FlexFile.Open("file") { Beneath = inner });
        Assert.Equal(Pattern(10), (await AskAsync<FlexFile.Content>(opened.Handle, new FlexFile.Read(0, 10))).Data.ToArray());
        await CloseAsync(opened.Handle);
        foreach (string path in new[] { "../outside", "link", PathOf("outside") })
        {
            FlexFile.CommandFailed failed = await AskManagerAsync<FlexFile.CommandFailed>(new FlexFile.Open(path) { Beneath = inner });
            Assert.Equal(CrossDevice, failed.ErrorNumber);
        }

        await AssertNothingIsLeftAsync();
    }

    [SkippableFact]
    public async Task A_directory_is_read_page_by_page_with_kinds()
    {
        const int Files = 3000;
        Directory.CreateDirectory(PathOf("many/folder"));
        for (int i = 0; i < Files; i++)
        {
            MakeFile($"many/file-{i}", []);
        }

        IActorRef handle = await OpenAsync(PathOf("many"), OpenFlags.Directory);
        Dictionary<string, FileKind> found = [];
        int pages = 0;
        for (FlexFile.DirectoryPage page; !(page = await AskAsync<FlexFile.DirectoryPage>(handle, new FlexFile.ReadDirectory())).IsEnd; pages++)
        {
            foreach (DirectoryEntry entry in page.Entries)
            {
                found.Add(entry.Name, entry.Kind);
            }
        }

        Assert.True(pages > 1, "all came in one page");
        Assert.Equal(Files + 1, found.Count);
        Assert.Equal((FileKind.Directory, FileKind.RegularFile), (found["folder"], found["file-7"]));
        await CloseAsync(handle);
    }

    [SkippableFact]
    public async Task A_question_from_outside_names_an_owner()
    {
        string path = MakeFile("data", Pattern(10));
        FlexFile.CommandFailed failed = await Sys.FlexFile().Ask<FlexFile.CommandFailed>(new FlexFile.Open(path), Deadline);
        Assert.Equal(FileFailure.Invalid, failed.Reason);
        TestProbe owner = CreateTestProbe();
        FlexFile.Opened opened = await Sys.FlexFile().Ask<FlexFile.Opened>(new FlexFile.Open(path) { Owner = owner }, Deadline);
        FlexFile.Content content = await opened.Handle.Ask<FlexFile.Content>(new FlexFile.Read(0, 10), Deadline);
        Assert.Equal(Pattern(10), content.Data.ToArray());
        Sys.Stop(owner);
        await AssertNothingIsLeftAsync();
    }

    [SkippableFact]
    public async Task A_full_device_refuses_a_write_and_says_how_far_it_came()
    {
        const int NoSpace = 28;
        Skip.IfNot(System.IO.File.Exists("/dev/full"), "there is no /dev/full");
        IActorRef full = await OpenAsync("/dev/full", OpenFlags.WriteOnly);
        FlexFile.CommandFailed failed = await AskAsync<FlexFile.CommandFailed>(full, new FlexFile.Write(0, Bytes("x")));
        Assert.Equal((NoSpace, "/dev/full", 0L), (failed.ErrorNumber, failed.Path, failed.CompletedBytes));
        Assert.Contains("full", failed.Remedy, StringComparison.Ordinal);
        await CloseAsync(full);
    }
}

public sealed class FileHandleOnIoUringSpec() : FileHandleSpec("io-uring");

public sealed class FileHandleOnSyscallThreadsSpec() : FileHandleSpec("syscall-threads");
