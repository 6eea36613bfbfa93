using FlexSc.Akka.Placement;
using FlexSc.Akka.Placement.Policies;
using FlexSc.Interop.Capabilities;
using FlexSc.Tests.Machines;
using Xunit;

namespace FlexSc.Akka.Tests.Placement;

public sealed class AdaptivePolicyTests
{
    private static readonly CpuTopology TwoCores = new MachineShape(1, 2, 1, 2).Topology;
    private static readonly CpuTopology EightCores = new MachineShape(1, 8, 1, 8).Topology;

    /// <summary>
    /// Where the loop's own code suffers much from the kernel's, and another core's does not: as the authors of FlexSC measured it.
    /// </summary>
    private static readonly PlacementCosts SplitPays = new(BatchNs: 300, PollutionNs: 3_000, SubmitNs: 50, TransferNs: 100);

    [Theory]
    [InlineData(1, 0.10, 1)] // enough
    [InlineData(1, 0.74, 1)] // still enough
    [InlineData(1, 0.80, 2)] // more
    [InlineData(1, 0.95, 8)] // nobody knows how much more
    [InlineData(4, 0.80, 7)] // 3.2 cores at half of each
    [InlineData(4, 0.95, 8)]
    [InlineData(4, 0.60, 4)] // neither
    [InlineData(4, 0.20, 2)] // fewer
    [InlineData(8, 0.01, 1)]
    public void Loops_follow_the_demand(int inUse, double utilisation, int expected) =>
        Assert.Equal(expected, new Situation { Machine = EightCores, InUse = inUse, Utilisation = utilisation }.Decide().Plan.LoopsInUse);

    [Fact]
    public void A_burst_not_long_ago_keeps_its_loops()
    {
        Situation quiet = new() { Machine = EightCores, InUse = 8, Utilisation = 0.01 };
        Assert.Equal(8, (quiet with { PeakDemand = 6 }).Decide().Plan.LoopsInUse);
        Assert.Equal(4, (quiet with { PeakDemand = 1.6 }).Decide().Plan.LoopsInUse);
    }

    [Fact]
    public void A_number_of_loops_stays_for_a_while_before_it_shrinks_and_grows_at_once()
    {
        PlacementDecision justNow = new(
            TimeSpan.FromSeconds(99), new Situation { Machine = EightCores, InUse = 2 }.Plan, new Situation { Machine = EightCores, InUse = 4 }.Plan, "", 0, 0);
        Situation idle = new() { Machine = EightCores, InUse = 4, Utilisation = 0.1, Decisions = [justNow] };
        Assert.Equal(4, idle.Decide().Plan.LoopsInUse);
        Assert.Equal(1, (idle with { Seconds = 101.5 }).Decide().Plan.LoopsInUse);
        Assert.Equal(8, (idle with { Utilisation = 1 }).Decide().Plan.LoopsInUse);
    }

    [Theory]
    [InlineData(2, 0.24, 0.15, false, 1)] // a generator has what they wait for: one loop would wait no more
    [InlineData(2, 0.24, 0.15, true, 2)] // each waits for a core of its own
    [InlineData(2, 0.24, 0.70, false, 2)] // they have no time left
    [InlineData(2, 0.27, 0.00, false, 2)]
    [InlineData(1, 0.45, 0.35, false, 1)] // a second one would wait as well
    [InlineData(1, 0.45, 0.35, true, 2)]
    [InlineData(1, 0.50, 0.45, false, 2)] // it does not come to all
    [InlineData(1, 0.80, 0.00, false, 2)]
    public void Where_loops_may_run_anywhere_a_wait_for_a_core_is_no_reason_for_more(
        int inUse, double utilisation, double waiting, bool pins, int expected) =>
        Assert.Equal(expected, new Situation
        {
            Machine = TwoCores,
            InUse = inUse,
            Utilisation = utilisation,
            Waiting = waiting,
            Abilities = PlacementAbilities.All with { Pins = pins },
        }.Decide().Plan.LoopsInUse);

