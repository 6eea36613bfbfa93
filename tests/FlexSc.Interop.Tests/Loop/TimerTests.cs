using System.Diagnostics;
using FlexSc.Interop.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Loop;

public sealed class TimerTests
{
    [SkippableFact]
    public async Task Timers_fire_in_the_order_of_their_due_times_and_not_before()
    {
        long[] delaysMs = [30, 5, 20, 1, 15];
        using SyscallLoop loop = LoopFixture.Start();
        List<long> order = [];
        TaskCompletionSource all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        long startedAt = Stopwatch.GetTimestamp();
        await loop.RunAsync(owner =>
        {
            foreach (long delayMs in delaysMs)
            {
                owner.StartTimer(new ActionTimer(() =>
                {
                    Assert.True(Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds >= delayMs);
                    order.Add(delayMs);
                    if (order.Count == delaysMs.Length)
                    {
                        all.SetResult();
                    }
                }), delayMs);
            }

            return 0;
        });
        await all.Task.WaitAsync(LoopFixture.Deadline);
        Assert.Equal(delaysMs.Order(), order);
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
        List<int> fired = [];
        int expected = 0;
        TaskCompletionSource all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await loop.RunAsync(owner =>
        {
            List<ActionTimer> started = [];
            for (int i = 0; i < Timers; i++)
            {
                int delayMs = 20 + random.Next(40);
                ActionTimer timer = new(() =>
                {
                    fired.Add(delayMs);
                    if (fired.Count == expected)
                    {
                        all.SetResult();
                    }
                });
                owner.StartTimer(timer, delayMs);
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

        // Started within a millisecond or two of each other, so an earlier delay may follow one that is barely later.
        for (int i = 1; i < fired.Count; i++)
        {
            Assert.True(fired[i] >= fired[i - 1] - 20, $"{fired[i]} ms fired after {fired[i - 1]} ms");
        }
    }

    private sealed class ActionTimer(Action onDue) : LoopTimer
    {
        protected internal override void OnDue(SyscallLoop loop) => onDue();
    }
}
