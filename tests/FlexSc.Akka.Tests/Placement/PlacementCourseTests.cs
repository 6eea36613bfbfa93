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
        TimeSpan now = TimeSpan.Zero;
        (Func<PlacementSnapshot, PlacementProposal> Answer, string Fault)[] faults =
        [
            (_ => throw new InvalidOperationException("lost"), "lost"),
            (_ => new PlacementProposal(before with { Loops = [.. before.Loops.Skip(1)] }, ""), "places for 3 loops, and there are 4"),
            (_ => new PlacementProposal(PlanOf(0), ""), "no loop open"),
            (_ => new PlacementProposal(before with { SyscallCores = [9] }, ""), "uses core 9"),
            (_ => new PlacementProposal(before with { Loops = [.. before.Loops.Select(loop => loop with { ServedBy = 1 })] }, ""), "served by core 1"),
            (_ => null!, "it is null"),
            (_ => new PlacementProposal(null!, ""), "its Plan is null"),
            (_ => new PlacementProposal(before with { Loops = null! }, ""), "its Loops are null"),
            (_ => new PlacementProposal(before with { Loops = [.. before.Loops.Take(3), null!] }, ""), "its place of loop 3 is null"),
            (_ => new PlacementProposal(before with { SyscallCores = null! }, ""), "its SyscallCores are null"),
            (_ => new PlacementProposal(before with { Evicted = null! }, ""), "its Evicted is null"),
            (_ => new PlacementProposal(before with { Evicted = [null!] }, ""), "its Evicted has a null"),
            (_ => new PlacementProposal(before with { SyscallCores = [1, 1] }, ""), "not ascending: 1, 1"),
            (_ => new PlacementProposal(before with { SyscallCores = [-1] }, ""), "uses core -1"),
            (_ => new PlacementProposal(before with { Loops = [.. before.Loops.Take(3), new LoopPlace((LoopRole)7)] }, ""), "loop 3 the role 7"),
        ];
        foreach ((Func<PlacementSnapshot, PlacementProposal> answer, string fault) in faults)
        {
            policy.Answer = answer;
            now += TimeSpan.FromMinutes(1);
            Assert.Null(course.Take(now, Sample(0.5)));
            Assert.Contains(fault, course.TakeFault(), StringComparison.Ordinal);
            Assert.Equal(before, course.Plan);
        }

        Assert.Null(course.Take(now + TimeSpan.FromSeconds(1), Sample(0.5)));
        Assert.Null(course.TakeFault());
    }

    [Fact]
    public void What_cannot_be_done_here_is_not_planned()
    {
        Scripted policy = new();
        PlacementCourse course = Course(policy, new PlacementSettings());
        PlacementPlan before = course.Plan;
        course.Abilities = PlacementAbilities.All with { SyscallCores = false };
        policy.Answer = _ => new PlacementProposal(before with { SyscallCores = [1] }, "");
        Assert.Null(course.Take(TimeSpan.FromSeconds(1), Sample(0.5)));
        Assert.Contains("cannot be done here", course.TakeFault(), StringComparison.Ordinal);
        course.Abilities = PlacementAbilities.All with { Pins = false };
        policy.Answer = _ => new PlacementProposal(before with { Loops = [.. before.Loops.Take(3), new LoopPlace(LoopRole.Open, 2)] }, "");
        Assert.Null(course.Take(TimeSpan.FromSeconds(2), Sample(0.5)));
        Assert.Contains("pins loop 3 to core 2, and loops are not pinned here", course.TakeFault(), StringComparison.Ordinal);

        // Who is evicted is not asked for, so it may as well be null.
        course.Abilities = PlacementAbilities.All with { Evictions = false };
        policy.Answer = _ => new PlacementProposal(PlanOf(2) with { Evicted = null! }, "two");
        Assert.Equal("two", course.Take(TimeSpan.FromSeconds(3), Sample(0.5))!.Reason);
        Assert.Empty(course.Plan.Evicted);
    }

    [Fact]
    public void A_policy_whose_faults_differ_each_time_is_told_some_times_a_minute()
    {
        Scripted policy = new();
        PlacementCourse course = Course(policy, new PlacementSettings());
        int fault = 0;
        policy.Answer = _ => throw new InvalidOperationException($"fault {fault++}");
        const int looks = 100;
        List<string> told = [];
        for (int look = 0; look < looks; look++)
        {
            course.Take(TimeSpan.FromMilliseconds(look), Sample(0.5));
            told.AddRange(course.TakeFault() is { } text ? [text] : []);
        }

        Assert.Equal(10, told.Count);
        Assert.Contains("further ones are not told", told[^1], StringComparison.Ordinal);
        course.Take(TimeSpan.FromMinutes(1), Sample(0.5));
        Assert.Contains($"fault {looks}", course.TakeFault(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_is_kept_as_it_was_answered_whatever_its_policy_does_with_it_later()
    {
        Scripted policy = new();
        PlacementCourse course = Course(policy, new PlacementSettings());
        List<LoopPlace> places = [.. PlanOf(2).Loops];
        PlacementPlan answer = new(places, [], []);
        policy.Answer = _ => new PlacementProposal(answer, null!);
        PlacementDecision decision = course.Take(TimeSpan.FromSeconds(1), Sample(0.5))!;
        Assert.Contains("gives no reason", decision.Reason, StringComparison.Ordinal);
        places[3] = new LoopPlace(LoopRole.Open);
        Assert.Equal(2, course.Plan.OpenLoops);
        Assert.Equal(3, course.Take(TimeSpan.FromSeconds(2), Sample(0.5))!.After.OpenLoops);
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
