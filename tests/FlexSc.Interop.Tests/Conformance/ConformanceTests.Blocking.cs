using System.Diagnostics;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;
using FlexSc.Interop.Tests.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Conformance;

/// <content>Calls that may wait for ever: they can be cancelled, stop no other call, and let the loop end.</content>
public abstract partial class ConformanceTests
{
    private const long AtCurrent = -100;
    private const long WriteOnly = 0x1;
    private const long Create = 0x40;
    private const long NonBlockingFlag = 0x800;
    private const int NumberFcntl = 72;
    private const int NumberFlock = 73;
    private const int NumberNanosleep = 35;
    private const int NumberFutex = 202;
    private const int GetStatusFlags = 3;
    private const int LockExclusive = 2;

    /// <summary>Memory that calls in flight use.</summary>
    private readonly List<object> _rooted = [];
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(30);

    [SkippableTheory]
    [InlineData(SyscallNumber.OpenAt, 0)]
    [InlineData(SyscallNumber.OpenAt, WriteOnly)]
    [InlineData(SyscallNumber.OpenAt, WriteOnly | Create)]
    [InlineData(SyscallNumber.OpenAt2, 0)]
    [InlineData(SyscallNumber.OpenAt2, WriteOnly)]
    public async Task An_open_of_a_fifo_waits_for_its_other_side(ushort number, long flags)
    {
        LoopUnderTest loop = Start();
        string path = NewFifo();
        RecordingOperation open = await OpenAsync(loop, number, path, flags);
        for (int i = 0; i < 20; i++)
        {
            await OpenAndCloseAFileAsync(loop);
        }

        Assert.False(open.HasEnded, "the open did not wait");
        using FileStream other = await Task.Run(() => new FileStream(path, FileMode.Open, flags == 0 ? FileAccess.Write : FileAccess.Read)).WaitAsync(LoopFixture.Deadline);
        long here = await open.Result;
        Assert.True(here >= 0, $"the open answered {here}");
        Assert.Equal(0, await loop.CallAsync(NumberFcntl, here, GetStatusFlags) & NonBlockingFlag);

        PinnedBytes memory = new(8);
        if (flags == 0)
        {
            await other.WriteAsync("x"u8.ToArray());
            await other.FlushAsync();
            Assert.Equal(1, await loop.CallAsync(SyscallNumber.Read, here, memory.Address, memory.Length));
        }
        else
        {
            Assert.Equal(memory.Length, await loop.CallAsync(SyscallNumber.Write, here, memory.Address, memory.Length));
        }

        await CloseAsync(loop, here);
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(WriteOnly)]
    [InlineData(WriteOnly | Create)]
    public async Task An_open_of_a_fifo_without_its_other_side_can_be_cancelled(long flags)
    {
        LoopUnderTest loop = Start();
        string path = NewFifo();
        RecordingOperation open = await OpenAsync(loop, SyscallNumber.OpenAt, path, flags);
        await OpenAndCloseAFileAsync(loop);
        Assert.Contains(await loop.CancelAsync(open), new[] { 0, -ErrnoAlready });
        Assert.Contains(await open.Result, new[] { -ErrnoCanceled, -ErrnoInterrupted });
        Assert.Single(open.Completions);
    }

    [SkippableFact]
    public async Task A_fifo_whose_other_side_is_there_opens_at_once()
    {
        LoopUnderTest loop = Start();
        string path = NewFifo();
        using FileStream both = new(path, FileMode.Open, FileAccess.ReadWrite);
        foreach (long flags in new[] { 0, WriteOnly, NonBlockingFlag })
        {
            RecordingOperation open = await OpenAsync(loop, SyscallNumber.OpenAt, path, flags);
            long here = await open.Result;
            Assert.True(here >= 0, $"the open answered {here}");
            Assert.Equal(flags & NonBlockingFlag, await loop.CallAsync(NumberFcntl, here, GetStatusFlags) & NonBlockingFlag);
            await CloseAsync(loop, here);
        }
    }

    [SkippableFact]
    public async Task Calls_that_wait_for_ever_stop_no_file_call()
    {
        const int waiting = 6;
        LoopUnderTest loop = Start(new SyscallLoopOptions { CompanionThreads = 1, WaitingThreads = 2 });
        string path = NewFifo();
        List<RecordingOperation> calls = [];
        for (int i = 0; i < waiting; i++)
        {
            calls.Add(await OpenAsync(loop, SyscallNumber.OpenAt, path, WriteOnly | Create));
            calls.Add(await SleepAsync(loop));
        }

        for (int i = 0; i < 20; i++)
        {
            await OpenAndCloseAFileAsync(loop);
        }

        Assert.DoesNotContain(calls, static call => call.HasEnded);
        foreach (RecordingOperation call in calls)
        {
            Assert.Contains(await loop.CancelAsync(call), new[] { 0, -ErrnoAlready });
            Assert.Contains(await call.Result, new[] { -ErrnoCanceled, -ErrnoInterrupted });
        }
    }

