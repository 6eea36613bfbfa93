using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Dispatch.MessageQueues;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.Loops;

public sealed class LoopMessageQueueSpec
{
    [Fact]
    public void Messages_come_in_order_while_the_queue_grows()
    {
        LoopMessageQueue queue = new(ActorRefs.Nobody);
        int next = 0;
        int expected = 0;
        for (int burst = 1; burst <= 5_000; burst = (burst * 3) + 1)
        {
            for (int i = 0; i < burst; i++)
            {
                queue.Enqueue(ActorRefs.Nobody, new Envelope(next++, ActorRefs.NoSender));
            }

            Assert.Equal(next - expected, queue.Count);
            Assert.True(queue.HasMessages);
            for (int left = burst; left > burst / 3; left--)
            {
                Assert.True(queue.TryDequeue(out Envelope envelope));
                Assert.Equal(expected++, envelope.Message);
            }
        }

        while (queue.TryDequeue(out Envelope envelope))
        {
            Assert.Equal(expected++, envelope.Message);
        }

        Assert.Equal(next, expected);
        Assert.Equal(0, queue.Count);
        Assert.False(queue.HasMessages);
    }

    [Fact]
    public async Task Nothing_is_lost_or_reordered_between_threads()
    {
        const int Producers = 4;
        const int Messages = 200_000;
        LoopMessageQueue queue = new(ActorRefs.Nobody);
        Task[] producers = Enumerable.Range(0, Producers).Select(producer => Task.Run(() =>
        {
            for (int i = 0; i < Messages; i++)
            {
                queue.Enqueue(ActorRefs.Nobody, new Envelope((producer, i), ActorRefs.NoSender));
            }
        })).ToArray();

        int[] expected = new int[Producers];
        long taken = 0;
        while (taken < (long)Producers * Messages)
        {
            if (queue.TryDequeue(out Envelope envelope))
            {
                (int producer, int number) = ((int, int))envelope.Message;
                Assert.Equal(expected[producer]++, number);
                taken++;
            }
            else
            {
                Assert.False(Array.TrueForAll(producers, producer => producer.IsCompleted) && !queue.HasMessages, $"only {taken} messages came");
                Thread.Yield();
            }
        }

        await Task.WhenAll(producers);
        Assert.False(queue.HasMessages);
    }

    [Fact]
    public void A_message_in_a_warm_queue_allocates_nothing()
    {
        LoopMessageQueue queue = new(ActorRefs.Nobody);
        Envelope envelope = new("message", ActorRefs.NoSender);

        // A thread's first look at which loop it belongs to makes room for the answer.
        queue.Enqueue(ActorRefs.Nobody, envelope);
        queue.TryDequeue(out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
        {
            queue.Enqueue(ActorRefs.Nobody, envelope);
            queue.Enqueue(ActorRefs.Nobody, envelope);
            queue.TryDequeue(out _);
            queue.TryDequeue(out _);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void The_memory_of_a_burst_is_given_back()
    {
        const int Burst = 10_000;
        LoopMessageQueue queue = new(ActorRefs.Nobody);
        WeakReference burst = EnqueueBurst(queue, Burst);
        Drain(queue);
        queue.Enqueue(ActorRefs.Nobody, new Envelope("after", ActorRefs.NoSender));
        Assert.True(queue.TryDequeue(out Envelope after));
        Assert.Equal("after", after.Message);
        GC.Collect();
        Assert.False(burst.IsAlive, "a message that was taken is still held");
    }

    [Fact]
    public void What_is_left_goes_to_dead_letters()
    {
        LoopMessageQueue queue = new(ActorRefs.Nobody);
        UnboundedMessageQueue deadLetters = new();
        queue.Enqueue(ActorRefs.Nobody, new Envelope("one", ActorRefs.NoSender));
        queue.Enqueue(ActorRefs.Nobody, new Envelope("two", ActorRefs.NoSender));
        queue.CleanUp(ActorRefs.Nobody, deadLetters);

        Assert.Equal(2, deadLetters.Count);
        Assert.False(queue.HasMessages);
    }

    // Methods of their own, not inlined: a local of the test would hold the message that is to be collected.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Drain(LoopMessageQueue queue)
    {
        while (queue.TryDequeue(out _))
        {
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference EnqueueBurst(LoopMessageQueue queue, int count)
    {
        object last = new();
        for (int i = 0; i < count; i++)
        {
            queue.Enqueue(ActorRefs.Nobody, new Envelope(last, ActorRefs.NoSender));
        }

        return new WeakReference(last);
    }
}
