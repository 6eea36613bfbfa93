using FlexSc.Akka.Placement;
using FlexSc.Akka.Placement.Policies;
using FlexSc.Interop.Capabilities;
using FlexSc.Tests.Machines;
using Xunit;

namespace FlexSc.Akka.Tests.Placement;

/// <summary>When syscall cores come and go by bursts, by the first looks, and where hardware threads share a core.</summary>
public sealed class SyscallBalanceTests
{
    private const double OwnMicroseconds = 0.3;
    private const double KernelMicroseconds = 3.6;
    private const double PollutionMicroseconds = 3;
    private const double InlineMicroseconds = OwnMicroseconds + PollutionMicroseconds + KernelMicroseconds;
    private const double ApartMicroseconds = OwnMicroseconds + 0.05;
    private const double CoreMicroseconds = KernelMicroseconds + 0.1;

    private static readonly CpuTopology EightCores = new MachineShape(1, 8, 1, 8).Topology;
    private static readonly CpuTopology FourWithSmt = MachineShape.EightWithSmt.Topology;
    private static readonly PlacementCosts SplitPays =
        new(BatchNs: 0, PollutionNs: PollutionMicroseconds * 1000, SubmitNs: 50, TransferNs: 100);

    /// <summary>Four of each would let 1.2 times as many calls through as eight loops: a call takes 10 us, 4 of them the kernel's.</summary>
    private static readonly Situation Busy = new()
    {
        Machine = EightCores, InUse = 8, Utilisation = 1, SystemShare = 0.4, Costs = SplitPays,
    };

    [Theory]
    [InlineData(1.9, 0)]
    [InlineData(2.0, 4)]
    public void The_first_looks_take_no_syscall_core(double seconds, int expected) =>
        Assert.Equal(expected, (Busy with { Seconds = seconds }).Decide().Plan.SyscallCores.Count);

    [Theory]
    [InlineData(8, 50, 4)]
    [InlineData(5, 50, 0)] // nor were they busy then
    [InlineData(8, 98.5, 0)] // they have not settled: it may be a load that has just come
    public void Bursts_that_fill_the_loops_are_worth_syscall_cores(double peakDemand, double changedAt, int expected)
    {
        PlacementDecision loopsCame = new(
            TimeSpan.FromSeconds(changedAt), new Situation { Machine = EightCores, InUse = 7 }.Plan, Busy.Plan, "", 0, 0);
        PlacementSnapshot burst = (Busy with { PeakDemand = peakDemand, Decisions = [loopsCame] }).Snapshot;
        LoopLoad[] averages =
        [
            .. burst.Loops.Select(static load => load with { Utilisation = 0.3, EntriesPerSecond = 0.3 * load.EntriesPerSecond }),
        ];
        Assert.Equal(expected, new AdaptivePolicy(new AdaptiveLimits()).Decide(burst with { Averages = averages }).Plan.SyscallCores.Count);
    }

    [Theory]
    [InlineData(0.9, 4)]
    [InlineData(0.3, 0)]
    public void What_serves_a_burst_stays_for_the_next(double peakSyscallUtilisation, int expected)
    {
        Situation between = new()
        {
            Machine = EightCores, InUse = 4, SyscallCores = 4, Utilisation = 0.05, SyscallCoreUtilisation = 0.2, Costs = SplitPays,
        };
        PlacementSnapshot snapshot = between.Snapshot with { PeakSyscallUtilisation = peakSyscallUtilisation };
        Assert.Equal(expected, new AdaptivePolicy(new AdaptiveLimits()).Decide(snapshot).Plan.SyscallCores.Count);
    }

    [Fact]
    public void The_last_look_says_which_split_and_averages_whether_it_has_lasted()
    {
        // Half the quota: beside three syscall cores the loops have 0.75 cores' worth, enough for calls of 0.35 us. On average it is still as if
        // they took 1.4, for which two would be best.
        CpuTopology half = EightCores with { Allowance = new CpuAllowance(EightCores.Allowance.Cpus, new CgroupCpuQuota("v2", 4)) };
        PlacementSnapshot latest = Inline(OwnMicroseconds).Snapshot;
        Assert.Equal(3, Decide(Inline(OwnMicroseconds + 1.05)));
        Assert.Equal(3, Decide(Inline(OwnMicroseconds)));

        // Computing on average, of which a change promises nothing: it has not lasted. And the other way round.
        Assert.Equal(0, Decide(Inline(OwnMicroseconds + 10)));
        latest = Inline(OwnMicroseconds + 10).Snapshot;
        Assert.Equal(0, Decide(Inline(OwnMicroseconds)));

        int Decide(Situation average) =>
            new AdaptivePolicy(new AdaptiveLimits()).Decide(latest with { Averages = average.Snapshot.Averages }).Plan.SyscallCores.Count;

        Situation Inline(double ownMicroseconds)
        {
            double inline = ownMicroseconds + PollutionMicroseconds + KernelMicroseconds;
            return new Situation
            {
                Machine = half, InUse = 4, Utilisation = 1, SystemShare = KernelMicroseconds / inline, EntriesPerSecond = 1e6 / inline,
                Costs = SplitPays,
            };
        }
    }