    [Fact]
    public void Fewer_loops_that_were_soon_more_again_are_tried_ever_later()
    {
        PlacementPlan one = new Situation { Machine = TwoCores, InUse = 1 }.Plan;
        PlacementPlan two = new Situation { Machine = TwoCores, InUse = 2 }.Plan;
        Situation idle = new() { Machine = TwoCores, InUse = 2, Utilisation = 0.1 };
        PlacementDecision[] regrets =
        [
            .. Enumerable.Range(0, 4).SelectMany(round => new[]
            {
                new PlacementDecision(TimeSpan.FromSeconds(round * 20), two, one, "", 0, 0),
                new PlacementDecision(TimeSpan.FromSeconds((round * 20) + 1), one, two, "", 0, 0),
            }),
        ];

        // The fourth was at 61 s: after two, four, eight times the two seconds.
        Assert.Equal(2, (idle with { Decisions = regrets, Seconds = 76.9 }).Decide().Plan.LoopsInUse);
        Assert.Equal(1, (idle with { Decisions = regrets, Seconds = 77.1 }).Decide().Plan.LoopsInUse);
        Assert.Equal(1, (idle with { Decisions = [.. regrets.Take(2)], Seconds = 3.1 }).Decide().Plan.LoopsInUse);
        Assert.Equal(1, (idle with { Decisions = regrets, Seconds = 700 }).Decide().Plan.LoopsInUse);
    }

    [Theory]
    [InlineData(1_000, 10, 4)] // they stay for 400 s
    [InlineData(100, 50, 1)] // gone in 8 s
    [InlineData(0, 0, 1)]
    public void Where_connections_stay_on_their_loop_only_short_ones_are_put_together(double connections, double newOnes, int expected) =>
        Assert.Equal(expected, new Situation
        {
            Machine = EightCores,
            InUse = 4,
            Utilisation = 0.1,
            ConnectionsPerLoop = connections,
            NewConnectionsPerSecond = newOnes,
            Abilities = PlacementAbilities.All with { MovedConnections = false },
        }.Decide().Plan.LoopsInUse);

    [Theory]
    [InlineData(0.99)]
    [InlineData(0.5)]
    public void On_one_and_two_cores_calls_are_made_inline(double utilisation)
    {
        foreach (CpuTopology machine in new[] { new MachineShape(1, 1, 1, 1).Topology, TwoCores })
        {
            PlacementPlan plan = new Situation { Machine = machine, InUse = machine.Cores.Count, Utilisation = utilisation }.Decide().Plan;
            Assert.Empty(plan.SyscallCores);
            Assert.All(plan.Loops, loop => Assert.Null(loop.ServedBy));
        }
    }

    [Fact]
    public void A_syscall_core_is_taken_where_it_lets_more_calls_through()
    {
        // Inline a call takes 10 us, 4 of them the kernel's, and 3 of its own because those replaced its cache lines. Apart it takes a loop
        // 3 us and a syscall core 4: four of each let 1.17 times as many through as eight loops.
        Situation busy = new() { Machine = EightCores, InUse = 8, Utilisation = 1, SystemShare = 0.4, Costs = SplitPays };
        PlacementProposal proposal = busy.Decide();
        Assert.Equal((4, 4), (proposal.Plan.SyscallCores.Count, proposal.Plan.LoopsInUse));
        Assert.Contains("syscall cores 0 -> ", proposal.Reason, StringComparison.Ordinal);
        Assert.All(proposal.Plan.Loops.Where(loop => loop.Role == LoopRole.Open), loop => Assert.Contains(loop.ServedBy!.Value, proposal.Plan.SyscallCores));

        Assert.Empty((busy with { Costs = PlacementCosts.Default }).Decide().Plan.SyscallCores);
        Assert.Empty((busy with { Utilisation = 0.6 }).Decide().Plan.SyscallCores);
        Assert.Empty((busy with { Abilities = PlacementAbilities.All with { SyscallCores = false } }).Decide().Plan.SyscallCores);
    }

