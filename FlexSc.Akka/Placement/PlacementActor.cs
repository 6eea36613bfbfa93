using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Linux;

namespace FlexSc.Akka.Placement;

/// <summary>Looks, asks the policy, and carries out what can be while the loops run.</summary>
internal sealed class PlacementActor : ReceiveActor
{
    private readonly LoopGroup _group;
    private readonly PlacementSettings _settings;
    private readonly LoopSampler _sampler;
    private readonly PlacementCourse _course;
    private readonly PlacementAbilities _abilities;
    private readonly PlacementBoard _board;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly long _began;
    private readonly IReadOnlyList<int>[] _cpus;
    private string _policyName;
    private ICancelable? _looks;

    public PlacementActor(LoopGroup group, PlacementSettings settings, IPlacementPolicy policy, PlacementBoard board)
    {
        _group = group;
        _settings = settings;
        _board = board;
        _policyName = settings.Policy;
        _began = group.Clock.GetTimestamp();
        _sampler = new LoopSampler(group);
        _abilities = new PlacementAbilities(
            SyscallCores: false, MovedConnections: false, Pins: group.Settings.Cpus.Any(static cpu => cpu is not null), Evictions: false);
        _cpus = [.. group.Settings.Cpus.Select(static cpu => cpu is int named ? (IReadOnlyList<int>)[named] : [])];
        LoopPlace[] places = [.. group.Settings.Cpus.Select(static cpu => new LoopPlace(LoopRole.Open, cpu))];
        _course = new PlacementCourse(policy, settings, _abilities, new PlacementPlan(places, [], []));
        Receive<Look>(_ => OnLook());
        Receive<FlexPlacement.GetPlacement>(_ => Sender.Tell(State));
        Receive<FlexPlacement.PinActor>(OnPinActor);
        Receive<FlexPlacement.SetPolicy>(OnSetPolicy);
        Receive<FlexPlacement.ReserveSyscallCores>(command => Sender.Tell(new FlexPlacement.Refused(
            command, "syscall cores are not changed while loops run: flexsc.loops.submission-poll-cpu or syscall-thread-cpus name them at the start")));
    }

    private FlexPlacement.State State => new(
        _policyName, _course.Plan, _course.Snapshot?.Topology.Allowance, _abilities, _course.Snapshot?.Averages ?? [], _course.Decisions);

    protected override void PreStart()
    {
        TellSharedCore();
        TimeSpan interval = TimeSpan.FromMilliseconds(_settings.IntervalMs);
        _looks = Context.System.Scheduler.ScheduleTellRepeatedlyCancelable(interval, interval, Self, Look.Instance, Self);
    }

    protected override void PostStop()
    {
        _looks?.Cancel();
        _sampler.Stop();
        _group.Close(null);
    }

    private void OnLook()
    {
        TimeSpan time = _group.Clock.GetElapsedTime(_began);
        PlacementDecision? decision = _course.Take(time, _sampler.Take());
        if (_course.TakeFault() is { } fault)
        {
            _log.Warning("placement stays as it is: {0}", fault);
        }

        if (decision is not null)
        {
            Apply(decision.After);
            _log.Info("placement: {0}", decision.Reason);
            FlexScEvents.Log.PlacementChanged(
                Context.System.Name, decision.After.LoopsInUse, decision.After.OpenLoops, decision.After.SyscallCores.Count, decision.Reason);
            Context.System.EventStream.Publish(new PlacementChanged(decision.Before, decision.After, decision.Reason));
        }
        else if (_course.Snapshot is { } snapshot)
        {
            // A loop that may run anywhere keeps the cores it had when the process gets others.
            Pin(_course.Plan, snapshot.Topology.Allowance.Cpus);
        }

        _board.Latest = new PlacementMoment(time, State);
    }

    private void Apply(PlacementPlan plan)
    {
        bool[] closed = [.. plan.Loops.Select(static loop => loop.Role != LoopRole.Open)];
        _group.Close(closed.Contains(true) ? closed : null);
        Pin(plan, _course.Snapshot!.Topology.Allowance.Cpus);
    }

    private void Pin(PlacementPlan plan, IReadOnlyList<int> allowed)
    {
        for (int i = 0; i < plan.Loops.Count && _abilities.Pins; i++)
        {
            IReadOnlyList<int> cpus = plan.Loops[i].Cpu is int cpu ? [cpu] : allowed;
            if (_group.Loops[i].Loop is not { HasFailed: false, ThreadId: > 0 } loop || cpus.SequenceEqual(_cpus[i]))
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

    private void OnPinActor(FlexPlacement.PinActor command)
    {
        if (command.Loop < 0 || command.Loop >= _group.Loops.Count)
        {
            Sender.Tell(new FlexPlacement.Refused(command, $"there are loops 0 to {_group.Loops.Count - 1}"));
            return;
        }

        ActorLoop target = _group.Loops[command.Loop];
        LoopAssignments.Follow(command.Actor, target);
        Sender.Tell(LoopAssignments.TryLoopOf(command.Actor, _group) == target
            ? new FlexPlacement.Done(command)
            : new FlexPlacement.Refused(command, "it is no local actor of a FlexSC dispatcher, or it stays with the connection it handles"));
    }

    private void OnSetPolicy(FlexPlacement.SetPolicy command)
    {
        try
        {
            _course.Policy = _settings.CreatePolicy(command.Name);
            _policyName = command.Name;
            Sender.Tell(new FlexPlacement.Done(command));
        }
        catch (ConfigurationException exception)
        {
            Sender.Tell(new FlexPlacement.Refused(command, exception.Message));
        }
    }

    /// <summary>A kernel thread that polls takes a loop on the same core half its time.</summary>
    private void TellSharedCore()
    {
        int? poll = _group.Settings.LoopOptions.SubmissionPollCpu;
        int[] shared = [.. Enumerable.Range(0, _group.Settings.Count).Where(loop => poll is not null && _group.Settings.Cpus[loop] == poll)];
        if (shared.Length > 0)
        {
            _log.Warning(
                "core {0} polls submission rings and runs loop {1}: they take each other's time. Name another core in flexsc.loops.submission-poll-cpu, or off",
                poll, string.Join(", ", shared));
        }
    }

    private sealed class Look
    {
        public static Look Instance { get; } = new();
    }
}
