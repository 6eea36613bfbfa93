using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using Xunit;

namespace FlexSc.Interop.Tests.Loop;

/// <summary>Entries that were set aside, and closing without any.</summary>
public sealed class ReservedEntryTests
{
    private static readonly SyscallLoopOptions OnePage = new() { Pages = 1 };

    [SkippableFact]
    public async Task What_was_set_aside_is_there_when_all_the_rest_is_taken()
    {
        const int Reserved = 3;
        using SyscallLoop loop = LoopFixture.Start(OnePage);
        await loop.RunAsync(owner =>
        {
            Assert.True(owner.TryReserveEntries(Reserved));
            int taken = 0;
            while (owner.TrySubmit(new RecordingOperation(), FlexScAbi.NumberNop))
            {
                taken++;
            }

            Assert.Equal(owner.EntryCount - Reserved, taken);
            Assert.IsType<InvalidOperationException>(Record.Exception(() => { owner.SubmitAsync(FlexScAbi.NumberNop).AsTask(); }));
            Assert.False(owner.TryReserveEntries(1));
            for (int i = 0; i < Reserved; i++)
            {
                Assert.True(owner.TrySubmit(new RecordingOperation { UsesReservedEntry = true }, FlexScAbi.NumberNop));
            }

            Assert.False(owner.TrySubmit(new RecordingOperation { UsesReservedEntry = true }, FlexScAbi.NumberNop));
            return 0;
        });

        // In use they count as taken; back again they are set aside as before.
        await loop.AwaitAsync(async owner => await owner.SubmitAsync(FlexScAbi.NumberNop));
        await loop.RunAsync(owner =>
        {
            Assert.Equal(0, owner.UsedEntries);
            owner.ReleaseEntries(Reserved);
            int taken = 0;
            while (owner.TrySubmit(new RecordingOperation(), FlexScAbi.NumberNop))
            {
                taken++;
            }

            Assert.Equal(owner.EntryCount, taken);
            return 0;
        });
    }

    [SkippableFact]
    public async Task A_close_without_an_entry_waits_for_one()
    {
        using SyscallLoop loop = LoopFixture.Start(OnePage);
        await loop.AwaitAsync(async owner =>
        {
            int file = await owner.OpenAsync("/dev/null", OpenFlags.ReadOnly);
            while (owner.TrySubmit(new RecordingOperation(), FlexScAbi.NumberNop))
            {
            }

            await owner.CloseAsync(file);
            LinuxException error = await Assert.ThrowsAsync<LinuxException>(async () => await owner.CloseAsync(file));
            Assert.Equal(Errno.BadDescriptor, error.ErrorNumber);
            return 0;
        });
    }

    [SkippableFact]
    public async Task A_loop_that_stops_without_a_free_entry_closes_before_it_ends()
    {
        SyscallLoop loop = LoopFixture.Start(OnePage);
        Task closed = Task.CompletedTask;
        await loop.AwaitAsync(async owner =>
        {
            int file = await owner.OpenAsync("/dev/null", OpenFlags.ReadOnly);
            Assert.True(owner.TryReserveEntries(owner.EntryCount));
            closed = owner.CloseAsync(file).AsTask();
            return 0;
        });
        loop.Dispose();
        await closed.WaitAsync(LoopFixture.Deadline);
    }
}
