using FlexSc.Akka.Placement;
using FlexSc.Akka.Placement.Policies;
using FlexSc.Interop.Capabilities;
using FlexSc.Tests.Machines;
using Xunit;

namespace FlexSc.Akka.Tests.Placement;

public sealed class PlacementCourseTests
{
    private static readonly CpuTopology FourCores = new MachineShape(1, 4, 1, 4).Topology;

    [Fact]
    public void Averages_follow_and_the_peak_is_remembered_for_its_time()
    {
        PlacementCourse course = Course(new InlinePolicy(), new PlacementSettings { AveragingMs = 1000, PeakWindowMs = 2000 });
        course.Take(TimeSpan.FromSeconds(1), Sample(1) with { SyscallCores = [new SyscallCoreLoad(2, 0.8, 0), new SyscallCoreLoad(3, 0.4, 0)] });
        course.Take(TimeSpan.FromSeconds(2), Sample(0) with { Throttled = 1 });
        Assert.Equal(Math.Exp(-1), course.Snapshot!.Averages[0].Utilisation, 6);
        Assert.Equal(1 - Math.Exp(-1), course.Snapshot.Throttled, 6);
        Assert.Equal(4, course.Snapshot.PeakDemand);
        Assert.Equal(0.6, course.Snapshot.PeakSyscallUtilisation, 6);
        course.Take(TimeSpan.FromSeconds(3.1), Sample(0));
        Assert.Equal(0, course.Snapshot.PeakDemand);
        Assert.Equal(0, course.Snapshot.PeakSyscallUtilisation);
    }

    [Fact]
    public void A_change_is_a_decision_once_and_the_log_is_bounded()
    {
        Scripted policy = new();
        PlacementCourse course = Course(policy, new PlacementSettings { LoggedDecisions = 2 });
        Assert.Null(course.Take(TimeSpan.FromSeconds(1), Sample(0.5)));
        PlacementPlan[] plans = [.. Enumerable.Range(1, 3).Select(open => PlanOf(open))];
        foreach (PlacementPlan plan in plans)
        {
            policy.Answer = _ => new PlacementProposal(plan, "scripted");
            PlacementDecision? decision = course.Take(course.Snapshot!.Time + TimeSpan.FromSeconds(1), Sample(0.5));
            Assert.Equal((plan, "scripted"), (decision!.After, decision.Reason));
            Assert.Null(course.Take(course.Snapshot!.Time + TimeSpan.FromSeconds(1), Sample(0.5)));
        }

        Assert.Equal(plans[1..], course.Decisions.Select(decision => decision.After));
        Assert.Equal(plans[..2], course.Decisions.Select(decision => decision.Before));
    }

    [Fact]
    public void A_policy_that_throws_or_plans_what_cannot_be_changes_nothing_and_is_told_once()
    {
        Scripted policy = new();
        PlacementCourse course = Course(policy, new PlacementSettings());
        PlacementPlan before = course.Plan;
        (Func<PlacementSnapshot, PlacementProposal> Answer, string Fault)[] faults =
        [
            (_ => throw new InvalidOperationException("lost"), "lost"),
            (_ => new PlacementProposal(before with { Loops = [.. before.Loops.Skip(1)] }, ""), "places for 3 loops, and there are 4"),
            (_ => new PlacementProposal(PlanOf(0), ""), "no loop open"),
            (_ => new PlacementProposal(before with { SyscallCores = [9] }, ""), "uses core 9"),
            (_ => new PlacementProposal(before with { Loops = [.. before.Loops.Select(loop => loop with { ServedBy = 1 })] }, ""), "served by core 1"),
        ];
        foreach ((Func<PlacementSnapshot, PlacementProposal> answer, string fault) in faults)
        {
            policy.Answer = answer;
            Assert.Null(course.Take(TimeSpan.FromSeconds(1), Sample(0.5)));
            Assert.Contains(fault, course.TakeFault(), StringComparison.Ordinal);
            Assert.Equal(before, course.Plan);
        }

        Assert.Null(course.Take(TimeSpan.FromSeconds(2), Sample(0.5)));
        Assert.Null(course.TakeFault());
        course.Abilities = PlacementAbilities.All with { SyscallCores = false };
        policy.Answer = _ => new PlacementProposal(before with { SyscallCores = [1] }, "");
        Assert.Null(course.Take(TimeSpan.FromSeconds(3), Sample(0.5)));
        Assert.Contains("cannot be done here", course.TakeFault(), StringComparison.Ordinal);
    }

    [Fact]
    public void Evictions_by_others_are_logged_in_their_order_and_push_no_decision_of_the_policy_out()
    {
        Scripted policy = new();
        PlacementCourse course = new(
            policy, new PlacementSettings { LoggedDecisions = 2 }, PlacementAbilities.All with { Evictions = false }, PlacementPlan.Unplaced(4));
        policy.Answer = static _ => new PlacementProposal(PlanOf(2), "scripted");
        course.Take(TimeSpan.FromSeconds(1), Sample(0.5));
        course.OnEvicted(TimeSpan.FromSeconds(2), ["b"], "first");
        course.OnEvicted(TimeSpan.FromSeconds(3), ["b", "a"], "second");

        // The policy's plan has nobody evicted, which is not its to say.
        Assert.Null(course.Take(TimeSpan.FromSeconds(4), Sample(0.5)));
        course.OnEvicted(TimeSpan.FromSeconds(5), [], "third");
        Assert.Equal(["scripted", "second", "third"], course.Log.Select(static decision => decision.Reason));
        Assert.Equal(["a", "b"], course.Log[1].After.Evicted);
        Assert.Equal(["scripted"], course.Snapshot!.Decisions.Select(static decision => decision.Reason));
    }

    private static PlacementCourse Course(IPlacementPolicy policy, PlacementSettings settings) =>
        new(policy, settings, PlacementAbilities.All, PlacementPlan.Unplaced(4));

    private static PlacementPlan PlanOf(int open) => PlacementPlan.Unplaced(4) with
    {
        Loops = [.. Enumerable.Range(0, 4).Select(loop => new LoopPlace(loop < open ? LoopRole.Open : LoopRole.Parked))],
    };

    private static PlacementSample Sample(double utilisation) => new(
        FourCores, [.. Enumerable.Range(0, 4).Select(loop => new LoopLoad { Index = loop, Utilisation = utilisation })], [], []);

    private sealed class Scripted : IPlacementPolicy
    {
        public Func<PlacementSnapshot, PlacementProposal> Answer { get; set; } = static snapshot => new PlacementProposal(snapshot.Plan, "");

        public PlacementProposal Decide(PlacementSnapshot snapshot) => Answer(snapshot);
    }
}
