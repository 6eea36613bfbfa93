using System.Diagnostics;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using FlexSc.Interop.Tests.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Conformance;

/// <summary>A loop with the shortcuts of the suite; its end asserts that no entry and no buffer is left in use.</summary>
internal sealed class LoopUnderTest(SyscallLoop loop)
{
    private bool _ended;

    public SyscallLoop Loop => loop;

    /// <summary>Submits a call; it is in the page when this returns.</summary>
    public async Task<RecordingOperation> SubmitAsync(
        int number, EntryFlags flags = EntryFlags.None,
        long argument0 = 0, long argument1 = 0, long argument2 = 0, long argument3 = 0, long argument4 = 0, long argument5 = 0)
    {
        RecordingOperation operation = new();
        await SubmitAsync(operation, number, flags, argument0, argument1, argument2, argument3, argument4, argument5);
        return operation;
    }

    public async Task SubmitAsync(
        SyscallOperation operation, int number, EntryFlags flags = EntryFlags.None,
        long argument0 = 0, long argument1 = 0, long argument2 = 0, long argument3 = 0, long argument4 = 0, long argument5 = 0) =>
        Assert.True(await loop.RunAsync(owner =>
            owner.TrySubmit(operation, number, flags, argument0, argument1, argument2, argument3, argument4, argument5)));

    /// <summary>Makes a call and answers its result.</summary>
    public async Task<long> CallAsync(
        int number, long argument0 = 0, long argument1 = 0, long argument2 = 0, long argument3 = 0, long argument4 = 0, long argument5 = 0) =>
        await (await SubmitAsync(number, EntryFlags.None, argument0, argument1, argument2, argument3, argument4, argument5)).Result;

    /// <summary>Asks for a cancellation and answers what it completed with.</summary>
    public async Task<long> CancelAsync(SyscallOperation target)
    {
        RecordingOperation cancel = new();
        Assert.True(await loop.RunAsync(owner => owner.TryCancel(target, cancel)));
        return await cancel.Result;
    }

    /// <summary>Waits until no entry is in use and every buffer is back, then ends the loop.</summary>
    public async Task EndAsync()
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        long startedAt = Stopwatch.GetTimestamp();
        (int Entries, int Buffers) outside;
        do
        {
            outside = await loop.RunAsync(owner => (owner.UsedEntries, owner.Buffers.Count - owner.Buffers.Available));
        }
        while (outside != (0, 0) && Stopwatch.GetElapsedTime(startedAt) < LoopFixture.Deadline);

        loop.Dispose();
        Assert.Equal((0, 0), outside);
    }

    /// <summary>Ends the loop as it is, with calls in flight.</summary>
    public void EndNow()
    {
        _ended = true;
        loop.Dispose();
    }
}
