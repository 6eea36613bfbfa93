using System.Net;
using System.Net.Sockets;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using Xunit;

namespace FlexSc.Interop.Tests.Loop;

public sealed class SyscallLoopTests
{
    public static TheoryData<SyscallLoopOptions, string> OptionsOutOfRange => new()
    {
        { new SyscallLoopOptions { Pages = 0 }, nameof(SyscallLoopOptions.Pages) },
        { new SyscallLoopOptions { Pages = SyscallLoopOptions.MaxPages + 1 }, nameof(SyscallLoopOptions.Pages) },
        { new SyscallLoopOptions { SubmissionSlots = 100 }, nameof(SyscallLoopOptions.SubmissionSlots) },
        { new SyscallLoopOptions { CompletionSlots = 256 }, nameof(SyscallLoopOptions.CompletionSlots) },
        { new SyscallLoopOptions { CompanionThreads = 0 }, nameof(SyscallLoopOptions.CompanionThreads) },
        { new SyscallLoopOptions { WaitingThreads = 0 }, nameof(SyscallLoopOptions.WaitingThreads) },
        { new SyscallLoopOptions { CompletionsPerTurn = 0 }, nameof(SyscallLoopOptions.CompletionsPerTurn) },
        { new SyscallLoopOptions { PostedWorkPerTurn = 0 }, nameof(SyscallLoopOptions.PostedWorkPerTurn) },
        { new SyscallLoopOptions { PostedWorkLimit = 0 }, nameof(SyscallLoopOptions.PostedWorkLimit) },
        { new SyscallLoopOptions { WorkPerTurn = 0 }, nameof(SyscallLoopOptions.WorkPerTurn) },
        { new SyscallLoopOptions { BufferCount = 3 }, nameof(SyscallLoopOptions.BufferCount) },
        { new SyscallLoopOptions { BufferCount = 65_536 }, nameof(SyscallLoopOptions.BufferCount) },
        { new SyscallLoopOptions { BufferBytes = 8 }, nameof(SyscallLoopOptions.BufferBytes) },
        { new SyscallLoopOptions { BatchWaitMicroseconds = 1_001 }, nameof(SyscallLoopOptions.BatchWaitMicroseconds) },
        { new SyscallLoopOptions { WakeSpinMicroseconds = 1_001 }, nameof(SyscallLoopOptions.WakeSpinMicroseconds) },
        { new SyscallLoopOptions { WakeSpinMicroseconds = -1 }, nameof(SyscallLoopOptions.WakeSpinMicroseconds) },
        { new SyscallLoopOptions { Cpu = -1 }, nameof(SyscallLoopOptions.Cpu) },
        { new SyscallLoopOptions { Backend = (SyscallBackendKind)4 }, nameof(SyscallLoopOptions.Backend) },
        { new SyscallLoopOptions { SyscallThreads = -1 }, nameof(SyscallLoopOptions.SyscallThreads) },
        { new SyscallLoopOptions { SyscallThreads = SyscallLoopOptions.MaxSyscallThreads + 1 }, nameof(SyscallLoopOptions.SyscallThreads) },
        { new SyscallLoopOptions { SyscallThreads = 1, SyscallThreadCpus = [0, -1] }, nameof(SyscallLoopOptions.SyscallThreadCpus) },
        { new SyscallLoopOptions { SyscallThreadCpus = [0] }, nameof(SyscallLoopOptions.SyscallThreadCpus) },
        { new SyscallLoopOptions { SubmissionPollIdleMs = 0 }, nameof(SyscallLoopOptions.SubmissionPollIdleMs) },
        { new SyscallLoopOptions { RingChangeLimitMs = -1 }, nameof(SyscallLoopOptions.RingChangeLimitMs) },
        {
            new SyscallLoopOptions { RingChangeLimitMs = SyscallLoopOptions.MaxRingChangeLimitMs + 1 }, nameof(SyscallLoopOptions.RingChangeLimitMs)
        },
    };

    [Theory]
    [MemberData(nameof(OptionsOutOfRange))]
    public void An_option_out_of_range_is_named(SyscallLoopOptions options, string name)
    {
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() => SyscallLoop.Start(options, "test-loop"));
        Assert.Equal(name, error.ParamName);
    }

    [SkippableFact]
    public async Task A_loop_whose_queue_is_full_refuses_work_and_still_stops()
    {
        SyscallLoop loop = LoopFixture.Start(new SyscallLoopOptions { PostedWorkLimit = 2 });
        using ManualResetEventSlim entered = new();
        using ManualResetEventSlim release = new();
        int ran = 0;
        Assert.True(loop.TryPost(_ =>
        {
            entered.Set();
            release.Wait(LoopFixture.Deadline);
        }));
        Assert.True(entered.Wait(LoopFixture.Deadline));
        Assert.True(loop.TryPost(_ => ran++));
        Assert.True(loop.TryPost(_ => ran++));
        Assert.False(loop.TryPost(_ => ran++));

        Task disposing = Task.Run(loop.Dispose);
        release.Set();
        await disposing.WaitAsync(LoopFixture.Deadline);
        Assert.Equal(2, ran);
        Assert.False(loop.TryPost(_ => ran++));
    }

    [SkippableFact]
    public void A_foreign_thread_is_refused_with_the_remedy()
    {
        using SyscallLoop loop = LoopFixture.Start();
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => loop.TrySubmit(new RecordingOperation(), FlexScAbi.NumberNop));
        Assert.Contains("TryPost", error.Message, StringComparison.Ordinal);
    }
}
