using System.Diagnostics;
using FlexSc.Interop.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Loop;

public sealed class TimerTests
{
    private const double TimerTickMs = 1;

    [SkippableFact]
    public async Task Timers_fire_in_the_order_of_their_due_times_and_not_before()
    {
        long[] delaysMs = [30, 5, 20, 1, 15];
        using SyscallLoop loop = LoopFixture.Start();
        List<Due> order = [];
        TaskCompletionSource all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await loop.RunAsync(owner =>
        {
            foreach (long delayMs in delaysMs)
            {
                Due due = new();
                ActionTimer timer = new(() =>
                {
                    due.FiredMs = NowMs();
                    order.Add(due);
                    if (order.Count == delaysMs.Length)
                    {
                        all.SetResult();
                    }
                });
                due.Start(owner, timer, delayMs);
            }

            return 0;
        });
        await all.Task.WaitAsync(LoopFixture.Deadline);
        AssertOrdered(order);
        Assert.Equal(0, await loop.RunAsync(owner => owner.StartedTimers));
    }

    [SkippableFact]
    public async Task A_stopped_timer_leaves_at_once_and_does_not_fire()
    {
        using SyscallLoop loop = LoopFixture.Start();
        bool fired = false;
        TaskCompletionSource later = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await loop.RunAsync(owner =>
        {
            ActionTimer stopped = new(() => fired = true);
            owner.StartTimer(stopped, 5);
            owner.StartTimer(new ActionTimer(later.SetResult), 20);
            owner.StopTimer(stopped);
            owner.StopTimer(stopped);
            Assert.Equal(1, owner.StartedTimers);
            return 0;
        });
        await later.Task.WaitAsync(LoopFixture.Deadline);
        Assert.False(fired);
    }

    [SkippableFact]
    public async Task Random_starts_and_stops_keep_the_order()
    {
        const int Timers = 2_000;
        Random random = new(20261124);
        using SyscallLoop loop = LoopFixture.Start();
        List<Due> fired = [];
        int expected = 0;
        TaskCompletionSource all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await loop.RunAsync(owner =>
        {
            List<ActionTimer> started = [];
            for (int i = 0; i < Timers; i++)
            {
                Due due = new();
                ActionTimer timer = new(() =>
                {
                    due.FiredMs = NowMs();
                    fired.Add(due);
                    if (fired.Count == expected)
                    {
                        all.SetResult();
                    }
                });
                due.Start(owner, timer, 20 + random.Next(40));
                started.Add(timer);
                if (random.Next(3) == 0)
                {
                    owner.StopTimer(started[random.Next(started.Count)]);
                }
            }

            expected = started.Count(timer => timer.IsStarted);
            Assert.Equal(expected, owner.StartedTimers);
            return 0;
        });
        await all.Task.WaitAsync(LoopFixture.Deadline);
        AssertOrdered(fired);
    }

    /// <summary>By when each was due at the earliest and at the latest: the loop may lose its core between two starts.</summary>
    private static void AssertOrdered(IReadOnlyList<Due> fired)
    {
        Assert.All(fired, due => Assert.True(due.FiredMs >= due.EarliestMs, $"due at {due.EarliestMs} ms and fired at {due.FiredMs}"));
        for (int i = 1; i < fired.Count; i++)
        {
            Assert.True(
                fired[i].LatestMs + TimerTickMs >= fired[i - 1].EarliestMs,
                $"due by {fired[i].LatestMs} ms and fired after one due at {fired[i - 1].EarliestMs} ms");
        }
    }

    private static double NowMs() => Stopwatch.GetTimestamp() * 1000.0 / Stopwatch.Frequency;

    /// <summary>When a timer is due, as far as it is known from outside.</summary>
    private sealed class Due
    {
        public double EarliestMs { get; private set; }

        public double LatestMs { get; private set; }

        public double FiredMs { get; set; }

        public void Start(SyscallLoop loop, LoopTimer timer, long delayMs)
        {
            EarliestMs = NowMs() + delayMs;
            loop.StartTimer(timer, delayMs);
            LatestMs = NowMs() + delayMs;
        }
    }

    private sealed class ActionTimer(Action onDue) : LoopTimer
    {
        protected internal override void OnDue(SyscallLoop loop) => onDue();
    }
}
