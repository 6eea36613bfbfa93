using System.Diagnostics;
using FlexSc.Interop.Page;
using FlexSc.Interop.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Loop;

/// <summary>A turn is bounded by what waits when it begins and by time, whatever the work is.</summary>
public sealed class TurnBoundTests
{
    private const int Items = 64;
    private const int BudgetMicroseconds = 1_000;
    private const int ItemMicroseconds = 300;

    /// <summary>The looks at the clock follow items 1, 3 and 7, and four items take longer than the budget.</summary>
    private const int MostInOneTurn = 7;

    private static readonly SyscallLoopOptions Options = new() { TurnBudgetMicroseconds = BudgetMicroseconds };

    [SkippableFact]
    public async Task Scheduled_work_that_takes_long_leaves_the_turn_to_others()
    {
        TurnCount count = new(Items);
        using SyscallLoop loop = LoopFixture.Start(Options, new CountingHost(count));
        await loop.RunAsync(owner => Repeat(() => Assert.True(owner.TrySchedule(new object()))));
        AssertBounded(await count.All);
    }

    [SkippableFact]
    public async Task Posted_work_that_takes_long_leaves_the_turn_to_others()
    {
        TurnCount count = new(Items);
        using SyscallLoop loop = LoopFixture.Start(Options);
        await loop.RunAsync(owner => Repeat(() => Assert.True(owner.TryPost(count.Run))));
        AssertBounded(await count.All);
    }

    [SkippableFact]
    public async Task Timers_that_take_long_leave_the_turn_to_others()
    {
        TurnCount count = new(Items);
        using SyscallLoop loop = LoopFixture.Start(Options);
        await loop.RunAsync(owner => Repeat(() => owner.StartTimer(new CountingTimer(count), delayMs: 0)));
        AssertBounded(await count.All);
    }

    [SkippableFact]
    public async Task Completions_that_take_long_to_handle_leave_the_turn_to_others()
    {
        TurnCount count = new(Items);
        using SyscallLoop loop = LoopFixture.Start(Options);
        await loop.RunAsync(owner => Repeat(() => Assert.True(owner.TrySubmit(new CountingOperation(count), FlexScAbi.NumberNop))));
        AssertBounded(await count.All);
    }

    [SkippableFact]
    public async Task Completions_beyond_the_bound_wait_for_the_next_turn()
    {
        const int mostPerTurn = 4;
        TurnCount count = new(Items, itemMicroseconds: 0);
        using SyscallLoop loop = LoopFixture.Start(new SyscallLoopOptions { CompletionsPerTurn = mostPerTurn });
        await loop.RunAsync(owner => Repeat(() => Assert.True(owner.TrySubmit(new CountingOperation(count), FlexScAbi.NumberNop))));
        Assert.InRange(await count.All, 1, mostPerTurn);
    }

    [SkippableFact]
    public async Task What_an_operation_submits_completes_after_it_has_returned()
    {
        using SyscallLoop loop = LoopFixture.Start();
        ChainedOperation operation = new(Items);
        Assert.True(await loop.RunAsync(owner => owner.TrySubmit(operation, FlexScAbi.NumberNop)));
        await operation.Ended.WaitAsync(LoopFixture.Deadline);
    }

    [SkippableFact]
    public async Task Waiters_for_buffers_that_take_long_leave_the_turn_to_others()
    {
        TurnCount count = new(Items);
        using SyscallLoop loop = LoopFixture.Start(Options);
        await loop.RunAsync(owner => Repeat(() => owner.Buffers.Await(new CountingWaiter(owner, count))));
        AssertBounded(await count.All);
    }

    [SkippableFact]
    public async Task Work_that_schedules_itself_again_runs_once_a_turn()
    {
        TurnCount count = new(Items, itemMicroseconds: 0);
        using SyscallLoop loop = LoopFixture.Start(host: new CountingHost(count, again: true));
        Assert.True(loop.TrySchedule(new object()));
        Assert.Equal(1, await count.All);
    }

