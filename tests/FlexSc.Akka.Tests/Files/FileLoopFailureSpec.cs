using Akka.Actor;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Tests.Loops;
using FlexSc.Interop.Calls;
using Xunit;

namespace FlexSc.Akka.Tests.Files;

/// <summary>What becomes of handles whose loop is ended by an error.</summary>
public abstract class FileLoopFailureSpec : FileFixture
{
    private readonly string _backend;

    protected FileLoopFailureSpec(string backend)
        : base(backend, "flexsc.loops { count = 2, on-loop-failure = continue }") => _backend = backend;

    [SkippableFact]
    public async Task They_are_closed_and_what_was_told_them_is_answered()
    {
        HashSet<int> before = LoopDescriptors.Of(_backend);
        IActorRef first = await OpenAsync(MakeFile("data", Pattern(10)), OpenFlags.ReadWrite);
        IActorRef second = await OpenAsync(PathOf("data"), OpenFlags.ReadWrite);
        int[] descriptors = [.. LoopDescriptors.Of(_backend).Except(before).Order()];
        Assert.Equal(2, descriptors.Length);

        // One loop after the other has a handle; that of the second one fails while it waits for a lock.
        ActorLoop victim = ((LoopReference)second).ActorLoop;
        Assert.NotSame(victim, ((LoopReference)first).ActorLoop);
        await AskAsync<FlexFile.Completed>(first, new FlexFile.Lock(FileLockKind.Exclusive));
        FlexFile.Lock waiting = new(FileLockKind.Exclusive, Wait: true);
        second.Tell(waiting, Asker);
        await AwaitAssertAsync(() => Assert.Equal(1, FlexFile.For(Sys).Figures[victim.Index].Commands), Deadline);
        LoopDescriptors.Replace(descriptors[victim.Index]);
        FlexFile.Read read = new(0, 1);
        second.Tell(read, Asker);
        Dictionary<FlexFile.Command, FileFailure?> failures = [];
        for (int i = 0; i < 2; i++)
        {
            switch (await Asker.ReceiveOneAsync(Deadline))
            {
                case FlexFile.CommandFailed failed:
                    failures.Add(failed.Command, failed.Reason);
                    break;
                case FlexFile.Content content:
                    // It was read before the loop looked at what was done to it.
                    failures.Add(content.Command, null);
                    break;
            }
        }

        Assert.Equal(FileFailure.Closed, failures[waiting]);
        Assert.True(failures[read] is null or FileFailure.Closed, $"{failures[read]}");
        await Asker.WatchAsync(second);
        await Asker.ExpectTerminatedAsync(second, Deadline);
        Assert.Single(OpenFiles());
        Assert.Equal(FileFailure.Closed, (await AskAsync<FlexFile.CommandFailed>(second, new FlexFile.Read(0, 2))).Reason);

        // The other loop's handle goes on.
        Assert.Equal(Pattern(10), (await AskAsync<FlexFile.Content>(first, new FlexFile.Read(0, 10))).Data.ToArray());
        await CloseAsync(first);
        Assert.Empty(OpenFiles());
    }
}

public sealed class FileLoopFailureOnIoUringSpec() : FileLoopFailureSpec("io-uring");

public sealed class FileLoopFailureOnSyscallThreadsSpec() : FileLoopFailureSpec("syscall-threads");
