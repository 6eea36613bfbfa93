using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using Xunit;

namespace FlexSc.Interop.Tests.Loop;

public sealed class AwaitTests
{
    [SkippableFact]
    public async Task An_awaited_call_resumes_on_the_loop_with_its_result()
    {
        using SyscallLoop loop = LoopFixture.Start();
        (long processId, long error, bool sameThread) = await loop.AwaitAsync(CallAsync);

        const int badDescriptor = 9;
        Assert.Equal(Environment.ProcessId, processId);
        Assert.Equal(-badDescriptor, error);
        Assert.True(sameThread);
        Assert.Equal(0, await loop.RunAsync(owner => owner.UsedEntries));

        static async Task<(long, long, bool)> CallAsync(SyscallLoop owner)
        {
            Thread before = Thread.CurrentThread;
            long processId = await owner.SubmitAsync(SyscallNumber.GetPid);
            long error = await owner.SubmitAsync(SyscallNumber.Close, int.MaxValue);
            return (processId, error, Thread.CurrentThread == before);
        }
    }

    [SkippableFact]
    public async Task A_warm_loop_awaits_without_allocating()
    {
        const int WarmUp = 1_000;
        const int Calls = 10_000;
        using SyscallLoop loop = LoopFixture.Start();
        // The bound leaves room for the runtime's own bookkeeping; one object a call would be 240,000 bytes or more.
        Assert.InRange(await loop.AwaitAsync(MeasureAsync), 0, 1_024);

        static async Task<long> MeasureAsync(SyscallLoop owner)
        {
            long before = 0;
            for (int i = 0; i < WarmUp + Calls; i++)
            {
                if (i == WarmUp)
                {
                    before = GC.GetAllocatedBytesForCurrentThread();
                }

                await owner.SubmitAsync(FlexScAbi.NumberNop);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [SkippableFact]
    public async Task A_full_page_set_is_named_with_the_remedy()
    {
        using SyscallLoop loop = LoopFixture.Start(new SyscallLoopOptions { Pages = 1 });
        InvalidOperationException error = await loop.RunAsync(owner =>
        {
            while (owner.TrySubmit(new RecordingOperation(), FlexScAbi.NumberNop))
            {
            }

            return Assert.Throws<InvalidOperationException>(() => owner.SubmitAsync(FlexScAbi.NumberNop).AsTask().Wait(LoopFixture.Deadline));
        });
        Assert.Contains(nameof(SyscallLoopOptions.Pages), error.Message, StringComparison.Ordinal);
    }
}