    [SkippableFact]
    public async Task Work_that_posts_itself_again_runs_once_a_turn()
    {
        TurnCount count = new(Items, itemMicroseconds: 0);
        using SyscallLoop loop = LoopFixture.Start();
        Assert.True(loop.TryPost(Again));
        Assert.Equal(1, await count.All);

        void Again(SyscallLoop owner)
        {
            count.Run(owner);
            Assert.True(owner.TryPost(Again) || owner.IsStopping);
        }
    }

    [SkippableFact]
    public async Task Busy_work_does_not_keep_completions_away()
    {
        // As many calls, one after the other, as there are turns: a turn that runs the work without end would never deliver one.
        TurnCount count = new(int.MaxValue);
        using SyscallLoop loop = LoopFixture.Start(Options, new CountingHost(count, again: true));
        for (int i = 0; i < Items; i++)
        {
            Assert.True(loop.TrySchedule(new object()));
        }

        const int calls = 20;
        long turns = await loop.AwaitAsync(async owner =>
        {
            long first = owner.Turns;
            for (int i = 0; i < calls; i++)
            {
                await owner.SubmitAsync(FlexScAbi.NumberNop);
            }

            return owner.Turns - first;
        });
        Assert.InRange(turns, calls - 1, calls * 3);
        AssertBounded(count.Most);
    }

    private static void AssertBounded(int mostInOneTurn) => Assert.InRange(mostInOneTurn, 1, MostInOneTurn);

    private static int Repeat(Action act)
    {
        for (int i = 0; i < Items; i++)
        {
            act();
        }

        return Items;
    }

    private static void Spin(int microseconds)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start).TotalMicroseconds < microseconds)
        {
        }
    }

    /// <summary>Counts items by the turn they ran in.</summary>
    private sealed class TurnCount(int expected, int itemMicroseconds = ItemMicroseconds)
    {
        private readonly TaskCompletionSource<int> _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _turn = -1;
        private int _inTurn;
        private int _ran;

        public Task<int> All => _all.Task.WaitAsync(LoopFixture.Deadline);

        public int Most { get; private set; }

        public void Run(SyscallLoop loop)
        {
            _inTurn = loop.Turns == _turn ? _inTurn + 1 : 1;
            _turn = loop.Turns;
            Most = Math.Max(Most, _inTurn);
            Spin(itemMicroseconds);
            if (++_ran == expected)
            {
                _all.TrySetResult(Most);
            }
        }
    }

    private sealed class CountingHost(TurnCount count, bool again = false) : ILoopHost
    {
        public void OnStarted(SyscallLoop loop)
        {
        }

        public void OnStopping(SyscallLoop loop)
        {
        }

        public void OnEnded(SyscallLoop loop)
        {
        }

        public void Run(SyscallLoop loop, object work)
        {
            count.Run(loop);
            if (again && !loop.IsStopping)
            {
                Assert.True(loop.TrySchedule(work));
            }
        }

        public void BeforeFlush(SyscallLoop loop)
        {
        }
    }

    private sealed class CountingTimer(TurnCount count) : LoopTimer
    {
        protected internal override void OnDue(SyscallLoop loop) => count.Run(loop);
    }

    private sealed class CountingOperation(TurnCount count) : SyscallOperation
    {
        protected internal override void OnCompleted(SyscallLoop loop, in Completion completion) => count.Run(loop);
    }

    /// <summary>Submits the next call from within the completion of the last one.</summary>
    private sealed class ChainedOperation(int calls) : SyscallOperation
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left = calls;
        private bool _runs;

        public Task Ended => _ended.Task;

        protected internal override void OnCompleted(SyscallLoop loop, in Completion completion)
        {
            if (_runs)
            {
                _ended.TrySetException(new InvalidOperationException("a completion was delivered within another one"));
            }

            _runs = true;
            if (--_left == 0)
            {
                _ended.TrySetResult();
            }
            else if (!loop.TrySubmit(this, FlexScAbi.NumberNop))
            {
                _ended.TrySetException(new InvalidOperationException("the entry of a terminal completion is not free"));
            }

            _runs = false;
        }
    }

    private sealed class CountingWaiter(SyscallLoop loop, TurnCount count) : IBufferWaiter
    {
        public void OnBuffersAvailable() => count.Run(loop);
    }
}
