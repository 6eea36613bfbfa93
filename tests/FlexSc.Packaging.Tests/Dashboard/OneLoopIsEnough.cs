using System.Globalization;
using FlexSc.Akka.Placement;

namespace FlexSc.Packaging.Tests.Dashboard;

/// <summary>Parks all loops but the first: a decision to be shown, whatever the load is.</summary>
public sealed class OneLoopIsEnough : IPlacementPolicy
{
    public PlacementProposal Decide(PlacementSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        IEnumerable<LoopPlace> places = snapshot.Plan.Loops.Select(
            static (_, index) => new LoopPlace(index == 0 ? LoopRole.Open : LoopRole.Parked));
        double demand = snapshot.Averages.Sum(static loop => loop.Demand);
        return new PlacementProposal(
            new PlacementPlan([.. places], [], []),
            string.Create(CultureInfo.InvariantCulture, $"all loops together ask for {demand:F2} cores on average: one loop is enough"));
    }
}
