using FlexSc.Interop.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Loop;

public sealed class ReadyQueueTests
{
    private readonly ReadyQueue _queue = new();
    private readonly Inbox<InboxItem, MachineMemory> _inbox = new(new MachineMemory(), static () => { }, static _ => { });

    [Fact]
    public void What_is_wanted_is_taken_out_in_its_order_and_the_rest_stays_in_its_own()
    {
        _queue.Enqueue("a");
        _queue.Enqueue(1);
        _queue.Enqueue("b");
        Put(InboxKind.Scheduled, "c");
        Put(InboxKind.Posted, "posted");
        Put(InboxKind.Scheduled, 2);
        Put(InboxKind.Cancellation, null);
        Assert.Equal(["a", "b", "c"], _queue.TakeOut(_inbox, static work => work is string));
        Assert.True(_queue.HasSetAside);
        Put(InboxKind.Scheduled, 3);

        List<InboxKind> kinds = [];
        while (_queue.TryTake(_inbox, out InboxItem item))
        {
            kinds.Add(item.Kind);
        }

        Assert.Equal([InboxKind.Posted, InboxKind.Scheduled, InboxKind.Cancellation, InboxKind.Scheduled], kinds);
        Assert.Equal([1, 2, 3], Rest());
        Assert.False(_queue.HasSetAside);
    }

    [Fact]
    public void What_was_set_aside_is_given_back_by_a_loop_that_ends()
    {
        Put(InboxKind.Posted, "posted");
        Assert.Empty(_queue.TakeOut(_inbox, static _ => false));
        Assert.True(_queue.TryTakeSetAside(out InboxItem item));
        Assert.Equal("posted", item.Work);
        Assert.False(_queue.TryTakeSetAside(out _));
    }

    [Fact]
    public void A_loop_that_goes_on_meanwhile_has_each_item_once_or_the_other_has()
    {
        const int items = 300_000;
        int[] seen = new int[items];
        bool ended = false;
        Thread loop = new(() =>
        {
            for (int i = 0; i < items; i++)
            {
                if ((i & 1) == 0)
                {
                    _queue.Enqueue(i);
                }
                else
                {
                    Put(InboxKind.Scheduled, i);
                    _queue.TryTake(_inbox, out _);
                }

                if ((i & 3) != 0 && _queue.TryDequeue(out object work))
                {
                    seen[(int)work]++;
                }
            }

            Volatile.Write(ref ended, true);
        });
        loop.Start();
        int taken = 0;
        while (!Volatile.Read(ref ended))
        {
            foreach (object work in _queue.TakeOut(_inbox, static work => (int)work % 3 == 0))
            {
                Interlocked.Increment(ref seen[(int)work]);
                taken++;
            }
        }

        loop.Join();
        while (_queue.TryTake(_inbox, out _))
        {
        }

        foreach (object work in Rest())
        {
            seen[(int)work]++;
        }

        Assert.All(seen, static times => Assert.Equal(1, times));
        Assert.NotEqual(0, taken);
    }

    private List<object> Rest()
    {
        List<object> rest = [];
        while (_queue.TryDequeue(out object work))
        {
            rest.Add(work);
        }

        return rest;
    }

    private void Put(InboxKind kind, object? work) => Assert.True(_inbox.TryPut(new InboxItem(kind, work, 0)));
}