    [SkippableFact]
    public async Task Calls_that_wait_for_others_can_be_cancelled()
    {
        LoopUnderTest loop = Start();
        string path = NewTemporaryPath();
        using FileStream holder = new(path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite, 1, FileOptions.DeleteOnClose);
        using FileStream waiter = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        Assert.Equal(0, await loop.CallAsync(NumberFlock, waiter.SafeFileHandle.DangerousGetHandle(), 8));
        Assert.Equal(0, await loop.CallAsync(NumberFlock, holder.SafeFileHandle.DangerousGetHandle(), LockExclusive));
        PinnedBytes word = new(sizeof(uint));
        RecordingOperation[] calls =
        [
            await SleepAsync(loop),
            await loop.SubmitAsync(NumberFlock, argument0: waiter.SafeFileHandle.DangerousGetHandle(), argument1: LockExclusive),
            await loop.SubmitAsync(NumberFutex, argument0: word.Address),
        ];
        foreach (RecordingOperation call in calls)
        {
            Assert.Contains(await loop.CancelAsync(call), new[] { 0, -ErrnoAlready });
            Assert.Contains(await call.Result, new[] { -ErrnoCanceled, -ErrnoInterrupted });
        }

        // A stray signal ends no later call of the same threads.
        for (int i = 0; i < 20; i++)
        {
            PinnedBytes shortTime = Time(0, 1_000_000);
            Assert.Equal(0, await loop.CallAsync(NumberNanosleep, shortTime.Address));
        }
    }

    [SkippableFact]
    public async Task A_loop_ends_while_calls_wait_for_ever()
    {
        LoopUnderTest loop = Start(new SyscallLoopOptions { CompanionThreads = 1, WaitingThreads = 2 });
        string[] paths = [NewFifo(), NewFifo()];
        List<RecordingOperation> calls = [];
        for (int i = 0; i < 4; i++)
        {
            calls.Add(await OpenAsync(loop, SyscallNumber.OpenAt, paths[i % 2], i % 2 == 0 ? 0 : WriteOnly));
            calls.Add(await SleepAsync(loop));
        }

        await OpenAndCloseAFileAsync(loop);
        long startedAt = Stopwatch.GetTimestamp();
        await Task.Run(loop.EndNow).WaitAsync(EndLimit);
        Assert.InRange(Stopwatch.GetElapsedTime(startedAt), TimeSpan.Zero, EndLimit);
        Assert.All(calls, call => Assert.Contains(Assert.Single(call.Completions).Result, new[] { -ErrnoCanceled, -ErrnoInterrupted }));
    }

    private string NewFifo()
    {
        string path = NewTemporaryPath();
        Assert.Equal(0, MakeFifo(path));
        Keep(new DeletedPath(path));
        return path;
    }

    private async Task<RecordingOperation> OpenAsync(LoopUnderTest loop, ushort number, string path, long flags)
    {
        const long mode = 0b110_000_000;
        PinnedBytes name = PathOf(path);
        PinnedBytes how = new(24);
        BitConverter.TryWriteBytes(how.Span, flags | CloseOnExec);
        BitConverter.TryWriteBytes(how.Span[8..], (flags & Create) != 0 ? mode : 0);
        _rooted.AddRange([name, how]);
        return number == SyscallNumber.OpenAt2
            ? await loop.SubmitAsync(number, EntryFlags.None, AtCurrent, name.Address, how.Address, how.Length)
            : await loop.SubmitAsync(number, EntryFlags.None, AtCurrent, name.Address, flags | CloseOnExec, mode);
    }

    private async Task<RecordingOperation> SleepAsync(LoopUnderTest loop)
    {
        PinnedBytes time = Time(3600, 0);
        _rooted.Add(time);
        return await loop.SubmitAsync(NumberNanosleep, argument0: time.Address);
    }

    private static PinnedBytes Time(long seconds, long nanoseconds)
    {
        PinnedBytes time = new(2 * sizeof(long));
        BitConverter.TryWriteBytes(time.Span, seconds);
        BitConverter.TryWriteBytes(time.Span[sizeof(long)..], nanoseconds);
        return time;
    }

    private async Task OpenAndCloseAFileAsync(LoopUnderTest loop)
    {
        RecordingOperation open = await OpenAsync(loop, SyscallNumber.OpenAt, "/proc/self/stat", 0);
        long file = await open.Result;
        Assert.True(file >= 0, $"the open answered {file}");
        await CloseAsync(loop, file);
    }

    private sealed class DeletedPath(string path) : IDisposable
    {
        public void Dispose() => File.Delete(path);
    }
}
