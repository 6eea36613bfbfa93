using FlexSc.Interop.Backends;
using Xunit;

namespace FlexSc.Interop.Tests.Backends;

public sealed class BatchWaitTests
{
    private const uint Batch = 32;
    private const int WaitsOfAPeriod = 256;
    private const int BatchesToJudge = 32;

    private readonly ManualClock _clock = new();

    [Fact]
    public void What_comes_singly_is_never_made_to_wait()
    {
        BatchWait wait = new(100, _clock);
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
        Repeat(wait, 4, came: 2, us: 100);
        Assert.InRange(WaitsToNextAttempt(wait, came: 3), 1_024, 1_024 + WaitsOfAPeriod);
    }

    [Fact]
    public void A_good_batch_now_and_then_keeps_it_going()
    {
        BatchWait wait = Batching(100);
        for (int i = 0; i < 100; i++)
        {
            Repeat(wait, 1, i % 4 == 3 ? 20u : 2u, us: 10);
            Assert.Equal(Batch, wait.Next(allowed: true));
        }
    }

    [Fact]
    public void Batches_by_which_less_comes_end_the_attempt_and_each_time_it_is_tried_later()
    {
        BatchWait wait = Batching(100);
        int expected = 1_024;
        for (int attempt = 0; attempt < 10; attempt++)
        {
            // 3 in 10 us without batches, 8 in 100 us with them: both sides wait for each other.
            Repeat(wait, BatchesToJudge, came: 8, us: 100);
            Assert.InRange(WaitsToNextAttempt(wait, came: 3), expected, expected + WaitsOfAPeriod);
            expected = Math.Min(expected * 2, 65_536);
        }
    }

    [Fact]
    public void Batches_by_which_as_much_comes_go_on_and_are_compared_again_after_a_while()
    {
        BatchWait wait = Batching(100);
        Repeat(wait, 4_096, came: 30, us: 100);
        Assert.Equal(WaitsOfAPeriod, WaitsToNextAttempt(wait, came: 1));

        // The load has become one to which batches do harm: it stops, for the shortest time.
        Repeat(wait, BatchesToJudge, came: 8, us: 1000);
        Assert.InRange(WaitsToNextAttempt(wait, came: 3), 1_024, 1_024 + WaitsOfAPeriod);
    }

    [Fact]
    public void After_another_thread_woke_the_loop_it_waits_for_one_for_a_while()
    {
        BatchWait wait = Batching(100);
        wait.OnWoken();
        Assert.Equal(64, WaitsToNextAttempt(wait, came: 1));
    }

    private BatchWait Batching(int microseconds)
    {
        BatchWait wait = new(microseconds, _clock);
        for (int i = 0; i < WaitsOfAPeriod; i++)
        {
            wait.OnWaited(1, 3);
            _clock.Advance(10);
        }

        return wait;
    }

    private void Repeat(BatchWait wait, int batches, uint came, int us)
    {
        for (int i = 0; i < batches; i++)
        {
            Assert.Equal(Batch, wait.Next(allowed: true));
            _clock.Advance(us);
            wait.OnWaited(Batch, came);
        }
    }

    private int WaitsToNextAttempt(BatchWait wait, uint came)
    {
        int plain = 0;
        for (; wait.Next(allowed: true) == 1; plain++)
        {
            Assert.True(plain < 100_000, "it is never tried again");
            _clock.Advance(10);
            wait.OnWaited(1, came);
        }

        return plain;
    }
}
