using System.Text;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using FlexSc.Interop.Tests.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Conformance;

/// <content>Any call by its number; what is refused; files; the page's bound; other threads.</content>
public abstract partial class ConformanceTests
{
    [SkippableFact]
    public async Task Any_call_can_be_submitted_by_number()
    {
        LoopUnderTest loop = Start();
        RecordingOperation[] operations = Enumerable.Range(0, 50).Select(_ => new RecordingOperation()).ToArray();
        await loop.Loop.RunAsync(owner =>
        {
            Assert.All(operations, operation => Assert.True(owner.TrySubmit(operation, SyscallNumber.GetPid)));
            return 0;
        });
        foreach (RecordingOperation operation in operations)
        {
            Assert.Equal(Environment.ProcessId, await operation.Result);
        }

        // dup answers at once, so the loop executes it; flock may wait, so a thread does.
        const int dup = 32;
        const int flock = 73;
        const int lockShared = 1;
        Assert.Equal(-ErrnoBadDescriptor, await loop.CallAsync(dup, int.MaxValue));
        Assert.Equal(-ErrnoBadDescriptor, await loop.CallAsync(flock, int.MaxValue, lockShared));
    }

    [SkippableTheory]
    [InlineData(SyscallNumber.Close, EntryFlags.None, ErrnoBadDescriptor)]
    [InlineData(SyscallNumber.Read, EntryFlags.None, ErrnoBadDescriptor)]
    [InlineData(SyscallNumber.RecvFrom, EntryFlags.None, ErrnoBadDescriptor)]
    [InlineData(SyscallNumber.SendTo, EntryFlags.None, ErrnoBadDescriptor)]
    [InlineData(SyscallNumber.Accept4, EntryFlags.None, ErrnoBadDescriptor)]
    [InlineData(SyscallNumber.Connect, EntryFlags.None, ErrnoBadDescriptor)]
    [InlineData(FlexScAbi.NumberPoll, EntryFlags.None, ErrnoBadDescriptor)]
    [InlineData(SyscallNumber.Read, EntryFlags.Multishot, ErrnoInvalid)]
    [InlineData(SyscallNumber.RecvFrom, EntryFlags.Multishot, ErrnoInvalid)]
    [InlineData(SyscallNumber.GetPid, EntryFlags.ProvidedBuffer, ErrnoInvalid)]
    [InlineData(SyscallNumber.GetPid, (EntryFlags)0x80, ErrnoInvalid)]
    [InlineData(FlexScAbi.NumberBase + 0xff, EntryFlags.None, ErrnoNoSystemCall)]
    [InlineData(60, EntryFlags.None, ErrnoNotPermitted)] // exit(2) would end the thread that executes it
    public async Task A_call_that_cannot_be_served_completes_with_its_errno(int number, EntryFlags flags, long errorNumber)
    {
        LoopUnderTest loop = Start();
        PinnedBytes memory = new(64);
        RecordingOperation operation = await loop.SubmitAsync(number, flags, int.MaxValue, memory.Address, memory.Length);
        Assert.Equal(-errorNumber, await operation.Result);
    }

    [SkippableFact]
    public async Task A_hole_can_be_punched_into_a_file()
    {
        RequireRealKernel("the file is one of the host");
        const int fallocate = 285;
        const int punchHoleKeepSize = 0x3;
        const int fileBytes = 64 * 1024;
        const long errnoNotSupported = 95;
        RequireRealKernel("the file is one of the host");
        LoopUnderTest loop = Start();
        string path = NewTemporaryPath();
        using FileStream file = new(path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite, 1, FileOptions.DeleteOnClose);
        long descriptor = file.SafeFileHandle.DangerousGetHandle();
        byte[] content = new byte[fileBytes];
        content.AsSpan().Fill(7);
        PinnedBytes memory = new(content);
        Assert.Equal(fileBytes, await loop.CallAsync(SyscallNumber.PWrite64, descriptor, memory.Address, fileBytes, 0));
        long result = await loop.CallAsync(fallocate, descriptor, punchHoleKeepSize, 4096, 8192);
        Skip.If(result == -errnoNotSupported, $"the file system of {path} has no holes");
        Assert.Equal(0, result);
        Assert.Equal(fileBytes, await loop.CallAsync(SyscallNumber.PRead64, descriptor, memory.Address, fileBytes, 0));
        content.AsSpan(4096, 8192).Clear();
        Assert.Equal(content, memory.Span.ToArray());
    }

    [SkippableFact]
    public async Task Arguments_that_would_act_on_the_executing_thread_are_refused()
    {
        // FUTEX_LOCK_PI would make that thread the owner, CLOSE_RANGE_UNSHARE would give it descriptors of its own.
        const int futex = 202;
        const int closeRange = 436;
        const int lockOwned = 6;
        const int unshare = 2;
        LoopUnderTest loop = Start();
        PinnedBytes word = new(sizeof(uint));
        Assert.Equal(-ErrnoNotPermitted, await loop.CallAsync(futex, word.Address, lockOwned));
        Assert.Equal(-ErrnoNotPermitted, await loop.CallAsync(closeRange, int.MaxValue, int.MaxValue, unshare));
        Assert.Equal(0, await loop.CallAsync(closeRange, int.MaxValue, int.MaxValue));
    }

