using FlexSc.Akka.Placement;
using FlexSc.Akka.Placement.Policies;
using FlexSc.Interop.Capabilities;
using FlexSc.Tests.Machines;
using Xunit;

namespace FlexSc.Akka.Tests.Placement;

public sealed class SplitFaultsTests
{
    private static readonly CpuTopology FourCores = new MachineShape(1, 4, 1, 4).Topology;

    [Fact]
    public void A_polling_core_beside_a_busy_loop_is_named_with_the_setting()
    {
        PlacementSnapshot snapshot = Snapshot(new StaticPolicy([0, 1], [1]), busyLoop: 1);
        (string key, PlacementWarning warning) = Assert.Single(SplitFaults.Of(snapshot, pollCpu: null));
        Assert.Equal("core 1, loop 1", key);
        Assert.StartsWith("core 1 executes system calls and runs loop 1, which asks for 0.60 cores", warning.Text, StringComparison.Ordinal);
        Assert.Contains("flexsc.placement.static.syscall-cpus", warning.Remedy, StringComparison.Ordinal);

        (_, warning) = Assert.Single(SplitFaults.Of(Snapshot(new StaticPolicy([0, 1], []), busyLoop: 1), pollCpu: 1));
        Assert.Contains("flexsc.loops.submission-poll-cpu", warning.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void One_beside_an_idle_loop_or_a_free_core_is_none()
    {
        Assert.Empty(SplitFaults.Of(Snapshot(new StaticPolicy([0, 1], [1]), busyLoop: 0), pollCpu: null));
        Assert.Empty(SplitFaults.Of(Snapshot(new StaticPolicy([0, 1], [2]), busyLoop: 1), pollCpu: null));
        Assert.Empty(SplitFaults.Of(Snapshot(new StaticPolicy([0, 1], []), busyLoop: 1), pollCpu: 3));
    }

    [Fact]
    public void More_of_them_than_the_quota_has_cores_is_named_when_it_is_used_up()
    {
        CpuTopology narrowed = FourCores with { Allowance = FourCores.Allowance with { Quota = new CgroupCpuQuota("v2", 2) } };
        PlacementSnapshot shared = Snapshot(new StaticPolicy([0, 1], [2]), busyLoop: 1, narrowed);
        Assert.Empty(SplitFaults.Of(shared, pollCpu: null));
        (_, PlacementWarning warning) = Assert.Single(SplitFaults.Of(shared with { Throttled = 0.3 }, pollCpu: null));
        Assert.StartsWith("2 loops in use and 1 syscall core are more than the 2 cores", warning.Text, StringComparison.Ordinal);
    }

    private static PlacementSnapshot Snapshot(StaticPolicy policy, int busyLoop, CpuTopology? machine = null)
    {
        Situation situation = new() { Machine = machine ?? FourCores, InUse = 4, Of = new Dictionary<int, double> { [busyLoop] = 0.6 } };
        return situation.Snapshot with { Plan = situation.Decide(policy).Plan };
    }
}
