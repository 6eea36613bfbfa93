using System.Globalization;
using Akka.Actor;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Interop.Calls;
using Xunit;

namespace FlexSc.Akka.Tests.Files;

/// <summary>Watching files and directories.</summary>
public abstract class FileWatchSpec(string backend) : FileFixture(backend)
{
    private const string QueueLimit = "/proc/sys/fs/inotify/max_queued_events";

    [SkippableFact]
    public async Task What_happens_in_a_directory_is_told_in_order_and_one_message_at_a_time()
    {
        FlexFile.Watching watching = await AskManagerAsync<FlexFile.Watching>(new FlexFile.Watch(Folder));
        MakeFile("made", [1]);
        System.IO.File.Move(PathOf("made"), PathOf("moved"));
        System.IO.File.Delete(PathOf("moved"));
        List<FileChange> changes = [];
        while (!changes.Any(change => change.Changes == FileChanges.Deleted))
        {
            changes.AddRange((await Asker.ExpectMsgAsync<FlexFile.Changed>(Deadline)).Changes);
            Assert.Equal(watching.Handle, Asker.LastSender);
            watching.Handle.Tell(new FlexFile.ResumeWatching(), Asker);
        }

        // Making a file with content modifies it more than once, which the kernel tells once where nobody has read it meanwhile.
        changes = [.. changes.Where((change, index) => index == 0 || change != changes[index - 1])];
        Assert.Equal(
            [(FileChanges.Created, "made"), (FileChanges.Modified, "made"), (FileChanges.ClosedAfterWriting, "made"), (FileChanges.MovedFrom, "made"),
                (FileChanges.MovedTo, "moved"), (FileChanges.Deleted, "moved")],
            changes.Select(change => (change.Changes, change.Name)));
        Assert.NotEqual(0u, changes[3].Cookie);
        Assert.Equal(changes[3].Cookie, changes[4].Cookie);
        await CloseAsync(watching.Handle);
        await AssertNothingIsLeftAsync();
    }

    [SkippableFact]
    public async Task A_watch_ends_with_what_it_watches_and_with_its_owner()
    {
        string path = MakeFile("data", []);
        FlexFile.Watching watching = await AskManagerAsync<FlexFile.Watching>(new FlexFile.Watch(path));
        await Asker.WatchAsync(watching.Handle);
        System.IO.File.Delete(path);
        List<FileChange> changes = [];
        while (!changes.Any(change => (change.Changes & FileChanges.Ended) != 0))
        {
            changes.AddRange((await Asker.ExpectMsgAsync<FlexFile.Changed>(Deadline)).Changes);
            watching.Handle.Tell(new FlexFile.ResumeWatching(), Asker);
        }

        await Asker.ExpectTerminatedAsync(watching.Handle, Deadline);
        TestProbe owner = CreateTestProbe();
        watching = await AskManagerAsync<FlexFile.Watching>(new FlexFile.Watch(Folder) { Owner = owner });
        await Asker.WatchAsync(watching.Handle);
        Sys.Stop(owner);
        await Asker.ExpectTerminatedAsync(watching.Handle, Deadline);
        Assert.Equal(2, (await AskManagerAsync<FlexFile.CommandFailed>(new FlexFile.Watch(PathOf("missing")))).ErrorNumber);
        await AssertNothingIsLeftAsync();
    }

    [SkippableFact]
    public async Task What_was_lost_is_told()
    {
        Skip.IfNot(System.IO.File.Exists(QueueLimit), $"there is no {QueueLimit}");
        int limit = int.Parse(await System.IO.File.ReadAllTextAsync(QueueLimit), CultureInfo.InvariantCulture);
        Skip.If(limit > 100_000, $"{QueueLimit} is {limit}: overflowing it takes too long");
        FlexFile.Watching watching = await AskManagerAsync<FlexFile.Watching>(new FlexFile.Watch(Folder));
        MakeFile("first", []);
        FlexFile.Changed told = await Asker.ExpectMsgAsync<FlexFile.Changed>(Deadline);
        Assert.DoesNotContain(told.Changes, change => change.Changes == FileChanges.Overflowed);

        // Nobody resumes: the kernel keeps so many, and no more.
        for (int i = 0; i < (limit / 2) + 10; i++)
        {
            MakeFile("file", []);
            System.IO.File.Delete(PathOf("file"));
        }

        bool isTold = false;
        for (int messages = 0; !isTold; messages++)
        {
            Assert.True(messages < limit, "no overflow was told");
            watching.Handle.Tell(new FlexFile.ResumeWatching(), Asker);
            told = await Asker.ExpectMsgAsync<FlexFile.Changed>(Deadline);
            isTold = told.Changes.Any(change => change.Changes == FileChanges.Overflowed);
        }

        await CloseAsync(watching.Handle);
        await AssertNothingIsLeftAsync();
    }
}

public sealed class FileWatchOnIoUringSpec() : FileWatchSpec("io-uring");

public sealed class FileWatchOnSyscallThreadsSpec() : FileWatchSpec("syscall-threads");
