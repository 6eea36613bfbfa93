namespace FlexSc.Akka.Placement.Policies;

/// <summary>
/// Never a syscall core: as many loops as the process has cores and CPU time for, each with a core, and all of them used.
/// </summary>
public sealed class InlinePolicy : IPlacementPolicy
{
    /// <inheritdoc/>
    public PlacementProposal Decide(PlacementSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        int cores = snapshot.Topology.Allowance.FullCores;
        int loops = snapshot.Plan.Loops.Count;
        LoopRole[] roles = [.. Enumerable.Range(0, loops).Select(loop => loop < cores ? LoopRole.Open : LoopRole.Parked)];
        PlacementPlan plan = CoreOrder.Place(CoreOrder.Of(snapshot.Topology), roles, 0, snapshot.Abilities.Pins, snapshot.Plan.Evicted);
        return new PlacementProposal(plan, $"inline: {plan.LoopsInUse} of {loops} loops for CPU time of {cores} cores");
    }
}
