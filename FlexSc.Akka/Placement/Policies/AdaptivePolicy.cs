using Akka.Configuration;
using FlexSc.Interop.Linux;

namespace FlexSc.Akka.Placement.Policies;

/// <summary>
/// Follows the load: as many loops as it needs, syscall cores where what calls cost by either way says that they pay, nothing new to a
/// loop that has too much, and actors that hold up their loop off it. More loops come at once, everything else has a minimum stay; a
/// split that did not bring what it promised is taken back, and tried again ever later.
/// </summary>
public sealed class AdaptivePolicy : IPlacementPolicy
{
    private readonly AdaptiveLimits _limits;
    private readonly LoopDemand _loops;
    private readonly SyscallBalance _balance;
    private readonly EvictionRules _evictions;

    /// <summary>Called with the section <c>flexsc.placement</c>.</summary>
    /// <exception cref="ConfigurationException">A value is out of range; the text names the key.</exception>
    public AdaptivePolicy(Config config)
        : this(AdaptiveLimits.Read(config))
    {
    }

    /// <summary>For programs.</summary>
    public AdaptivePolicy(AdaptiveLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        _limits = limits;
        _loops = new LoopDemand(limits);
        _balance = new SyscallBalance(limits);
        _evictions = new EvictionRules(limits);
    }

    /// <inheritdoc/>
    public PlacementProposal Decide(PlacementSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        List<string> reasons = [];
        CpuTime time = new(snapshot.Topology.Allowance, _limits.GrowAtPercent);
        int syscallCores = _balance.Choose(snapshot, time, reasons);
        int freed = snapshot.Plan.SyscallCores.Count - syscallCores;
        IReadOnlyList<LoopRole> roles = _loops.Choose(snapshot, time, syscallCores, freed, reasons);
        IReadOnlyList<string> evicted = _evictions.Choose(snapshot, reasons);
        PlacementPlan plan = CoreOrder.Place(CoreOrder.Of(snapshot.Topology), roles, syscallCores, snapshot.Abilities.Pins, evicted);
        return new PlacementProposal(plan, reasons.Count > 0 ? string.Join("; ", reasons)
            : plan.Equals(snapshot.Plan) ? ""
            : $"the process may use cores {CpuList.Format(snapshot.Topology.Allowance.Cpus)}, on which loops have their places anew");
    }
}
