using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;
using FlexSc.Akka.IO;
using FlexSc.Akka.Placement;
using Xunit;

namespace FlexSc.Akka.Tests.Dispatch;

/// <summary>Akka.NET's scheduler wakes up every 10 ms from the first thing on that it is given to do: FlexSC gives it nothing.</summary>
public sealed class QuietSchedulerSpec : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly ActorSystem _system = ActorSystem.Create("quiet-scheduler", ConfigurationFactory.ParseString($$"""
        akka.loglevel = WARNING
        akka.scheduler.implementation = "{{typeof(CountingScheduler).AssemblyQualifiedName}}"
        flexsc.loops { count = 1, pin = off }
        """));

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _system.Terminate().WaitAsync(Deadline);

    [Fact]
    public async Task The_end_of_the_last_actor_on_a_loop_schedules_nothing()
    {
        _system.FlexTcp();
        CountingScheduler scheduler = Assert.IsType<CountingScheduler>(_system.Scheduler);
        int before = scheduler.Scheduled;
        for (int i = 0; i < 3; i++)
        {
            IActorRef actor = _system.ActorOf(Props.Create(() => new Silent()).WithDispatcher(FlexTcpExt.DispatcherId));
            Task<bool> ended = actor.WatchAsync();
            _system.Stop(actor);
            Assert.True(await ended.WaitAsync(Deadline));
        }

        Assert.Equal(before, scheduler.Scheduled);
    }

    [Fact]
    public async Task Work_of_a_dispatcher_that_has_no_actors_schedules_nothing()
    {
        _system.FlexTcp();
        CountingScheduler scheduler = Assert.IsType<CountingScheduler>(_system.Scheduler);
        MessageDispatcher dispatcher = _system.Dispatchers.Lookup(FlexTcpExt.DispatcherId);
        int before = scheduler.Scheduled;
        TaskCompletionSource first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        dispatcher.Schedule(first.SetResult);
        await first.Task.WaitAsync(Deadline);
        Assert.Equal(before, scheduler.Scheduled);
    }

    [Fact]
    public void The_looks_of_placement_schedule_nothing()
    {
        PlacementBoard board = _system.WithExtension<FlexPlacementExt, FlexPlacementProvider>().Board;
        for (int look = 0; look < 3; look++)
        {
            PlacementMoment? last = board.Latest;
            Assert.True(SpinWait.SpinUntil(() => board.Latest is { } latest && latest != last, Deadline), "placement does not look");
        }

        Assert.Equal(0, Assert.IsType<CountingScheduler>(_system.Scheduler).Scheduled);
    }

    private sealed class Silent : UntypedActor
    {
        protected override void OnReceive(object message) => Unhandled(message);
    }

    /// <summary>Counts what it is asked for, and does none of it: nothing of this system needs it.</summary>
    private sealed class CountingScheduler(Config config, ILoggingAdapter log) : SchedulerBase(config, log)
    {
        private int _scheduled;

        public int Scheduled => Volatile.Read(ref _scheduled);

        public override TimeSpan MonotonicClock => TimeProvider.System.GetElapsedTime(0);

        public override TimeSpan HighResMonotonicClock => MonotonicClock;

        protected override DateTimeOffset TimeNow => TimeProvider.System.GetUtcNow();

        protected override void InternalScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
            Count();

        protected override void InternalScheduleTellRepeatedly(
            TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) => Count();

        protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) => Count();

        protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable) => Count();

        protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) => Count();

        protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable cancelable) => Count();

        private void Count() => Interlocked.Increment(ref _scheduled);
    }
}
