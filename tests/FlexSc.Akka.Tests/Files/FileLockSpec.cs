using Akka.Actor;
using FlexSc.Akka.IO;
using FlexSc.Interop.Calls;
using Xunit;

namespace FlexSc.Akka.Tests.Files;

/// <summary>Locks of open files.</summary>
public abstract class FileLockSpec(string backend) : FileFixture(backend)
{
    [SkippableFact]
    public async Task Locks_exclude_wait_are_cancelled_and_end_with_the_handle()
    {
        string path = MakeFile("data", Pattern(100));
        IActorRef first = await OpenAsync(path, OpenFlags.ReadWrite);
        IActorRef second = await OpenAsync(path, OpenFlags.ReadWrite);
        await AskAsync<FlexFile.Completed>(first, new FlexFile.Lock(FileLockKind.Exclusive, 0, 50));
        Assert.Equal(FileFailure.Locked, (await AskAsync<FlexFile.CommandFailed>(second, new FlexFile.Lock(FileLockKind.Shared, 10, 10))).Reason);
        await AskAsync<FlexFile.Completed>(second, new FlexFile.Lock(FileLockKind.Exclusive, 50));

        // Waiting, and other commands go on meanwhile.
        FlexFile.Lock waiting = new(FileLockKind.Exclusive, 0, 1, Wait: true);
        second.Tell(waiting, Asker);
        Assert.Equal(100, (await AskAsync<FlexFile.Content>(second, new FlexFile.Read(0, 200))).Data.Count);
        second.Tell(new FlexFile.Cancel(waiting), Asker);
        FlexFile.CommandFailed cancelled = await Asker.ExpectMsgAsync<FlexFile.CommandFailed>(Deadline);
        Assert.Equal((FileFailure.Cancelled, waiting), (cancelled.Reason, cancelled.Command));

        FlexFile.Lock served = new(FileLockKind.Exclusive, 0, 1, Wait: true, Ack: "locked");
        second.Tell(served, Asker);
        first.Tell(new FlexFile.Lock(FileLockKind.None, 0, 25, Ack: "unlocked"), Asker);
        HashSet<string> told = [await Asker.ExpectMsgAsync<string>(Deadline), await Asker.ExpectMsgAsync<string>(Deadline)];
        Assert.Equal(["locked", "unlocked"], told.Order());

        // A close gives up what is held, and does not wait for what waits.
        FlexFile.Lock never = new(FileLockKind.Exclusive, 0, 0, Wait: true);
        first.Tell(never, Asker);
        first.Tell(new FlexFile.Close(), Asker);
        FlexFile.CommandFailed failed = await Asker.ExpectMsgAsync<FlexFile.CommandFailed>(Deadline);
        Assert.Equal((FileFailure.Closed, never), (failed.Reason, failed.Command));
        await Asker.ExpectMsgAsync<FlexFile.Closed>(Deadline);
        await AskAsync<FlexFile.Completed>(second, new FlexFile.Lock(FileLockKind.Exclusive, 0, 0));
        await CloseAsync(second);
        await AssertNothingIsLeftAsync();
    }
}

public sealed class FileLockOnIoUringSpec() : FileLockSpec("io-uring");

public sealed class FileLockOnSyscallThreadsSpec() : FileLockSpec("syscall-threads");