    [Theory]
    [InlineData(1.15, 4)] // four of each let 1.08 times as many calls through as eight loops
    [InlineData(0.80, 0)] // 1.03 times
    public void A_small_gain_is_worth_a_change_that_can_be_undone(double ownMicroseconds, int expected)
    {
        // Inline a call takes 3 us of dirty caches beside its own code, and 3.4 us in the kernel; apart it takes a syscall core 3.5 us.
        double inline = ownMicroseconds + 3 + 3.4;
        Situation busy = new()
        {
            Machine = EightCores, InUse = 8, Utilisation = 1, SystemShare = 3.4 / inline, EntriesPerSecond = 1e6 / inline, Costs = SplitPays with { BatchNs = 0 },
        };
        Assert.Equal(expected, busy.Decide().Plan.SyscallCores.Count);
    }

    [Fact]
    public void Syscall_cores_take_calls_off_a_loop_that_an_actor_fills()
    {
        // As above with 0.8 us of its own, each loop asked for 125,000 calls a second, which take it 0.9 cores.
        Situation busy = new()
        {
            Machine = EightCores, InUse = 8, Utilisation = 0.9, SystemShare = 3.4 / 7.2, EntriesPerSecond = 125_000, ConnectionsPerLoop = 50,
            Costs = SplitPays with { BatchNs = 0 },
        };
        Assert.Empty(busy.Decide().Plan.SyscallCores);

        // The actor computes for 0.6 cores, which leaves 0.4 for calls: 55,000 of them.
        PlacementProposal proposal = Decide(Hot(0.6), Hot(0.6));
        Assert.Equal(4, proposal.Plan.SyscallCores.Count);
        Assert.Contains("full loops hinder 70000 a second", proposal.Reason, StringComparison.Ordinal);

        // One look is not enough; and where it computes for the whole core, calls do not come by the other way either.
        Assert.Empty(Decide(busy.Snapshot.Loops, Hot(0.6)).Plan.SyscallCores);
        LoopRoom none = LoopRoom.Of(busy.Snapshot with { Loops = Hot(1) }, Hot(1));
        Assert.Equal((0, 1), (none.HinderedCalls, none.OwnCores));

        PlacementProposal Decide(IReadOnlyList<LoopLoad> averages, IReadOnlyList<LoopLoad> latest) =>
            new AdaptivePolicy(new AdaptiveLimits()).Decide(busy.Snapshot with { Averages = averages, Loops = latest });

        LoopLoad[] Hot(double actor) =>
        [
            .. busy.Snapshot.Loops.Select(load => load.Index > 0 ? load : load with
            {
                Utilisation = 1, EntriesPerSecond = Math.Round((1 - actor) * 137_500), SystemShare = (1 - actor) * 3.4 / 7.2,
            }),
        ];
    }

    [Fact]
    public void Loops_beside_syscall_cores_share_what_these_leave_of_a_quota()
    {
        // Four cores' worth on eight cores. Apart a call takes a loop 0.65 us and a syscall core 3.5: three of these, and loops with 0.55 cores.
        CpuTopology half = EightCores with { Allowance = new CpuAllowance(EightCores.Allowance.Cpus, new CgroupCpuQuota("v2", 4)) };
        Situation busy = new()
        {
            Machine = half, InUse = 4, Utilisation = 1, SystemShare = 3.4 / 7, EntriesPerSecond = 1e6 / 7, Costs = SplitPays with { BatchNs = 0 },
        };
        PlacementPlan plan = busy.Decide().Plan;
        Assert.Equal((4, 3), (plan.LoopsInUse, plan.SyscallCores.Count));
        Assert.Equal((5, 3), Counts((busy with { InUse = 8, Utilisation = 0.5, EntriesPerSecond = 0.5e6 / 7 }).Decide().Plan));
        Assert.Empty((busy with { Machine = half with { Allowance = half.Allowance with { Quota = new CgroupCpuQuota("v2", 1) } }, InUse = 1 }).Decide().Plan.SyscallCores);

        // Loops that want more do not become more once their share is used up.
        Situation split = busy with { SyscallCores = 3, EntriesPerSecond = 1e6 / 7, SyscallCoreUtilisation = 0.7 };
        Assert.Equal((4, 3), Counts((split with { Utilisation = 0.8 }).Decide().Plan));

        // Unless it turns out that others use what was left for them.
        PlacementSnapshot heldBack = split.Snapshot with { Throttled = 0.6 };
        Assert.Equal((4, 0), Counts(new AdaptivePolicy(new AdaptiveLimits()).Decide(heldBack).Plan));

        static (int Loops, int SyscallCores) Counts(PlacementPlan plan) => (plan.LoopsInUse, plan.SyscallCores.Count);
    }

