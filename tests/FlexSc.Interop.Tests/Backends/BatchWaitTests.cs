using FlexSc.Interop.Backends;
using Xunit;

namespace FlexSc.Interop.Tests.Backends;

public sealed class BatchWaitTests
{
    private const uint Batch = 32;

    [Fact]
    public void What_comes_singly_is_never_made_to_wait()
    {
        BatchWait wait = new(100);
        for (int i = 0; i < 1_000; i++)
        {
            Assert.Equal(1u, wait.Next(allowed: true));
            wait.OnWaited(1, 1);
        }
    }

    [Fact]
    public void A_batch_is_asked_for_when_several_come_and_allowed_and_switched_on()
    {
        BatchWait wait = Batching(100);
        Assert.Equal(Batch, wait.Next(allowed: true));
        Assert.Equal(1u, wait.Next(allowed: false));
        Assert.Equal(1u, Batching(0).Next(allowed: true));
    }

    [Fact]
    public void Poor_batches_end_the_attempt_and_it_is_tried_again_later()
    {
        BatchWait wait = Batching(100);
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(Batch, wait.Next(allowed: true));
            wait.OnWaited(Batch, 3);
        }

        int plain = 0;
        while (wait.Next(allowed: true) == 1)
        {
            Assert.True(plain++ < 10_000, "it is never tried again");
            wait.OnWaited(1, 3);
        }

        Assert.InRange(plain, 1_024, 2_048);
    }

    [Fact]
    public void A_full_batch_now_and_then_keeps_it_going()
    {
        BatchWait wait = Batching(100);
        for (int i = 0; i < 100; i++)
        {
            wait.OnWaited(Batch, i % 4 == 3 ? 20u : 3u);
            Assert.Equal(Batch, wait.Next(allowed: true));
        }
    }

    [Fact]
    public void After_another_thread_woke_the_loop_it_waits_for_one_for_a_while()
    {
        BatchWait wait = Batching(100);
        wait.OnWoken();
        int plain = 0;
        for (; wait.Next(allowed: true) == 1; plain++)
        {
            wait.OnWaited(1, 1);
        }

        Assert.Equal(64, plain);
    }

    private static BatchWait Batching(int microseconds)
    {
        BatchWait wait = new(microseconds);
        for (int i = 0; i < 100; i++)
        {
            wait.OnWaited(1, 3);
        }

        return wait;
    }
}
