using System.Runtime.InteropServices;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;
using FlexSc.Interop.Tests.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Conformance;

/// <summary>What only the kernel-module backend promises.</summary>
public abstract partial class KernelModuleConformanceTests(LoopVariant variant) : QueuedConformanceTests(variant)
{
    private const int NumberFlock = 73;
    private const int LockExclusive = 2;
    private const int Unlock = 8;

    [SkippableFact]
    public async Task A_batch_leaves_in_one_trap()
    {
        LoopUnderTest loop = Start();
        RecordingOperation[] operations = Enumerable.Range(0, 64).Select(_ => new RecordingOperation()).ToArray();
        long before = await loop.Loop.RunAsync(owner =>
        {
            Assert.All(operations, operation => Assert.True(owner.TrySubmit(operation, SyscallNumber.GetPid)));
            return owner.Traps;
        });
        foreach (RecordingOperation operation in operations)
        {
            Assert.Equal(Environment.ProcessId, await operation.Result);
        }

        // The syscall threads may hand the results back in parts, and each part may end a wait of its own; the question after the
        // traps wakes the loop. A trap for each call would be 64.
        long after = await loop.Loop.RunAsync(owner => owner.Traps);
        Assert.InRange(after - before, 1, 32);
    }

    [SkippableFact]
    public async Task Calls_that_keep_threads_for_ever_stop_no_other_call()
    {
        const int Waiting = 6;
        LoopUnderTest loop = Start(new SyscallLoopOptions { WaitingThreads = 3 });
        string path = Path.Combine(Path.GetTempPath(), $"flexsc-{Guid.NewGuid():n}");
        using FileStream holder = new(path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite, 1, FileOptions.DeleteOnClose);
        long held = holder.SafeFileHandle.DangerousGetHandle();
        FileStream[] waiters = [.. Enumerable.Range(0, Waiting).Select(
            _ => Keep(new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete)))];
        foreach (FileStream waiter in waiters)
        {
            // The runtime may have locked it.
            Assert.Equal(0, RawSystemCall.Invoke(NumberFlock, waiter.SafeFileHandle.DangerousGetHandle(), Unlock));
        }

        Assert.Equal(0, await loop.CallAsync(NumberFlock, held, LockExclusive));
        List<RecordingOperation> locks = [];
        foreach (FileStream waiter in waiters)
        {
            locks.Add(await loop.SubmitAsync(
                NumberFlock, argument0: waiter.SafeFileHandle.DangerousGetHandle(), argument1: LockExclusive));
        }

        // Three of them have a thread each, the others wait for their turn; there is always one more thread.
        (long here, Peer there) = await AcceptAsync(loop);
        PinnedBytes memory = new(8);
        for (int i = 0; i < 50; i++)
        {
            RecordingOperation receive = await loop.SubmitAsync(
                SyscallNumber.RecvFrom, argument0: here, argument1: memory.Address, argument2: memory.Length);
            there.Send("x"u8);
            Assert.Equal(1, await receive.Result);
            Assert.Equal(Environment.ProcessId, await loop.CallAsync(SyscallNumber.GetPid));
        }

        Assert.DoesNotContain(locks, call => call.HasEnded);
        Assert.Equal(0, RawSystemCall.Invoke(NumberFlock, held, Unlock));
        HashSet<int> unlocked = [];
        while (unlocked.Count < Waiting)
        {
            int[] waiting = [.. Enumerable.Range(0, Waiting).Except(unlocked)];
            await await Task.WhenAny(waiting.Select(i => locks[i].Result));
            int owner = waiting.First(i => locks[i].HasEnded);
            Assert.Equal(0, await locks[owner].Result);
            Assert.Equal(0, RawSystemCall.Invoke(NumberFlock, waiters[owner].SafeFileHandle.DangerousGetHandle(), Unlock));
            unlocked.Add(owner);
        }

        await CloseAsync(loop, here);
    }

    [SkippableFact]
    public async Task A_loop_that_ends_cancels_more_calls_than_the_backend_has_entries_of_its_own()
    {
        LoopUnderTest loop = Start(new SyscallLoopOptions { Pages = 4, SubmissionSlots = 16 });
        (long here, _) = await AcceptAsync(loop);
        List<RecordingOperation> polls = [];
        await loop.Loop.RunAsync(owner =>
        {
            RecordingOperation next = new();
            while (owner.TrySubmit(next, FlexScAbi.NumberPoll, argument0: here, argument1: 1))
            {
                polls.Add(next);
                next = new RecordingOperation();
            }

            return 0;
        });
        Assert.Equal(4 * FlexScAbi.EntriesPerPage, polls.Count);

        loop.EndNow();
        const long errnoCanceled = 125;
        Assert.All(polls, poll => Assert.Equal(-errnoCanceled, Assert.Single(poll.Completions).Result));
        Assert.Equal(0, Tmds.Linux.LibC.close((int)here));
    }

    [SkippableFact]
    public async Task Threads_inside_the_module_hold_up_neither_a_collection_nor_a_change_of_identity()
    {
        LoopUnderTest loop = Start();
        PinnedBytes memory = new(8);
        (long here, Peer there) = await AcceptAsync(loop);
        for (int i = 0; i < 20; i++)
        {
            RecordingOperation receive = await loop.SubmitAsync(
                SyscallNumber.RecvFrom, argument0: here, argument1: memory.Address, argument2: memory.Length);
            await Task.Run(() =>
            {
                GC.Collect();

                // glibc has every thread of the process follow, by a signal that each has to take, and waits for all of them.
                Assert.Equal(0, SetGroup(GetGroup()));
            }).WaitAsync(LoopFixture.Deadline);
            there.Send("x"u8);
            Assert.Equal(1, await receive.Result);
        }

        await CloseAsync(loop, here);
    }

    [LibraryImport("libc", EntryPoint = "setgid")]
    private static partial int SetGroup(uint group);

    [LibraryImport("libc", EntryPoint = "getgid")]
    private static partial uint GetGroup();
}