    [Fact]
    public void There_are_never_fewer_loops_than_syscall_cores()
    {
        Situation split = new()
        {
            Machine = EightCores, InUse = 4, SyscallCores = 4, Utilisation = 0.1, SyscallCoreUtilisation = 0.9, EntriesPerSecond = 260_000,
            Costs = SplitPays,
        };
        PlacementPlan plan = split.Decide().Plan;
        Assert.Equal((4, 4), (plan.LoopsInUse, plan.SyscallCores.Count));
        Assert.All(plan.SyscallCores, core => Assert.Contains(core, plan.Loops.Select(static loop => loop.ServedBy)));
    }

    [Fact]
    public void Syscall_cores_are_given_back_when_the_load_computes_or_goes()
    {
        Situation computing = new()
        {
            Machine = EightCores, InUse = 4, SyscallCores = 4, Utilisation = 1, SyscallCoreUtilisation = 0.05, EntriesPerSecond = 3_000, Costs = SplitPays,
        };
        Assert.Empty(computing.Decide().Plan.SyscallCores);
        Assert.Empty((computing with { Utilisation = 0.2, EntriesPerSecond = 100_000 }).Decide().Plan.SyscallCores);
    }

    [Theory]
    [InlineData(700_000, 4, 0)] // less than the 800,000 before
    [InlineData(900_000, 4, 4)]
    public void A_split_that_did_not_bring_what_it_promised_is_taken_back(double entriesPerSecond, int before, int expected)
    {
        Situation inline = new() { Machine = EightCores, InUse = 8 };
        Situation split = new()
        {
            Machine = EightCores, InUse = 4, SyscallCores = before, Utilisation = 1, SyscallCoreUtilisation = 0.9, EntriesPerSecond = entriesPerSecond / 4,
            Costs = SplitPays with { TransferNs = 0 },
        };
        PlacementDecision tried = new(TimeSpan.FromSeconds(95), inline.Plan, split.Plan, "", 800_000, 8);
        PlacementProposal proposal = (split with { Decisions = [tried] }).Decide();
        Assert.Equal(expected, proposal.Plan.SyscallCores.Count);
    }

    [Fact]
    public void A_split_that_failed_is_tried_again_ever_later()
    {
        Situation inline = new() { Machine = EightCores, InUse = 8, Utilisation = 1, SystemShare = 0.4, Costs = SplitPays };
        PlacementPlan split = new Situation { Machine = EightCores, InUse = 4, SyscallCores = 4 }.Plan;
        List<PlacementDecision> decisions = [];
        Assert.NotEmpty(inline.Decide().Plan.SyscallCores);
        foreach (double seconds in new[] { 10.0, 40.0 })
        {
            decisions.Add(new(TimeSpan.FromSeconds(seconds), inline.Plan, split, "", 800_000, 8));
            decisions.Add(new(TimeSpan.FromSeconds(seconds + 3), split, inline.Plan, "", 700_000, 4));
        }

        Assert.Empty((inline with { Seconds = 62, Decisions = decisions }).Decide().Plan.SyscallCores);
        Assert.NotEmpty((inline with { Seconds = 64, Decisions = decisions }).Decide().Plan.SyscallCores);
        Assert.NotEmpty((inline with { Seconds = 24, Decisions = decisions[..2] }).Decide().Plan.SyscallCores);
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(7, 7)]
    [InlineData(9, 7)] // one core is for loops
    [InlineData(0, 0)]
    public void What_the_operator_reserves_is_reserved(int reserved, int expected)
    {
        PlacementPlan plan = new Situation { Machine = EightCores, InUse = 8, Utilisation = 0.6, Reserved = reserved }.Decide().Plan;
        Assert.Equal(expected, plan.SyscallCores.Count);
        Assert.Equal(8 - expected, plan.LoopsInUse);
    }

