using FlexSc.Interop.Page;
using Xunit;

namespace FlexSc.Interop.Tests.Page;

public sealed class SyscallPageSetTests
{
    [Fact]
    public void An_entry_goes_from_free_to_done_and_back()
    {
        using SyscallPageSet pages = new(1);
        Assert.True(pages.TryAllocate(out uint index));
        pages[index].Number = FlexScAbi.NumberNop;

        pages.Publish(index);
        Assert.Equal((uint)EntryStatus.Submit, pages[index].Status);
        Assert.True(pages.TryTakeSubmission(out uint taken));
        Assert.Equal(index, taken);
        Assert.False(pages.HasSubmissions);

        pages.Complete(index, -42);
        Assert.Equal((uint)EntryStatus.Done, pages[index].Status);
        Assert.True(pages.TryTakeCompletion(out uint completed));
        Assert.Equal(index, completed);
        Assert.Equal(-42, pages[index].Result);

        pages.Free(index);
        Assert.Equal((uint)EntryStatus.Free, pages[index].Status);
        Assert.Equal(0, pages.UsedEntries);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_full_page_set_says_so_and_hands_out_every_entry_once(int pageCount)
    {
        using SyscallPageSet pages = new(pageCount);
        HashSet<uint> seen = [];
        while (pages.TryAllocate(out uint index))
        {
            Assert.True(seen.Add(index), $"entry {index} was handed out twice");
            pages.Publish(index);
        }

        Assert.Equal(pageCount * FlexScAbi.EntriesPerPage, seen.Count);
        Assert.Equal(seen.Count, pages.UsedEntries);

        Assert.True(pages.TryTakeSubmission(out uint first));
        pages.Complete(first, 0);
        Assert.True(pages.TryTakeCompletion(out _));
        pages.Free(first);
        Assert.True(pages.TryAllocate(out uint again));
        Assert.Equal(first, again);
    }

    [Fact]
    public void Submissions_keep_their_order_when_the_ring_wraps()
    {
        using SyscallPageSet pages = new(1);
        for (int round = 0; round < 1_000; round++)
        {
            Assert.True(pages.TryAllocate(out uint first));
            Assert.True(pages.TryAllocate(out uint second));
            pages.Publish(first);
            pages.Publish(second);
            Assert.True(pages.TryTakeSubmission(out uint taken));
            Assert.Equal(first, taken);
            Assert.True(pages.TryTakeSubmission(out taken));
            Assert.Equal(second, taken);
            pages.Complete(second, round);
            pages.Complete(first, round);
            Assert.True(pages.TryTakeCompletion(out uint completed));
            Assert.Equal(second, completed);
            Assert.True(pages.TryTakeCompletion(out completed));
            Assert.Equal(first, completed);
            pages.Free(first);
            pages.Free(second);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(SyscallLoopOptions.MaxPages + 1)]
    public void A_page_count_out_of_range_is_refused(int pageCount) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new SyscallPageSet(pageCount));

    [Fact]
    public async Task Another_thread_sees_arguments_and_results_complete()
    {
        const int Calls = 200_000;
        using SyscallPageSet pages = new(1);
        Task executor = Task.Factory.StartNew(() => ExecuteSums(pages, Calls), TaskCreationOptions.LongRunning);

        long expected = 0;
        long sum = 0;
        int submitted = 0;
        int completed = 0;
        while (completed < Calls)
        {
            while (submitted < Calls && pages.TryAllocate(out uint index))
            {
                pages[index].Argument0 = submitted;
                pages[index].Argument5 = submitted * 2L;
                expected += submitted * 3L;
                submitted++;
                pages.Publish(index);
            }

            while (pages.TryTakeCompletion(out uint index))
            {
                sum += pages[index].Result;
                pages.Free(index);
                completed++;
            }

            Thread.Yield();
        }

        await executor;
        Assert.Equal(expected, sum);
    }

    private static void ExecuteSums(SyscallPageSet pages, int calls)
    {
        for (int executed = 0; executed < calls;)
        {
            if (!pages.TryTakeSubmission(out uint index))
            {
                Thread.Yield();
                continue;
            }

            pages.Complete(index, pages[index].Argument0 + pages[index].Argument5);
            executed++;
        }
    }
}
