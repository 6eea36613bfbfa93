using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Placement.Policies;
using FlexSc.Interop.Capabilities;
using FlexSc.Interop.Linux;

namespace FlexSc.Akka.Placement;

/// <summary>Looks, asks the policy, and carries out what can be while the loops run.</summary>
internal sealed class PlacementActor : ReceiveActor
{
    private readonly LoopGroup _group;
    private readonly PlacementSettings _settings;
    private readonly LoopSampler _sampler;
    private readonly PlacementCourse _course;
    private readonly EvictionWatch _evictions;
    private readonly SyscallCoreMoves _moves;
    private readonly PlannedMoves _plannedMoves;
    private readonly PlacementBoard _board;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly long _began;

    /// <summary>Cores that each loop's thread was put on.</summary>
    private readonly IReadOnlyList<int>[] _cpus;
    private PlacementPlan? _carriedOut;

    /// <summary>Cores that the process might use when that was done.</summary>
    private IReadOnlyList<int> _allowed = [];

    /// <summary>Faults of the plan in force that were told.</summary>
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private string _policyName;

    /// <summary>Why cores cannot be given to system calls; null when they can.</summary>
    private string? _obstacle;
    private ITimer? _looks;
    private bool _isComparisonDue;

    public PlacementActor(LoopGroup group, PlacementSettings settings, IPlacementPolicy policy, PlacementBoard board)
    {
        _group = group;
        _settings = settings;
        _board = board;
        _policyName = settings.Policy;
        _began = group.Clock.GetTimestamp();
        _sampler = new LoopSampler(group);
        _moves = new SyscallCoreMoves(group);
        _obstacle = _moves.Obstacle;
        _plannedMoves = new PlannedMoves(group, settings.Moves, TimeSpan.FromMilliseconds(settings.AveragingMs));
        PlacementAbilities abilities = new(
            SyscallCores: _obstacle is null, MovedConnections: _plannedMoves.AreMade,
            Pins: group.Settings.Cpus.Any(static cpu => cpu is not null), Evictions: false);
        _cpus = [.. group.Settings.Cpus.Select(static cpu => cpu is int named ? (IReadOnlyList<int>)[named] : [])];
        LoopPlace[] places = [.. group.Settings.Cpus.Select(static cpu => new LoopPlace(LoopRole.Open, cpu))];
        _course = new PlacementCourse(policy, settings, abilities, new PlacementPlan(places, [], []));
        _evictions = new EvictionWatch(group, _course);
        Receive<Look>(_ => OnLook());
        Receive<SyscallCoreOutcome>(OnMoved);
        Receive<FlexPlacement.GetPlacement>(_ => Sender.Tell(State));
        Receive<FlexPlacement.PinActor>(OnPinActor);
        Receive<Pinned>(OnPinned);
        Receive<FlexPlacement.Evict>(command => Answer(command, _evictions.Evict(command.Actor)));
        Receive<FlexPlacement.Return>(command => Answer(command, EvictionWatch.Return(command.Actor)));
        Receive<ActorEvicted>(_ => CompareSoon());
        Receive<ActorReturned>(actor =>
        {
            _evictions.OnReturned(actor);
            CompareSoon();
        });
        Receive<Comparison>(_ =>
        {
            _isComparisonDue = false;
            _evictions.Compare(Now);
        });
        Receive<FlexPlacement.SetPolicy>(OnSetPolicy);
        Receive<FlexPlacement.ReserveSyscallCores>(OnReserveSyscallCores);
    }

    private TimeSpan Now => _group.Clock.GetElapsedTime(_began);