    [Fact]
    public void A_loop_with_too_much_gets_nothing_new_until_it_has_room()
    {
        Situation hot = new() { Machine = EightCores, InUse = 4, Utilisation = 0.55, Of = new Dictionary<int, double> { [2] = 0.98 } };
        PlacementProposal proposal = hot.Decide();
        Assert.Equal([LoopRole.Open, LoopRole.Open, LoopRole.Closed, LoopRole.Open], proposal.Plan.Loops.Take(4).Select(loop => loop.Role));
        Assert.Contains("loop 2 gets nothing new", proposal.Reason, StringComparison.Ordinal);

        PlacementSnapshot later = hot.Snapshot with { Plan = proposal.Plan };
        AdaptivePolicy policy = new(new AdaptiveLimits());
        Assert.Equal(LoopRole.Closed, policy.Decide(later).Plan.Loops[2].Role);
        LoopLoad[] relieved = [.. later.Averages.Select(load => load.Index == 2 ? load with { Utilisation = 0.6 } : load)];
        Assert.Equal(LoopRole.Open, policy.Decide(later with { Averages = relieved }).Plan.Loops[2].Role);
    }

    [Fact]
    public void A_quota_and_a_mask_are_honoured_at_once()
    {
        CpuTopology half = EightCores with { Allowance = new CpuAllowance(EightCores.Allowance.Cpus, new CgroupCpuQuota("v2", 4)) };
        Situation cut = new() { Machine = half, InUse = 8, Utilisation = 0.5 };
        Assert.Equal(4, cut.Decide().Plan.LoopsInUse);

        CpuTopology masked = EightCores with { Allowance = new CpuAllowance([5, 6], null) };
        PlacementPlan plan = (cut with { Machine = masked, Loops = 8 }).Decide().Plan;
        Assert.Equal([5, 6], plan.Loops.Where(loop => loop.Role == LoopRole.Open).Select(loop => loop.Cpu!.Value));
    }

    [Fact]
    public void An_actor_that_holds_its_loop_is_evicted_and_comes_back_when_it_has_been_clean()
    {
        Situation calm = new() { Machine = EightCores, InUse = 4, Utilisation = 0.6 };
        ActorLoad blocking = new("akka://s/user/blocks", 1, LongestRunMs: 510, SlowRuns: 1);
        ActorLoad hogging = new("akka://s/user/hogs", 1, LongestRunMs: 50, SlowRuns: 5);
        ActorLoad slow = new("akka://s/user/slow", 2, LongestRunMs: 50, SlowRuns: 1);
        PlacementProposal proposal = (calm with { Actors = [blocking, hogging, slow, blocking with { Path = "akka://s/user/pinned", IsPinned = true }] }).Decide();
        Assert.Equal([blocking.Path, hogging.Path], proposal.Plan.Evicted);
        Assert.Contains("blocks leaves loop 1: its longest run took 510 ms", proposal.Reason, StringComparison.Ordinal);

        PlacementSnapshot evicted = calm.Snapshot with { Plan = proposal.Plan };
        AdaptivePolicy policy = new(new AdaptiveLimits());
        ActorLoad clean = blocking with { LongestRunMs = 0, SlowRuns = 0, CleanFor = TimeSpan.FromSeconds(29) };
        Assert.Equal(proposal.Plan.Evicted, policy.Decide(evicted with { Actors = [clean] }).Plan.Evicted);
        Assert.Equal([hogging.Path], policy.Decide(evicted with { Actors = [clean with { CleanFor = TimeSpan.FromSeconds(30) }] }).Plan.Evicted);
    }

    [Fact]
    public void The_same_snapshot_has_the_same_answer_and_a_plan_in_force_stays()
    {
        AdaptivePolicy policy = new(new AdaptiveLimits());
        Situation situation = new() { Machine = EightCores, InUse = 4, Utilisation = 0.8 };
        PlacementPlan first = policy.Decide(situation.Snapshot).Plan;
        Assert.Equal(first, policy.Decide(situation.Snapshot).Plan);
        PlacementSnapshot after = (situation with { InUse = 7, Utilisation = 0.46 }).Snapshot;
        Assert.Equal(after.Plan, policy.Decide(after).Plan);
    }
}
