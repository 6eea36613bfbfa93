using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using Xunit;

namespace FlexSc.Interop.Tests.Loop;

/// <summary>Whatever the loop calls may throw: the loop reports it and goes on.</summary>
public sealed class CallbackFailureTests
{
    public enum Callback
    {
        Posted,
        Scheduled,
        Timer,
        Operation,
        Waiter,
        Continuation,
        BeforeFlush,
    }

    [SkippableTheory]
    [InlineData(Callback.Posted)]
    [InlineData(Callback.Scheduled)]
    [InlineData(Callback.Timer)]
    [InlineData(Callback.Operation)]
    [InlineData(Callback.Waiter)]
    [InlineData(Callback.Continuation)]
    [InlineData(Callback.BeforeFlush)]
    public async Task An_exception_is_reported_and_the_loop_goes_on(Callback callback)
    {
        FailingHost host = new();
        using SyscallLoop loop = LoopFixture.Start(host: host);
        await loop.RunAsync(owner => Fail(owner, host, callback));
        Exception failure = await host.Reported.Task.WaitAsync(LoopFixture.Deadline);
        Assert.Equal("as told", failure.Message);
        Assert.Equal(1, loop.CallbackFailures);

        // It still makes calls, runs work, and ends in order.
        Assert.Equal(0, await loop.AwaitAsync(async owner => await owner.SubmitAsync(FlexScAbi.NumberNop)));
        loop.Dispose();
        await loop.Ended;
    }

    [SkippableFact]
    public async Task An_exception_as_the_loop_stops_does_not_keep_it_from_ending()
    {
        FailingHost host = new() { FailsAtTheEnd = true };
        SyscallLoop loop = LoopFixture.Start(host: host);
        loop.Dispose();
        await loop.Ended;
        Assert.True(loop.CallbackFailures >= 2, $"{loop.CallbackFailures} failures were counted");
    }

    [SkippableFact]
    public async Task Without_a_host_the_first_exception_comes_out_at_the_end()
    {
        SyscallLoop loop = LoopFixture.Start();
        Assert.True(loop.TryPost(_ => throw new NotSupportedException("the first")));
        Assert.True(loop.TryPost(_ => throw new NotSupportedException("the second")));
        Assert.Equal(2, await loop.RunAsync(owner => owner.CallbackFailures));
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(loop.Dispose);
        Assert.Equal("the first", Assert.IsType<NotSupportedException>(error.InnerException).Message);
        await loop.Ended;
    }

    private static int Fail(SyscallLoop loop, FailingHost host, Callback callback)
    {
        switch (callback)
        {
            case Callback.Posted:
                Assert.True(loop.TryPost(_ => throw new InvalidOperationException("as told")));
                break;
            case Callback.Scheduled:
                Assert.True(loop.TrySchedule(new object()));
                break;
            case Callback.Timer:
                loop.StartTimer(new FailingTimer(), delayMs: 0);
                break;
            case Callback.Operation:
                Assert.True(loop.TrySubmit(new FailingOperation(), FlexScAbi.NumberNop));
                break;
            case Callback.Waiter:
                loop.Buffers.Await(new FailingWaiter());
                break;
            case Callback.Continuation:
#pragma warning disable CA2012 // a continuation that no async method guards is what is tested
                loop.SubmitAsync(FlexScAbi.NumberNop).GetAwaiter().UnsafeOnCompleted(() => throw new InvalidOperationException("as told"));
#pragma warning restore CA2012
                break;
            case Callback.BeforeFlush:
                host.FailsOnceBeforeFlush = true;
                break;
        }

        return 0;
    }

    private sealed class FailingHost : ILoopHost
    {
        public TaskCompletionSource<Exception> Reported { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool FailsOnceBeforeFlush { get; set; }

        public bool FailsAtTheEnd { get; init; }

        public void OnStarted(SyscallLoop loop)
        {
        }

        public void OnStopping(SyscallLoop loop) => FailAtTheEnd();

        public void OnEnded(SyscallLoop loop) => FailAtTheEnd();

        public void Run(SyscallLoop loop, object work) => throw new InvalidOperationException("as told");

        public void BeforeFlush(SyscallLoop loop)
        {
            if (FailsOnceBeforeFlush)
            {
                FailsOnceBeforeFlush = false;
                throw new InvalidOperationException("as told");
            }
        }

        public bool OnCallbackFailed(SyscallLoop loop, object callback, Exception exception)
        {
            Reported.TrySetResult(exception);
            return true;
        }

        private void FailAtTheEnd()
        {
            if (FailsAtTheEnd)
            {
                throw new InvalidOperationException("as told");
            }
        }
    }

    private sealed class FailingTimer : LoopTimer
    {
        protected internal override void OnDue(SyscallLoop loop) => throw new InvalidOperationException("as told");
    }

    private sealed class FailingOperation : SyscallOperation
    {
        protected internal override void OnCompleted(SyscallLoop loop, in Completion completion) => throw new InvalidOperationException("as told");
    }

    private sealed class FailingWaiter : IBufferWaiter
    {
        public void OnBuffersAvailable() => throw new InvalidOperationException("as told");
    }
}
