using System.Diagnostics;
using FlexSc.Interop.Backends.IoUring;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Tests.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Backends;

public sealed unsafe class SubmissionCompletionRingTests
{
    [SkippableFact]
    public void A_batch_of_nops_goes_out_in_one_call_and_comes_back_in_order()
    {
        using SubmissionCompletionRing ring = Create(submissionEntries: 8);
        for (ulong i = 0; i < 8; i++)
        {
            Assert.True(ring.TryStage(out SubmissionQueueEntry* entry));
            entry->Opcode = IoUringOpcode.Nop;
            entry->UserData = i;
        }

        ring.Enter(wait: true, timeoutNanoseconds: -1);

        Assert.Equal(1, ring.EnterCalls);
        for (int i = 0; i < 8; i++)
        {
            Assert.True(ring.TryTake(out CompletionQueueEntry completion));
            Assert.Equal((ulong)i, completion.UserData);
            Assert.Equal(0, completion.Result);
        }

        Assert.False(ring.TryTake(out _));
    }

    [SkippableFact]
    public void A_full_ring_refuses_and_takes_again_after_entering()
    {
        using SubmissionCompletionRing ring = Create(submissionEntries: 4);
        for (int i = 0; i < 4; i++)
        {
            Assert.True(ring.TryStage(out _));
        }

        Assert.False(ring.TryStage(out _));
        ring.Enter(wait: true, timeoutNanoseconds: -1);
        Assert.True(ring.TryStage(out _));
    }

    [SkippableFact]
    public void A_wait_for_a_batch_ends_when_its_time_does_with_what_is_there()
    {
        const uint batchMicroseconds = 20_000;
        using SubmissionCompletionRing ring = Create(submissionEntries: 4);
        Assert.True(ring.TryStage(out SubmissionQueueEntry* entry));
        entry->Opcode = IoUringOpcode.Nop;
        long startedAt = Stopwatch.GetTimestamp();
        ring.Enter(wait: true, timeoutNanoseconds: -1, batch: 8, batchMicroseconds);

        Assert.Equal(1u, ring.AvailableCompletions);
        Assert.True(Stopwatch.GetElapsedTime(startedAt) < LoopFixture.Deadline, "the wait went on beyond the time for a batch");
    }

    [SkippableFact]
    public void Completions_beyond_the_ring_are_kept_by_the_kernel()
    {
        const int Calls = 100;
        using SubmissionCompletionRing ring = Create(submissionEntries: 4);
        for (ulong i = 0; i < Calls; i++)
        {
            if (!ring.TryStage(out SubmissionQueueEntry* entry))
            {
                ring.Enter(wait: false, timeoutNanoseconds: 0);
                Assert.True(ring.TryStage(out entry));
            }

            entry->Opcode = IoUringOpcode.Nop;
            entry->UserData = i;
        }

        ulong expected = 0;
        while (expected < Calls)
        {
            ring.Enter(wait: true, timeoutNanoseconds: 1_000_000_000);
            Assert.True(ring.HasCompletions);
            while (ring.TryTake(out CompletionQueueEntry completion))
            {
                Assert.Equal(expected++, completion.UserData);
            }
        }

        Assert.Equal(0u, ring.DroppedCompletions);
    }

    [SkippableFact]
    public void A_wait_ends_when_its_time_is_over()
    {
        using SubmissionCompletionRing ring = Create(submissionEntries: 4);
        Stopwatch watch = Stopwatch.StartNew();

        ring.Enter(wait: true, timeoutNanoseconds: 20_000_000);

        Assert.InRange(watch.Elapsed, TimeSpan.FromMilliseconds(19), LoopFixture.Deadline);
        Assert.False(ring.HasCompletions);
    }

    [SkippableFact]
    public void Nothing_to_do_makes_no_call()
    {
        using SubmissionCompletionRing ring = Create(submissionEntries: 4);

        ring.Enter(wait: false, timeoutNanoseconds: 0);

        Assert.Equal(0, ring.EnterCalls);
    }

    [SkippableFact]
    public void A_foreign_thread_is_refused_by_the_kernel()
    {
        using SubmissionCompletionRing ring = Create(submissionEntries: 4);
        Assert.True(ring.TryStage(out _));
        LinuxException? error = null;
        Thread foreign = new(() => error = Assert.Throws<LinuxException>(() => ring.Enter(wait: false, timeoutNanoseconds: 0)));
        foreign.Start();
        foreign.Join();

        const int exists = 17;
        Assert.Equal(exists, error?.ErrorNumber);
        Assert.Equal("io_uring_enter", error?.Call);
    }

    private static SubmissionCompletionRing Create(uint submissionEntries)
    {
        try
        {
            return new SubmissionCompletionRing(submissionEntries, submissionEntries * 2);
        }
        catch (LinuxException exception) when (exception.ErrorNumber is 1 or 22 or 38)
        {
            throw new SkipException(exception.Message);
        }
    }
}