    [Theory]
    [InlineData(200_000, 4)] // loads take turns
    [InlineData(40_000, 0)] // averages follow: it computes
    public void Syscall_cores_are_given_back_when_the_load_has_become_another_for_good(double averageCalls, int expected)
    {
        Situation split = new()
        {
            Machine = EightCores, InUse = 4, SyscallCores = 4, Utilisation = 1, EntriesPerSecond = averageCalls,
            SyscallCoreUtilisation = averageCalls / 1e6, Costs = SplitPays,
        };
        Assert.Equal(expected, WithLatest(split, 20_000).Plan.SyscallCores.Count);
    }

    [Theory]
    [InlineData(175_000, 0)] // 700,000 calls a second, and there were 800,000
    [InlineData(225_000, 4)] // now there are more
    [InlineData(20_000, 4)] // now it computes
    public void A_split_is_not_judged_by_a_load_that_has_changed_since(double latestCalls, int expected)
    {
        Situation split = new()
        {
            Machine = EightCores, InUse = 4, SyscallCores = 4, Utilisation = 1, EntriesPerSecond = 175_000, SyscallCoreUtilisation = 0.9,
            Costs = SplitPays,
        };
        PlacementDecision tried = new(TimeSpan.FromSeconds(95), Busy.Plan, split.Plan, "", 800_000, 8);
        Assert.Equal(expected, WithLatest(split with { Decisions = [tried] }, latestCalls).Plan.SyscallCores.Count);
    }

    private static PlacementProposal WithLatest(Situation situation, double callsOfLoop)
    {
        PlacementSnapshot snapshot = situation.Snapshot;
        LoopLoad[] latest =
        [
            .. snapshot.Loops.Select(load => load with { EntriesPerSecond = load.EntriesPerSecond > 0 ? callsOfLoop : 0 }),
        ];
        return new AdaptivePolicy(new AdaptiveLimits()).Decide(snapshot with { Loops = latest });
    }

    [Fact]
    public void Threads_that_share_a_core_slow_each_other_only_while_both_are_busy()
    {
        // Eight loops do the work of five cores; four loops are idle for most of their time beside four syscall cores, which then do that
        // of four.
        Situation inline = new()
        {
            Machine = FourWithSmt, InUse = 8, Utilisation = 1, SystemShare = KernelMicroseconds / InlineMicroseconds,
            EntriesPerSecond = SharedCores.SharedSpeed * 1e6 / InlineMicroseconds, Costs = SplitPays,
        };
        PlacementPlan plan = inline.Decide().Plan;
        Assert.Equal((4, 4), (plan.LoopsInUse, plan.SyscallCores.Count));
        Assert.Empty((inline with { Machine = EightCores }).Decide().Plan.SyscallCores);

        // That they are slower than inline loops on cores of their own would be is no reason to give them back.
        const double CallsOfLoop = 250_000;
        double loop = CallsOfLoop * ApartMicroseconds / SharedCores.SharedSpeed / 1e6;
        Situation split = new()
        {
            Machine = FourWithSmt, InUse = 4, SyscallCores = 4, Utilisation = loop, EntriesPerSecond = CallsOfLoop,
            SyscallCoreUtilisation = CallsOfLoop * CoreMicroseconds / (1 - (loop * (1 - SharedCores.SharedSpeed))) / 1e6, Costs = SplitPays,
        };
        Assert.Equal(4, split.Decide().Plan.SyscallCores.Count);
    }

    [Fact]
    public void Work_is_time_on_a_core_of_its_own()
    {
        Situation split = new() { Machine = FourWithSmt, InUse = 4, SyscallCores = 4, Utilisation = 0.5, SyscallCoreUtilisation = 1 };
        Assert.Equal((0.31, 0.81), WorkOf(split));
        Assert.Equal((0.5, 1), WorkOf(split with { Machine = EightCores }));

        // Four loops on four physical cores, and where nobody knows where they are.
        Assert.Equal(0.5, WorkOf(split with { SyscallCores = 0 }).Loop);
        Assert.Equal((0.5, 1), WorkOf(split with { Abilities = PlacementAbilities.All with { Pins = false } }));

        static (double Loop, double SyscallCore) WorkOf(Situation situation)
        {
            PlacementSnapshot snapshot = situation.Snapshot;
            SharedCores shared = new(snapshot, new CpuTime(snapshot.Topology.Allowance, 75));
            return (
                Math.Round(shared.WorkOf(snapshot.Loops)[0].Utilisation, 6),
                Math.Round(shared.WorkOf(snapshot.SyscallCores).Select(static core => core.Utilisation).FirstOrDefault(), 6));
        }
    }
}
