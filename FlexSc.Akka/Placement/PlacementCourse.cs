using FlexSc.Interop.Capabilities;

namespace FlexSc.Akka.Placement;

/// <summary>What was measured between two looks.</summary>
/// <param name="Topology">The cores, and what the process may use of them now.</param>
/// <param name="Loops">Each loop.</param>
/// <param name="SyscallCores">Cores that execute system calls.</param>
/// <param name="Actors">Actors that were slow, and evicted ones.</param>
/// <param name="Throttled">As <see cref="PlacementSnapshot.Throttled"/>.</param>
internal sealed record PlacementSample(
    CpuTopology Topology, IReadOnlyList<LoopLoad> Loops, IReadOnlyList<SyscallCoreLoad> SyscallCores, IReadOnlyList<ActorLoad> Actors,
    double Throttled = 0);

/// <summary>
/// From samples to decisions: averages them, asks the policy, and keeps the plan in force and the log. The same in a program and in a
/// simulation. One thread at a time.
/// </summary>
/// <param name="policy">Decides.</param>
/// <param name="settings">Times and bounds.</param>
/// <param name="abilities">What can be carried out.</param>
/// <param name="plan">The plan at the beginning.</param>
internal sealed class PlacementCourse(IPlacementPolicy policy, PlacementSettings settings, PlacementAbilities abilities, PlacementPlan plan)
{
    private readonly Queue<PlacementDecision> _decisions = new();

    /// <summary>Apart, so that many of them do not push out what a policy goes by.</summary>
    private readonly Queue<PlacementDecision> _otherChanges = new();
    private readonly Queue<(TimeSpan Time, double Demand, double Utilisation, double SyscallUtilisation)> _demands = new();
    private IReadOnlyList<LoopLoad> _averages = [];
    private Dictionary<int, SyscallCoreLoad> _cores = [];
    private double _throttled;
    private TimeSpan _lastSample;
    private readonly PolicyFaults _faults = new();

    /// <summary>The plan in force.</summary>
    public PlacementPlan Plan { get; private set; } = plan;

    /// <summary>What can be carried out.</summary>
    public PlacementAbilities Abilities { get; set; } = abilities;

    /// <summary>Who decides.</summary>
    public IPlacementPolicy Policy { get; set; } = policy;

    /// <summary>Syscall cores that the operator wants; null leaves it to the policy.</summary>
    public int? ReservedSyscallCores { get; set; }

    /// <summary>The latest decisions of the policy, the oldest first.</summary>
    public IReadOnlyList<PlacementDecision> Decisions { get; private set; } = [];

    /// <summary>The same with the actors that were evicted and came back without it.</summary>
    public IReadOnlyList<PlacementDecision> Log { get; private set; } = [];

    /// <summary>What the policy was asked about last; null before the first time.</summary>
    public PlacementSnapshot? Snapshot { get; private set; }

    /// <summary>Why an answer of the policy was not taken; null when there is nothing new to tell.</summary>
    public string? TakeFault() => _faults.Take();

    /// <summary>Takes a sample and lets the policy answer.</summary>
    /// <param name="time">Since placement began.</param>
    /// <param name="sample">What was measured since the last one.</param>
    /// <returns>The decision, when the plan changes.</returns>
    public PlacementDecision? Take(TimeSpan time, PlacementSample sample)
    {
        Average(time, sample);
        Snapshot = new PlacementSnapshot
        {
            Time = time,
            Topology = sample.Topology,
            Plan = Plan,
            Loops = sample.Loops,
            Averages = _averages,
            SyscallCores = [.. _cores.Values],
            Throttled = _throttled,
            PeakDemand = _demands.Max(static demand => demand.Demand),
            PeakUtilisation = _demands.Max(static demand => demand.Utilisation),
            PeakSyscallUtilisation = _demands.Max(static demand => demand.SyscallUtilisation),
            Actors = sample.Actors,
            Decisions = Decisions,
            Costs = settings.Costs,
            Abilities = Abilities,
            ReservedSyscallCores = ReservedSyscallCores,
        };
        return Ask(Snapshot) is { } proposal ? Change(_decisions, time, proposal.Plan, proposal.Reason) : null;
    }