    [SkippableFact]
    public async Task A_socket_call_on_something_else_says_so()
    {
        RequireRealKernel("the file is one of the host");
        LoopUnderTest loop = Start();
        string path = NewTemporaryPath();
        try
        {
            using FileStream file = File.Create(path);
            PinnedBytes memory = new(8);
            long descriptor = file.SafeFileHandle.DangerousGetHandle();
            Assert.Equal(-ErrnoNotSocket, await loop.CallAsync(SyscallNumber.RecvFrom, descriptor, memory.Address, memory.Length));
            Assert.Equal(-ErrnoNotSocket, await loop.CallAsync(SyscallNumber.Accept4, descriptor));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [SkippableFact]
    public async Task Files_are_made_written_read_renamed_and_removed()
    {
        const long atCurrent = -100;
        const long createReadWrite = 0x42 | CloseOnExec;
        const long removeDirectory = 0x200;
        const int statxSize = 0x200;
        const int sizeOffset = 40;
        LoopUnderTest loop = Start();
        string folder = NewTemporaryPath();
        PinnedBytes folderPath = PathOf(folder);
        PinnedBytes first = PathOf($"{folder}/first");
        PinnedBytes second = PathOf($"{folder}/second");
        PinnedBytes content = new(Encoding.ASCII.GetBytes("0123456789"));
        PinnedBytes read = new(32);
        PinnedBytes status = new(256);

        Assert.Equal(0, await loop.CallAsync(SyscallNumber.MkDirAt, atCurrent, folderPath.Address, 0b111_000_000));
        long file = await loop.CallAsync(SyscallNumber.OpenAt, atCurrent, first.Address, createReadWrite, 0b110_000_000);
        Assert.True(file >= 0, $"openat answered {file}");
        Assert.Equal(10, await loop.CallAsync(SyscallNumber.Write, file, content.Address, content.Length));
        Assert.Equal(4, await loop.CallAsync(SyscallNumber.PWrite64, file, content.Address, 4, 10));
        Assert.Equal(0, await loop.CallAsync(SyscallNumber.FSync, file));
        Assert.Equal(6, await loop.CallAsync(SyscallNumber.PRead64, file, read.Address, read.Length, 8));
        Assert.Equal("890123"u8, read.Span[..6]);

        // read and write go on at the file's position; at its end a read answers 0.
        Assert.Equal(4, await loop.CallAsync(SyscallNumber.Read, file, read.Address, read.Length));
        Assert.Equal(0, await loop.CallAsync(SyscallNumber.Read, file, read.Address, read.Length));
        Assert.Equal(-ErrnoInvalid, await loop.CallAsync(SyscallNumber.PRead64, file, read.Address, read.Length, -1));
        await CloseAsync(loop, file);

        Assert.Equal(0, await loop.CallAsync(SyscallNumber.RenameAt2, atCurrent, first.Address, atCurrent, second.Address));
        Assert.Equal(0, await loop.CallAsync(SyscallNumber.Statx, atCurrent, second.Address, 0, statxSize, status.Address));
        Assert.Equal(14, BitConverter.ToInt64(status.Span.Slice(sizeOffset, sizeof(long))));
        Assert.Equal(-ErrnoNoEntry, await loop.CallAsync(SyscallNumber.UnlinkAt, atCurrent, first.Address));
        Assert.Equal(0, await loop.CallAsync(SyscallNumber.UnlinkAt, atCurrent, second.Address));
        Assert.Equal(0, await loop.CallAsync(SyscallNumber.UnlinkAt, atCurrent, folderPath.Address, removeDirectory));
    }

    [SkippableFact]
    public async Task A_full_page_set_refuses_and_takes_again_after_completions()
    {
        LoopUnderTest loop = Start(new SyscallLoopOptions { Pages = 1, SubmissionSlots = 16 });
        List<RecordingOperation> operations = [];
        await loop.Loop.RunAsync(owner =>
        {
            RecordingOperation next = new();
            while (owner.TrySubmit(next, FlexScAbi.NumberNop))
            {
                operations.Add(next);
                next = new RecordingOperation();
            }

            return 0;
        });
        Assert.Equal(FlexScAbi.EntriesPerPage, operations.Count);
        foreach (RecordingOperation operation in operations)
        {
            Assert.Equal(0, await operation.Result);
        }

        Assert.Equal(0, await loop.CallAsync(FlexScAbi.NumberNop));
    }

    [SkippableFact]
    public async Task Calls_that_other_threads_have_submitted_all_complete()
    {
        const int Threads = 4;
        const int CallsPerThread = 500;
        LoopUnderTest loop = Start();
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < CallsPerThread; i++)
            {
                Assert.Equal(i % 2 == 0 ? Environment.ProcessId : 0, await loop.CallAsync(i % 2 == 0 ? SyscallNumber.GetPid : FlexScAbi.NumberNop));
            }
        })));
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(20)]
    public async Task No_wake_up_is_lost_between_posting_and_parking(int wakeSpinMicroseconds)
    {
        const int RoundTrips = 20_000;
        LoopUnderTest loop = Start(new SyscallLoopOptions { WakeSpinMicroseconds = wakeSpinMicroseconds });
        for (int i = 0; i < RoundTrips; i++)
        {
            // Each round trip finds the loop parking or about to park; a lost wake-up ends in the deadline.
            Assert.Equal(i, await loop.Loop.RunAsync(_ => i));
        }
    }

    [SkippableFact]
    public async Task No_completion_of_a_thread_is_lost_while_the_loop_parks()
    {
        const int RoundTrips = 2_000;
        const int flock = 73;
        LoopUnderTest loop = Start();
        long wrong = await loop.Loop.AwaitAsync(async owner =>
        {
            long others = 0;
            for (int i = 0; i < RoundTrips; i++)
            {
                others += await owner.SubmitAsync(flock, int.MaxValue, 1) == -ErrnoBadDescriptor ? 0 : 1;
            }

            return others;
        });
        Assert.Equal(0, wrong);
    }

    private static PinnedBytes PathOf(string path) => new(Encoding.UTF8.GetBytes(path + "\0"));
}
