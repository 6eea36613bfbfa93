using Akka.Configuration;
using FlexSc.Akka.Placement;
using FlexSc.Akka.Placement.Policies;
using FlexSc.Interop.Capabilities;
using FlexSc.Tests.Machines;
using Xunit;

namespace FlexSc.Akka.Tests.Placement;

public sealed class PoliciesTests
{
    private static readonly CpuTopology EightCores = new MachineShape(1, 8, 1, 8).Topology;

    [Fact]
    public void Physical_cores_come_before_their_second_threads_and_isolated_ones_first()
    {
        CpuTopology smt = MachineShape.EightWithSmt.Topology;
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], NumbersOf(smt));
        CpuTopology isolated = smt with { Cores = [.. smt.Cores.Select(core => core.Number is 2 or 6 ? core with { IsIsolated = true } : core)] };
        Assert.Equal([2, 6, 0, 1, 3, 4, 5, 7], NumbersOf(isolated));

        // Where the first thread of a core is not allowed, the second one is its first.
        Assert.Equal([1, 4, 5], NumbersOf(smt with { Allowance = new CpuAllowance([1, 4, 5], null) }));
    }

    [Fact]
    public void Cores_of_a_node_and_of_a_cache_come_together()
    {
        IReadOnlyList<int> order = NumbersOf(MachineShape.TwoSocketsOf64.Topology);
        Assert.Equal(Enumerable.Range(0, 128), order.Take(128));
        Assert.Equal(256, order.Distinct().Count());
    }

    [Fact]
    public void Each_syscall_core_is_beside_the_loops_that_it_serves()
    {
        LoopRole[] roles = [.. Enumerable.Repeat(LoopRole.Open, 96)];
        CpuTopology machine = MachineShape.TwoSocketsOf64.Topology;
        PlacementPlan plan = CoreOrder.Place(CoreOrder.Of(machine), roles, 32, pin: true, []);
        Assert.Equal(32, plan.SyscallCores.Count);
        Assert.Equal(128, plan.Loops.Select(loop => loop.Cpu!.Value).Concat(plan.SyscallCores).Distinct().Count());
        Assert.All(plan.Loops, loop => Assert.Contains(loop.ServedBy!.Value, machine.Cores[loop.Cpu!.Value].Neighbours));
    }

    [Theory]
    [InlineData(4, 4)]
    [InlineData(5, 3)]
    [InlineData(4, 3)]
    [InlineData(3, 3)]
    [InlineData(6, 2)]
    public void A_syscall_core_shares_its_physical_core_with_a_loop_or_nobody(int loops, int syscallCores)
    {
        CpuTopology smt = MachineShape.EightWithSmt.Topology;
        LoopRole[] roles = [.. Enumerable.Range(0, 8).Select(loop => loop < loops ? LoopRole.Open : LoopRole.Parked)];
        PlacementPlan plan = CoreOrder.Place(CoreOrder.Of(smt), roles, syscallCores, pin: true, []);
        Assert.Equal(syscallCores, plan.SyscallCores.Select(cpu => smt.Cores[cpu].PhysicalCore).Distinct().Count());
        Assert.Equal(loops + syscallCores, plan.Loops.Select(static loop => loop.Cpu).OfType<int>().Concat(plan.SyscallCores).Distinct().Count());
        Assert.All(plan.SyscallCores, cpu => Assert.Contains(cpu, plan.Loops.Select(static loop => loop.ServedBy)));
    }

    [Fact]
    public void Inline_uses_what_the_quota_carries_and_no_syscall_core()
    {
        CpuTopology machine = EightCores with { Allowance = EightCores.Allowance with { Quota = new CgroupCpuQuota("v2", 2.5) } };
        PlacementPlan plan = new Situation { Machine = machine, InUse = 8, Utilisation = 1, Reserved = 3 }.Decide(new InlinePolicy()).Plan;
        Assert.Equal(2, plan.OpenLoops);
        Assert.Empty(plan.SyscallCores);
    }

    [Fact]
    public void Static_is_its_map_as_far_as_the_process_may_follow_it()
    {
        StaticPolicy policy = new([1, 2, 3], [0, 4]);
        Situation situation = new() { Machine = EightCores, InUse = 8, Utilisation = 1 };
        PlacementPlan plan = situation.Decide(policy).Plan;
        Assert.Equal(3, plan.OpenLoops);
        Assert.Equal([0, 4], plan.SyscallCores);
        Assert.Equal([(1, 0), (2, 4), (3, 0)], plan.Loops.Take(3).Select(loop => (loop.Cpu!.Value, loop.ServedBy!.Value)));

        PlacementProposal narrowed = (situation with { Machine = EightCores with { Allowance = new CpuAllowance([0, 1, 3], null) }, Loops = 8 }).Decide(policy);
        Assert.Equal([1, null, 3], narrowed.Plan.Loops.Take(3).Select(loop => loop.Cpu));
        Assert.Equal([0], narrowed.Plan.SyscallCores);
        Assert.Contains("without 2,4", narrowed.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Places_that_change_with_the_cores_of_the_process_are_told_with_these()
    {
        PlacementSnapshot snapshot = new Situation { Machine = EightCores, InUse = 2, Utilisation = 0.6 }.Snapshot;
        AdaptivePolicy policy = new(new AdaptiveLimits());
        Assert.Equal(snapshot.Plan, policy.Decide(snapshot).Plan);
        PlacementProposal moved = policy.Decide(snapshot with { Topology = EightCores with { Allowance = new CpuAllowance([4, 5, 6, 7], null) } });
        Assert.Equal([4, 5], moved.Plan.Loops.Take(2).Select(static loop => loop.Cpu!.Value));
        Assert.Equal("the process may use cores 4-7, on which loops have their places anew", moved.Reason);
    }

    [Fact]
    public void What_of_a_static_map_cannot_be_here_is_told_with_the_remedy()
    {
        StaticPolicy policy = new([1, 2, 3], [4]);
        Assert.Empty(policy.FaultsFor(3, PlacementAbilities.All, obstacle: null));
        PlacementWarning[] faults = [.. policy.FaultsFor(2, PlacementAbilities.All with { Pins = false }, "they are elsewhere for good")];
        Assert.Equal(
            ["flexsc.placement.static.loop-cpus says only how many loops are used, 2: loops are not pinned here", "flexsc.placement.static.loop-cpus names 3 cores, more than there are loops (2): those beyond are not used", "flexsc.placement.static.syscall-cpus has no effect"],
            faults.Select(static fault => fault.Text));
        Assert.Equal("they are elsewhere for good", faults[2].Remedy);
    }

    [Theory]
    [InlineData("policy = static", "flexsc.placement.static.loop-cpus names no core")]
    [InlineData("policy = static, static.loop-cpus = x", "flexsc.placement.static.loop-cpus takes core numbers")]
    [InlineData("policy = best", "flexsc.placement.policy must be inline, static, adaptive, or a type")]
    [InlineData("policy = \"System.Object\"", "flexsc.placement.policy must be")]
    [InlineData("policy = \"FlexSc.Akka.Tests.Placement.PoliciesTests+Refusing, FlexSc.Akka.Tests\"", "cannot be made: not today")]
    [InlineData("interval-ms = 1", "flexsc.placement.interval-ms must be a number from 10")]
    [InlineData("adaptive.minimum-gain-percent = 0", "flexsc.placement.adaptive.minimum-gain-percent must be a number from 1 to 100")]
    [InlineData("adaptive.shrink-to-percent = 80", "shrink-to-percent must be less than grow-at-percent")]
    [InlineData("costs.batch-ns = x", "flexsc.placement.costs.batch-ns must be a number")]
    public void A_value_out_of_range_is_named(string placement, string text)
    {
        ConfigurationException exception = Assert.Throws<ConfigurationException>(() =>
        {
            PlacementSettings settings = Create(placement);
            settings.CreatePolicy(settings.Policy);
        });
        Assert.Contains(text, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_policy_of_ones_own_is_named_by_its_type()
    {
        PlacementSettings settings = Create("""policy = "FlexSc.Akka.Tests.Placement.PoliciesTests+LastOnly, FlexSc.Akka.Tests" """);
        Assert.IsType<LastOnly>(settings.CreatePolicy(settings.Policy));
        Assert.IsType<AdaptivePolicy>(Create("").CreatePolicy("adaptive"));
        Assert.IsType<InlinePolicy>(Create("").CreatePolicy("inline"));
    }

    [Fact]
    public void What_reference_conf_says_is_the_default_of_the_records()
    {
        PlacementSettings settings = Create("");
        PlacementSettings defaults = new();
        Assert.Equal(
            (defaults.Policy, defaults.IntervalMs, defaults.AveragingMs, defaults.PeakWindowMs, defaults.LoggedDecisions, defaults.Costs, defaults.Moves),
            (settings.Policy, settings.IntervalMs, settings.AveragingMs, settings.PeakWindowMs, settings.LoggedDecisions, settings.Costs, settings.Moves));
        Assert.Equal(new AdaptiveLimits(), AdaptiveLimits.Read(settings.Section));
    }

    private static IReadOnlyList<int> NumbersOf(CpuTopology topology) => [.. CoreOrder.Of(topology).Select(static core => core.Number)];

    private static PlacementSettings Create(string placement) =>
        PlacementSettings.Create(ConfigurationFactory.ParseString($"flexsc.placement {{ {placement} }}"));

    public sealed class LastOnly : IPlacementPolicy
    {
        public PlacementProposal Decide(PlacementSnapshot snapshot)
        {
            LoopPlace[] places = [.. snapshot.Plan.Loops.Select((_, loop) => new LoopPlace(loop == snapshot.Plan.Loops.Count - 1 ? LoopRole.Open : LoopRole.Parked))];
            return new PlacementProposal(snapshot.Plan with { Loops = places }, "the last one only");
        }
    }

    public sealed class Refusing : IPlacementPolicy
    {
        public Refusing() => throw new InvalidOperationException("not today");

        public PlacementProposal Decide(PlacementSnapshot snapshot) => throw new InvalidOperationException("never");
    }
}
