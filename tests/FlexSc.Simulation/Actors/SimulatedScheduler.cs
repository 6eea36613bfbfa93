using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;
using FlexSc.Interop.Backends.Simulated;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Actors;

/// <summary>Akka.NET's scheduler by the clock of the world. What is due is run by a step; at the same time in the order of the calls.</summary>
public sealed class SimulatedScheduler : SchedulerBase, ISteppable
{
    private readonly PriorityQueue<Scheduled, (long DueNs, long Order)> _scheduled = new();
    private readonly ActorProcess _process;
    private readonly SimulatedClock _clock;
    private long _lastOrder;

    /// <summary>Called by Akka.NET.</summary>
    public SimulatedScheduler(Config scheduler, ILoggingAdapter log)
        : base(scheduler, log)
    {
        _process = ActorProcess.Current;
        _clock = _process.World.Kernel.Clock;
        _process.World.Add(this);
    }

    /// <inheritdoc/>
    public override TimeSpan MonotonicClock => _clock.GetElapsedTime(0);

    /// <inheritdoc/>
    public override TimeSpan HighResMonotonicClock => MonotonicClock;

    bool ISteppable.IsDue => NextDueNs <= _clock.NowNs && !_process.HasCrashed;

    long ISteppable.DeadlineNs => _process.HasCrashed ? long.MaxValue : NextDueNs;

    /// <inheritdoc/>
    protected override DateTimeOffset TimeNow => _clock.GetUtcNow();

    private long NextDueNs
    {
        get
        {
            while (_scheduled.TryPeek(out Scheduled? first, out (long DueNs, long Order) due))
            {
                if (!first.IsCancelled)
                {
                    return due.DueNs;
                }

                _scheduled.Dequeue();
            }

            return long.MaxValue;
        }
    }

    void ISteppable.Step()
    {
        Scheduled due = _scheduled.Dequeue();
        _process.World.Trace($"{_process.Name} schedules");
        _process.Run(due.Action);
        if (due.Interval is { } interval)
        {
            Add(due, interval);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{_process.Name} has {_scheduled.Count} scheduled";

    /// <inheritdoc/>
    protected override void InternalScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Add(new Scheduled(() => receiver.Tell(message, sender), cancelable, null), delay);

    /// <inheritdoc/>
    protected override void InternalScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Add(new Scheduled(() => receiver.Tell(message, sender), cancelable, interval), initialDelay);

    /// <inheritdoc/>
    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) =>
        Add(new Scheduled(action, cancelable, null), delay);

    /// <inheritdoc/>
    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable) =>
        Add(new Scheduled(action.Run, cancelable, null), delay);

    /// <inheritdoc/>
    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        Add(new Scheduled(action, cancelable, interval), initialDelay);

    /// <inheritdoc/>
    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable cancelable) =>
        Add(new Scheduled(action.Run, cancelable, interval), initialDelay);

    private void Add(Scheduled scheduled, TimeSpan delay) =>
        _scheduled.Enqueue(scheduled, (_clock.NowNs + (long)delay.TotalNanoseconds, ++_lastOrder));

    private sealed record Scheduled(Action Action, ICancelable? Cancelable, TimeSpan? Interval)
    {
        public bool IsCancelled => Cancelable is { IsCancellationRequested: true };
    }
}
