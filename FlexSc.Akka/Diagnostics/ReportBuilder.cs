using Akka.Actor;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Placement;
using FlexSc.Interop.Capabilities;
using FlexSc.Interop.Page;

namespace FlexSc.Akka.Diagnostics;

/// <summary>Takes reports: reads what others keep. From any thread.</summary>
internal static class ReportBuilder
{
    private const string SubmissionPoll = "submission-poll";
    private const string SyscallThreads = "syscall-threads";

    /// <summary>The kernel calls a thread that polls a submission ring iou-sqp- and the number of its process.</summary>
    private const string PollingThreadName = "iou-sqp-";

    private static readonly string ProgramName = AppDomain.CurrentDomain.FriendlyName;

    public static FlexReport Build(ActorSystem system, TimeSpan sampleFor)
    {
        TimeProvider clock = TimeProvider.System;
        FlexReport report = new()
        {
            System = system.Name,
            ProcessId = Environment.ProcessId,
            Program = ProgramName,
            Time = clock.GetUtcNow(),
            ClockSeconds = (double)clock.GetTimestamp() / clock.TimestampFrequency,
        };
        if (StockInstead.Of(system) is { } stock)
        {
            return report with { NotRunningReason = stock.Reason };
        }

        LoopGroup group = LoopGroup.Of(system);
        IReadOnlyList<ActorLoop> loops = group.StartedLoops;
        PlacementMoment? placement = system.TryGetExtension(out FlexPlacementExt? extension) ? extension?.Board.Latest : null;
        IReadOnlyList<ActorEvicted> evicted = FlexEviction.Evicted(system);
        IReadOnlyList<BusyActor> busiest = RunSampling.Take(loops, sampleFor, FlexReportExtensions.MostActors);

        // Last, and the clock with it: the sampling took its time.
        return report with
        {
            Time = clock.GetUtcNow(),
            ClockSeconds = (double)clock.GetTimestamp() / clock.TimestampFrequency,
            Allowance = CpuAllowance.Read(),
            Backend = group.Choice is { } choice ? BackendOf(choice) : null,
            Loops = [.. loops.Select(loop => LoopOf(loop, placement?.State))],
            SyscallCores = loops.Count > 0 ? SyscallCoresOf(loops[0].Loop.Options) : [],
            BusiestActors = busiest,
            EvictedActorCount = evicted.Count,
            EvictedActors = [.. evicted.Take(FlexReportExtensions.MostActors)],
            Placement = placement is null ? null : PlacementOf(placement),
        };
    }

    private static BackendReport BackendOf(BackendChoice choice) => new(
        SyscallBackendKinds.Format(choice.Requested), SyscallBackendKinds.Format(choice.Chosen), choice.Reason, choice.Remedies,
        choice is { Requested: SyscallBackendKind.Auto, Chosen: SyscallBackendKind.SyscallThreads });

    private static LoopReport LoopOf(ActorLoop loop, FlexPlacement.State? placement)
    {
        ThreadTimes times = ThreadTimes.Of(loop.Loop.ThreadId);
        LoopActivity activity = loop.Activity;
        long submissions = loop.Loop.Submissions;
        long traps = loop.Loop.Traps;
        return new LoopReport
        {
            Index = loop.Index,
            ThreadName = loop.Loop.Name,
            ThreadId = loop.Loop.ThreadId,
            PinnedTo = loop.Loop.Options.Cpu,
            Cpu = times.Cpu,
            Backend = loop.Loop.BackendName,
            IsParked = activity.IsParked,
            IsHeldUp = loop.IsHeldUp,
            GivenUp = loop.GivenUp,
            HasFailed = loop.Loop.HasFailed,
            IsOpen = loop.Group.IsOpen(loop.Index),
            Running = activity.IsParked ? null : RunningWork.NameOf(activity.Running),
            LongestTurnMs = loop.LongestTurn.TotalMilliseconds,
            Connections = loop.Io.ConnectionCount,
            RefusedConnections = loop.Io.RefusedConnections,
            Actors = loop.Group.Population.Of(loop.Index),
            EntriesUsed = loop.Loop.UsedEntries,
            EntriesLimit = loop.Loop.EntryCount,
            Turns = loop.Loop.Turns,
            Submissions = submissions,
            Traps = traps,
            EntriesPerTrap = traps > 0 ? (double)submissions / traps : 0,
            TrapsPerEntry = submissions > 0 ? (double)traps / submissions : 0,
            CallbackFailures = loop.Loop.CallbackFailures,
            CpuSeconds = times.RunSeconds,
            WaitSeconds = times.WaitSeconds,
            Place = placement?.Plan.Loops.ElementAtOrDefault(loop.Index),
            Load = placement?.Loops.ElementAtOrDefault(loop.Index),
        };
    }

    /// <summary>The cores that the options name. Threads that may run anywhere have no core of their own.</summary>
    private static IReadOnlyList<SyscallCoreReport> SyscallCoresOf(SyscallLoopOptions options) => options switch
    {
        { Backend: SyscallBackendKind.IoUring, SubmissionPollCpu: int cpu } =>
            [new SyscallCoreReport(cpu, SubmissionPoll, ThreadTimes.RunSecondsOf(PollingThreadName))],
        { Backend: SyscallBackendKind.SyscallThreads, SyscallThreads: 0 } => [],
        { Backend: SyscallBackendKind.SyscallThreads or SyscallBackendKind.KernelModule, SyscallThreadCpus: { } cpus } =>
            [.. cpus.Distinct().Order().Select(static cpu => new SyscallCoreReport(cpu, SyscallThreads, null))],
        _ => [],
    };

    private static PlacementReport PlacementOf(PlacementMoment placement)
    {
        FlexPlacement.State state = placement.State;
        return new PlacementReport(
            state.Policy, state.Plan.LoopsInUse, state.Plan.OpenLoops, state.Plan.SyscallCores,
            [.. state.Decisions.Reverse().Take(FlexReportExtensions.MostDecisions).Select(decision => DecisionOf(decision, placement.Time))]);
    }

    private static DecisionReport DecisionOf(PlacementDecision decision, TimeSpan now)
    {
        PlacementPlan plan = decision.After;
        return new DecisionReport((now - decision.Time).TotalSeconds, decision.Reason, plan.LoopsInUse, plan.OpenLoops, plan.SyscallCores);
    }
}