    private FlexPlacement.State State => new(
        _policyName, _course.Plan, _course.Snapshot?.Topology.Allowance, _course.Abilities, _course.Snapshot?.Averages ?? [],
        _course.Snapshot?.SyscallCores ?? [], FlexEviction.Evicted(_group.System), _course.Log);

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(ActorEvicted));
        Context.System.EventStream.Subscribe(Self, typeof(ActorReturned));
        TimeSpan interval = TimeSpan.FromMilliseconds(_settings.IntervalMs);

        // The system's scheduler, once something uses it, wakes two threads at each tick (akka.scheduler.tick-duration, 10 ms) for good.
        _looks = _group.Clock.CreateTimer(static self => ((IActorRef)self!).Tell(Look.Instance, (IActorRef)self), Self, interval, interval);
    }

    protected override void PostStop()
    {
        _looks?.Dispose();
        _sampler.Stop();
        _group.Close(null);
    }

    /// <summary>Once for all that was said by then.</summary>
    private void CompareSoon()
    {
        if (!_isComparisonDue)
        {
            _isComparisonDue = true;
            Self.Tell(Comparison.Instance);
        }
    }

    private void OnLook()
    {
        TimeSpan time = Now;
        _evictions.Compare(time);
        bool areMoved = _plannedMoves.AreMade;
        if (areMoved != _course.Abilities.MovedConnections)
        {
            _course.Abilities = _course.Abilities with { MovedConnections = areMoved };
        }

        PlacementDecision? decision = _course.Take(time, _sampler.Take());
        if (_course.TakeFault() is { } fault)
        {
            _log.Warning("placement stays as it is: {0}", fault);
        }

        if (decision is not null)
        {
            bool[] closed = [.. decision.After.Loops.Select(static loop => loop.Role != LoopRole.Open)];
            _group.Close(closed.Contains(true) ? closed : null);
            _told.Clear();
            _log.Info("placement: {0}", decision.Reason);
            FlexScEvents.Log.PlacementChanged(
                Context.System.Name, decision.After.LoopsInUse, decision.After.OpenLoops, decision.After.SyscallCores.Count,
                decision.Reason);
            Context.System.EventStream.Publish(new PlacementChanged(decision.Before, decision.After, decision.Reason));
        }

        CarryOut(time, _course.Plan, _course.Snapshot!.Topology.Allowance.Cpus);
        foreach ((string key, PlacementWarning warning) in SplitFaults.Of(_course.Snapshot, _group.Settings.LoopOptions.SubmissionPollCpu))
        {
            Warn(key, warning);
        }

        if (_course.Policy is StaticPolicy map)
        {
            foreach (PlacementWarning warning in map.FaultsFor(_group.Loops.Count, _course.Abilities, _obstacle))
            {
                Warn(warning.Text, warning);
            }
        }

        _board.Latest = new PlacementMoment(time, State);
    }

    /// <summary>Also without a decision: the cores that the process may use change.</summary>
    private void CarryOut(TimeSpan time, PlacementPlan plan, IReadOnlyList<int> allowed)
    {
        Pin(plan, allowed);
        if (!ReferenceEquals(plan, _carriedOut))
        {
            _carriedOut = plan;
            _group.CoresBesideLoops.Change(
                plan.Loops.Where(static loop => loop.Role != LoopRole.Parked).Select(static loop => loop.Cpu).OfType<int>().Concat(plan.SyscallCores));
        }

        if (_moves.Ask(plan, allowed, _obstacle is null) is { } moving)
        {
            moving.PipeTo(Self);
        }

        _plannedMoves.CarryOut(plan, _course.Snapshot!.Averages);
        if (_plannedMoves.TakeNews(time) is { } news)
        {
            Tell(_course.OnMoved(time, news));
        }
    }

    private void Pin(PlacementPlan plan, IReadOnlyList<int> allowed)
    {
        // Loops that may run anywhere keep off cores that execute calls all the time.
        IReadOnlyList<int> others = plan.SyscallCores.Count == 0 ? allowed : [.. allowed.Except(plan.SyscallCores)];

        // Whoever changes the mask of a process changes that of its threads, too (taskset -a), pinned or not.
        bool isMaskNew = !allowed.SequenceEqual(_allowed);
        _allowed = allowed;
        for (int i = 0; i < plan.Loops.Count; i++)
        {
            IReadOnlyList<int> cpus = plan.Loops[i].Cpu is int cpu ? [cpu] : others.Count > 0 ? others : allowed;
            bool isPlaced = _course.Abilities.Pins || plan.SyscallCores.Count > 0 || _cpus[i].Count > 0;
            bool isAsBefore = cpus.SequenceEqual(_cpus[i]) && !isMaskNew;
            if (!isPlaced || isAsBefore || _group.Loops[i].Loop is not { HasFailed: false, ThreadId: > 0 } loop)
            {
                continue;
            }

            // Also when it fails: the next change of the plan or of the mask tries again, not every look.
            _cpus[i] = cpus;
            try
            {
                ThreadAffinity.Set(loop.ThreadId, cpus);
            }
            catch (LinuxException exception)
            {
                _log.Warning("loop {0} stays on its cores: {1}", i, exception.Message);
            }
        }
    }

    private void OnMoved(SyscallCoreOutcome outcome)
    {
        if (outcome.Failure is not { } failure)
        {
            return;
        }

        if (outcome.IsLasting)
        {
            _obstacle = failure;
            _course.Abilities = _course.Abilities with { SyscallCores = false };
        }

        _moves.Forget();
        Warn(failure, new PlacementWarning(failure, outcome.IsLasting
            ? "no cores are given to system calls any more; see the error, and SetPolicy to try again"
            : "it is tried again"));
    }

    /// <summary>Once for each plan.</summary>
    private void Warn(string key, PlacementWarning warning)
    {
        if (_told.Add(key))
        {
            _log.Warning("placement: {0}. {1}", warning.Text, warning.Remedy);
            Context.System.EventStream.Publish(warning);
        }
    }

    private void OnPinActor(FlexPlacement.PinActor command)
    {
        if (command.Loop < 0 || command.Loop >= _group.Loops.Count)
        {
            string there = _group.Loops.Count == 1 ? "there is loop 0 alone" : $"there are loops 0 to {_group.Loops.Count - 1}";
            Answer(command, $"there is no loop {command.Loop}: {there}");
            return;
        }

        ActorLoop target = _group.Loops[command.Loop];
        if (target.GivenUp is { } givenUp)
        {
            Answer(command, $"loop {command.Loop} is given up: {givenUp.Running} holds it up since {givenUp.Since:u}");
            return;
        }

        IActorRef asker = Sender;
        ActorMoves.MoveAsync(_group, command.Actor, target)
            .PipeTo(Self, asker, move => new Pinned(command, move), exception => new Pinned(
                command, new ActorMove(command.Actor, null, command.Loop, 0, exception.Message)));
    }

    private void OnPinned(Pinned pinned)
    {
        ActorMove move = pinned.Move;
        if (move.Refusal is { } refusal)
        {
            Answer(pinned.Command, move.Connections == 0 ? refusal : $"{refusal}; {move.Connections} of its connections have moved");
        }
        else
        {
            _plannedMoves.Pin(move.Actor);
            Answer(pinned.Command, null);
        }

        if (move.Connections > 0 || (move.Refusal is null && move.From != move.To))
        {
            Tell(_course.OnMoved(Now, $"{TextOf(move)}: PinActor asked for it"));
        }
    }

    private static string TextOf(ActorMove move)
    {
        if (move.Refusal is not null)
        {
            return $"{move.Actor.Path} stays on loop {move.From}, {move.Connections} of its connections move to {move.To}";
        }

        string connections = move.Connections > 0 ? $" with {move.Connections} connection{(move.Connections == 1 ? "" : "s")}" : "";
        return $"{move.Actor.Path} moves from loop {move.From} to {move.To}{connections}";
    }

    private void Tell(PlacementDecision decision)
    {
        _log.Info("placement: {0}", decision.Reason);
        Context.System.EventStream.Publish(new PlacementChanged(decision.Before, decision.After, decision.Reason));
    }

    private void OnSetPolicy(FlexPlacement.SetPolicy command)
    {
        try
        {
            _course.Policy = _settings.CreatePolicy(command.Name);
            _policyName = command.Name;
            _obstacle = _moves.Obstacle;
            _course.Abilities = _course.Abilities with { SyscallCores = _obstacle is null };
            Answer(command, null);
        }
        catch (ConfigurationException exception)
        {
            Answer(command, exception.Message);
        }
    }

    private void OnReserveSyscallCores(FlexPlacement.ReserveSyscallCores command)
    {
        int cores = (_course.Snapshot?.Topology.Allowance ?? CpuAllowance.Read()).FullCores;
        string? refusal = command.Count switch
        {
            null => null,
            < 0 => "there are no fewer than 0 cores",
            > 0 when _obstacle is not null => _obstacle,
            > 0 when cores < 2 => "the process may use the time of one core, which is for its loops",
            not null when _course.Policy is InlinePolicy or StaticPolicy =>
                $"the policy {_policyName} does not go by it: SetPolicy(\"adaptive\"), or flexsc.placement.static.syscall-cpus",
            _ => null,
        };
        if (refusal is null)
        {
            _course.ReservedSyscallCores = command.Count;
        }

        Answer(command, refusal);
    }

    private void Answer(object command, string? refusal) =>
        Sender.Tell(refusal is null ? new FlexPlacement.Done(command) : new FlexPlacement.Refused(command, refusal));

    private sealed record Pinned(FlexPlacement.PinActor Command, ActorMove Move) : INoSerializationVerificationNeeded;

    private sealed class Comparison
    {
        public static Comparison Instance { get; } = new();
    }

    /// <summary>It is time for one.</summary>
    internal sealed class Look
    {
        public static Look Instance { get; } = new();
    }
}