    /// <summary>Other actors are evicted now, by somebody else than the policy.</summary>
    /// <param name="time">Since placement began.</param>
    /// <param name="evicted">All who are.</param>
    /// <param name="reason">Who came and went, and why.</param>
    public PlacementDecision OnEvicted(TimeSpan time, IEnumerable<string> evicted, string reason) => Change(
        _otherChanges, time, Plan with { Evicted = [.. evicted.Distinct().Order(StringComparer.Ordinal)] }, reason);

    /// <summary>Actors and connections moved: the plan is as it was, and the log tells it.</summary>
    /// <param name="time">Since placement began.</param>
    /// <param name="reason">Who moved where, and why.</param>
    public PlacementDecision OnMoved(TimeSpan time, string reason) => Change(_otherChanges, time, Plan, reason);

    private PlacementDecision Change(Queue<PlacementDecision> log, TimeSpan time, PlacementPlan plan, string reason)
    {
        PlacementDecision decision = new(
            time, Plan, plan, reason, _averages.Sum(static loop => loop.EntriesPerSecond), _averages.Sum(static loop => loop.Demand));
        if (log.Count == settings.LoggedDecisions)
        {
            log.Dequeue();
        }

        log.Enqueue(decision);

        // Now, and not at each look: these come rarely.
        Decisions = [.. _decisions];
        Log = [.. _decisions.Concat(_otherChanges).OrderBy(static entry => entry.Time)];
        Plan = plan;
        return decision;
    }

    /// <summary>What the policy wants otherwise; null where that is nothing, or cannot be.</summary>
    private PlacementProposal? Ask(PlacementSnapshot snapshot)
    {
        string? mistake;
        try
        {
            PlacementProposal? proposal = Policy.Decide(snapshot);
            mistake = proposal is null ? "it is null: a policy that wants nothing else answers the plan in force"
                : proposal.Plan is null ? "its Plan is null: a policy that wants nothing else answers the plan in force"
                : null;
            if (mistake is null)
            {
                // Who is evicted is not its to say where it cannot evict, whatever it answers.
                PlacementPlan answer = proposal!.Plan!;
                PlacementPlan plan = snapshot.Abilities.Evictions ? answer : answer with { Evicted = snapshot.Plan.Evicted };
                mistake = plan.MistakeFor(snapshot.Loops.Count, snapshot.Topology.Allowance.Cpus, snapshot.Abilities);
                if (mistake is null)
                {
                    _faults.OnGoodAnswer();
                    return plan.Equals(Plan) ? null : new PlacementProposal(plan.Copy(), ReasonOf(proposal));
                }
            }
        }
        catch (Exception exception)
        {
            // A policy may be anybody's: its fault must leave things as they are.
            mistake = exception.ToString();
        }

        _faults.Add(snapshot.Time, $"the answer of {Policy.GetType()} is not carried out: {mistake}");
        return null;
    }

    private string ReasonOf(PlacementProposal proposal) =>
        string.IsNullOrWhiteSpace(proposal.Reason) ? $"{Policy.GetType()} gives no reason" : proposal.Reason;

    private void Average(TimeSpan time, PlacementSample sample)
    {
        double passed = (time - _lastSample).TotalMilliseconds;
        double weight = 1 - Math.Exp(-passed / settings.AveragingMs);
        _averages = _averages.Count == sample.Loops.Count
            ? [.. _averages.Zip(sample.Loops, (older, newer) => LoopLoad.Between(older, newer, weight))]
            : sample.Loops;
        _cores = sample.SyscallCores.ToDictionary(static core => core.Cpu, core => _cores.TryGetValue(core.Cpu, out SyscallCoreLoad? older)
            ? new SyscallCoreLoad(
                core.Cpu,
                older.Utilisation + ((core.Utilisation - older.Utilisation) * weight),
                older.EntriesPerSecond + ((core.EntriesPerSecond - older.EntriesPerSecond) * weight))
            : core);
        _throttled += (sample.Throttled - _throttled) * weight;
        _lastSample = time;
        _demands.Enqueue((
            time, sample.Loops.Sum(static loop => loop.Demand), sample.Loops.Sum(static loop => loop.Utilisation),
            sample.SyscallCores.Select(static core => core.Utilisation).DefaultIfEmpty().Average()));
        while (time - _demands.Peek().Time > TimeSpan.FromMilliseconds(settings.PeakWindowMs))
        {
            _demands.Dequeue();
        }
    }
}
