using Akka.Actor;
using Akka.Event;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.Placement;

/// <summary>
/// Has connections and actors move as a plan has it: <see cref="MoveChoice"/> says from where to where, <see cref="LoopDeparture"/> which.
/// A loop that has nothing to give away, or nothing that can be moved, is not woken. One thread at a time.
/// </summary>
/// <param name="group">The loops.</param>
/// <param name="limits">Bounds.</param>
/// <param name="effect">How long it takes until what a loop has given away shows in its averages.</param>
internal sealed class PlannedMoves(LoopGroup group, MoveLimits limits, TimeSpan effect)
{
    /// <summary>After a pass that found nothing to move, the first time; twice as long after each further one.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    /// <summary>Times of held connections are looked after so often.</summary>
    private static readonly TimeSpan SweepPause = TimeSpan.FromSeconds(1);

    private readonly MoveHolds _holds = new(limits, group.Clock);
    private readonly MoveNews _news = new();
    private Source[] _sources = [];
    private double _allowance = limits.PerSecond;
    private long _lookedAt = group.Clock.GetTimestamp();
    private long _sweptAt = group.Clock.GetTimestamp();

    /// <summary>Whether open connections follow a plan: not where there is one loop, or where it is switched off.</summary>
    public bool AreMade => limits.IsEnabled && group.Settings.Count > 1;

    /// <summary>Loops that have begun to look at what could leave and are not through.</summary>
    public int LoopsInPass => _sources.Count(static source => source is { Carrying: null, Departure.IsInPass: true });

    /// <summary>Nothing that was begun is under way.</summary>
    public bool IsAtRest => _sources.All(static source => source.IsAtRest);

    /// <summary>An actor lives where somebody has said: no plan moves it.</summary>
    public void Pin(IActorRef actor)
    {
        if (LoopAssignments.TryFind(actor) is var (mailbox, _))
        {
            _holds.Pin(mailbox);
        }
    }

    /// <summary>Begins what is to be begun now.</summary>
    /// <param name="plan">The plan in force.</param>
    /// <param name="averages">Each loop's load.</param>
    public void CarryOut(PlacementPlan plan, IReadOnlyList<LoopLoad> averages)
    {
        if (!limits.IsEnabled)
        {
            return;
        }

        TakeIn(plan);
        long now = group.Clock.GetTimestamp();
        _allowance = Math.Min(limits.PerSecond, _allowance + (limits.PerSecond * group.Clock.GetElapsedTime(_lookedAt, now).TotalSeconds));
        _lookedAt = now;
        if (_holds.Count > 0 && group.Clock.GetElapsedTime(_sweptAt, now) >= SweepPause)
        {
            _sweptAt = now;
            _holds.Sweep();
        }

        bool[]? takes = null;
        foreach (MoveOrder order in MoveChoice.Choose(
            [.. plan.Loops.Select((place, loop) => StandingOf(place.Role, _sources[loop], averages[loop].Demand))], limits.AtATime, (int)_allowance))
        {
            takes ??= [.. plan.Loops.Select((place, loop) => place.Role == LoopRole.Open && group.RankOf(group.Loops[loop]) <= LoopRank.Closed)];
            Source source = _sources[order.From];
            source.Carrying = source.Departure.CarryOutAsync(order, takes);
            if (!order.IsAll)
            {
                source.Pause(effect);
            }
        }
    }

    /// <summary>What has moved since the last time and what stays, for people; null where there is nothing to tell yet.</summary>
    /// <param name="now">Since placement began.</param>
    public string? TakeNews(TimeSpan now) => _news.Take(now, IsAtRest);

    /// <summary>What has come of the orders before.</summary>
    private void TakeIn(PlacementPlan plan)
    {
        if (_sources.Length == 0)
        {
            _sources = [.. group.Loops.Select(loop => new Source(loop, new LoopDeparture(loop, limits, _holds)))];
        }

        foreach (Source source in _sources)
        {
            if (source.Carrying is { IsCompleted: true } carried)
            {
                source.Carrying = null;
                if (carried.IsCompletedSuccessfully)
                {
                    _allowance -= source.Departure.Begun;
                    source.Found(!source.Departure.HasFoundNone, limits.Retry);
                }
                else if (!source.Loop.Loop.Ended.IsCompleted)
                {
                    group.Log.Error(carried.Exception, "nothing moves away from loop {0} for now", source.Loop.Index);
                    source.Found(false, limits.Retry);
                }
            }

            if (source is { Carrying: null, Departure.IsInPass: true, Loop.Io.ConnectionCount: 0 })
            {
                // No order goes on with it, and it would keep all that it has not come to from the collector.
                source.Departure.Restart();
            }

            while (source.Departure.Take() is { } departed)
            {
                _news.Add(departed);
            }

            LoopRole role = plan.Loops[source.Loop.Index].Role;
            if (role != source.Role && source.Carrying is null)
            {
                source.Role = role;
                source.Departure.Restart();
                source.Found(true, limits.Retry);
                if (role == LoopRole.Open)
                {
                    _news.Forget(source.Loop.Index);
                }
            }
        }
    }

    private static LoopStanding StandingOf(LoopRole role, Source source, double demand) => new(
        role, source.Loop.Group.RankOf(source.Loop) <= LoopRank.Closed && !source.Loop.Loop.IsStopping, demand,
        source.Loop.Io.ConnectionCount, source.Departure.OnTheirWay, source.IsDue && source.Role == role);

    /// <summary>A loop that gives away.</summary>
    private sealed class Source(ActorLoop loop, LoopDeparture departure)
    {
        private readonly TimeProvider _clock = loop.Group.Clock;
        private long _pausesSince;
        private TimeSpan _pause;
        private TimeSpan _nextPause = FirstPause;

        public ActorLoop Loop => loop;

        public LoopDeparture Departure => departure;

        public LoopRole Role { get; set; }

        /// <summary>The order that is carried out; null for none.</summary>
        public Task? Carrying { get; set; }

        /// <summary>Nothing leaves it.</summary>
        public bool IsAtRest => Carrying is null or { IsCompleted: true } && departure.OnTheirWay == 0;

        /// <summary>Whether it may be asked again.</summary>
        public bool IsDue => Carrying is null && _clock.GetElapsedTime(_pausesSince) >= _pause;

        /// <summary>It is not asked for a while.</summary>
        public void Pause(TimeSpan time)
        {
            _pausesSince = _clock.GetTimestamp();
            _pause = time;
        }

        /// <summary>A pass has found something to move, or nothing, which makes the pause until the next longer and longer.</summary>
        public void Found(bool something, TimeSpan longest)
        {
            if (something)
            {
                _nextPause = FirstPause;
                return;
            }

            Pause(_nextPause);

            // Who is busy now may be idle soon; what cannot move will hardly do so later.
            _nextPause = Role == LoopRole.Parked && _nextPause * 2 < longest ? _nextPause * 2 : _nextPause;
        }
    }
}
