using FlexSc.Akka.Placement;
using FlexSc.Akka.Placement.Policies;
using FlexSc.Interop.Capabilities;
using FlexSc.PlacementModel.Model;

namespace FlexSc.PlacementModel.Scenarios;

/// <summary>So many loops and so many syscall cores, and nothing changes.</summary>
internal sealed record StaticSplit(int Loops, int SyscallCores)
{
    public override string ToString() => SyscallCores == 0 ? $"{Loops} loops inline" : $"{Loops} loops, {SyscallCores} syscall cores";

    /// <summary>What it comes to in a window of a scenario, by <see cref="Scenario.Alone"/>.</summary>
    public WindowFigures Run(Scenario scenario, int window, ModelMachine machine, CostFigures figures, (double Turn, double Together) microseconds)
    {
        PlacementPlan plan = PlanFor(machine.Topology);
        return Simulation.Run(scenario.Alone(window), machine, figures, new ModelledPlacement(new Kept(plan), figures.Costs, plan.Loops.Count, PlacementAbilities.All, plan)
        {
            TurnMicroseconds = microseconds.Turn,
            TogetherMicroseconds = microseconds.Together,
        }).Windows[0];
    }

    private PlacementPlan PlanFor(CpuTopology machine) => CoreOrder.Place(
        CoreOrder.Of(machine),
        [.. Enumerable.Range(0, machine.Cores.Count).Select(loop => loop < Loops ? LoopRole.Open : LoopRole.Parked)],
        SyscallCores, pin: true, []);

    /// <summary>Every split of so many cores.</summary>
    public static IReadOnlyList<StaticSplit> AllOf(int cores) =>
    [
        .. Enumerable.Range(1, cores).SelectMany(loops =>
            Enumerable.Range(0, cores - loops + 1).Select(syscallCores => new StaticSplit(loops, syscallCores))),
    ];

    private sealed class Kept(PlacementPlan plan) : IPlacementPolicy
    {
        public PlacementProposal Decide(PlacementSnapshot snapshot) => new(plan, "");
    }
}
