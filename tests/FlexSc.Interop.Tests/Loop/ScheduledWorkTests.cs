using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using Xunit;

namespace FlexSc.Interop.Tests.Loop;

public sealed class ScheduledWorkTests
{
    [SkippableFact]
    public async Task Work_of_one_thread_runs_in_order_on_the_loop()
    {
        const int Items = 10_000;
        RecordingHost host = new(Items);
        using SyscallLoop loop = LoopFixture.Start(host: host);
        for (int i = 0; i < Items; i++)
        {
            Assert.True(loop.TrySchedule(i));
        }

        await host.All.WaitAsync(LoopFixture.Deadline);
        Assert.Equal(Enumerable.Range(0, Items), host.Ran);
        Assert.True(host.OnlyOnLoop);
    }

    [SkippableFact]
    public async Task A_turn_runs_a_bounded_share_of_it()
    {
        const int PerTurn = 4;
        RecordingHost host = new(100);
        using SyscallLoop loop = LoopFixture.Start(new SyscallLoopOptions { WorkPerTurn = PerTurn }, host);
        await loop.RunAsync(owner =>
        {
            for (int i = 0; i < 100; i++)
            {
                Assert.True(owner.TrySchedule(i));
            }

            return 0;
        });
        await host.All.WaitAsync(LoopFixture.Deadline);
        Assert.InRange(host.MostInOneTurn, 1, PerTurn);
    }

    [SkippableFact]
    public void A_loop_that_has_ended_takes_none()
    {
        SyscallLoop loop = LoopFixture.Start(host: new RecordingHost(1));
        loop.Dispose();
        Assert.False(loop.TrySchedule(0));
    }

    [SkippableFact]
    public async Task No_wake_up_is_lost_between_scheduling_and_parking()
    {
        const int RoundTrips = 20_000;
        using SemaphoreSlim ran = new(0);
        RecordingHost host = new(RoundTrips) { OnRun = () => ran.Release() };
        using SyscallLoop loop = LoopFixture.Start(host: host);
        for (int i = 0; i < RoundTrips; i++)
        {
            Assert.True(loop.TrySchedule(i));
            Assert.True(await ran.WaitAsync(LoopFixture.Deadline));
        }
    }

    private sealed class RecordingHost(int expected) : ILoopHost
    {
        private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _inTurn;

        public List<int> Ran { get; } = [];

        public Task All => _all.Task;

        public bool OnlyOnLoop { get; private set; } = true;

        public int MostInOneTurn { get; private set; }

        public Action? OnRun { get; init; }

        public void OnStarted(SyscallLoop loop) => OnlyOnLoop &= SyscallLoop.Current == loop;

        public void OnStopping(SyscallLoop loop) => OnlyOnLoop &= SyscallLoop.Current == loop;

        public void OnEnded(SyscallLoop loop) => OnlyOnLoop &= SyscallLoop.Current == loop;

        public void Run(SyscallLoop loop, object work)
        {
            OnlyOnLoop &= SyscallLoop.Current == loop;
            MostInOneTurn = Math.Max(MostInOneTurn, ++_inTurn);
            Ran.Add((int)work);
            OnRun?.Invoke();
            if (Ran.Count == expected)
            {
                _all.TrySetResult();
            }
        }

        public void BeforeFlush(SyscallLoop loop) => _inTurn = 0;
    }
}
