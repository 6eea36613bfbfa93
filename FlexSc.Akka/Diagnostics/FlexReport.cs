using FlexSc.Akka.Loops;
using FlexSc.Akka.Placement;
using FlexSc.Interop.Capabilities;

namespace FlexSc.Akka.Diagnostics;

/// <summary>
/// FlexSC in one actor system at one moment, as <c>system.FlexReport()</c> answers it: what <c>flexsc top</c> and the diagnostics socket
/// show. Counters go on from the start of their loop; rates are differences of two reports of a process, by <see cref="ClockSeconds"/>:
/// <see cref="FlexRates"/>. It does not change once it is made.
/// </summary>
public sealed record FlexReport
{
    /// <summary>Form of the JSON document. Within one, members may be added.</summary>
    public int Format { get; init; } = 1;

    /// <summary>Name of the actor system.</summary>
    public required string System { get; init; }

    /// <summary>The process, as itself numbers it: in a container of its own PID name space.</summary>
    public required int ProcessId { get; init; }

    /// <summary>Name of the program.</summary>
    public required string Program { get; init; }

    /// <summary>When it was taken.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The same in seconds of a clock that never goes back; it has no particular beginning.</summary>
    public required double ClockSeconds { get; init; }

    /// <summary>Why FlexSC does not run here; null where it does.</summary>
    public string? NotRunningReason { get; init; }

    /// <summary>Cores that the process may use now, and how much of their time; null where that was not looked at.</summary>
    public CpuAllowance? Allowance { get; init; }

    /// <summary>Who executes system calls, and why; null until loops were started.</summary>
    public BackendReport? Backend { get; init; }

    /// <summary>The loops, by number; none until they were started.</summary>
    public IReadOnlyList<LoopReport> Loops { get; init; } = [];

    /// <summary>Cores that were given to system calls when the loops were started.</summary>
    public IReadOnlyList<SyscallCoreReport> SyscallCores { get; init; } = [];

    /// <summary>
    /// Actors that were found running on a loop, those found most often first, <see cref="FlexReportExtensions.MostActors"/> at the most.
    /// </summary>
    public IReadOnlyList<BusyActor> BusiestActors { get; init; } = [];

    /// <summary>How many actors run on the thread pool because they held up their loop.</summary>
    public int EvictedActorCount { get; init; }

    /// <summary>Those actors, <see cref="FlexReportExtensions.MostActors"/> at the most.</summary>
    public IReadOnlyList<ActorEvicted> EvictedActors { get; init; } = [];

    /// <summary>Placement at run time; null where it does not run.</summary>
    public PlacementReport? Placement { get; init; }
}

/// <summary>Who executes the system calls of all loops.</summary>
/// <param name="Requested">What was asked for: auto, io-uring, syscall-threads or kernel-module.</param>
/// <param name="Chosen">What runs.</param>
/// <param name="Reason">Why.</param>
/// <param name="Remedies">What would allow a better one; empty where there is none better.</param>
/// <param name="IsFallback">Whether a better one was wanted and could not run.</param>
public sealed record BackendReport(string Requested, string Chosen, string Reason, IReadOnlyList<string> Remedies, bool IsFallback);

/// <summary>One loop. What it counts is possibly a turn old.</summary>
public sealed record LoopReport
{
    /// <summary>Number of the loop, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Name of its thread.</summary>
    public required string ThreadName { get; init; }

    /// <summary>The kernel's number of its thread, as in /proc/PID/task.</summary>
    public required int ThreadId { get; init; }

    /// <summary>Core that it was pinned to when it was started; null where the scheduler places it. Placement may have moved it: <see cref="Place"/>.</summary>
    public int? PinnedTo { get; init; }

    /// <summary>Core that it ran on last; null when its thread has ended.</summary>
    public int? Cpu { get; init; }

    /// <summary>Name of the backend that executes its entries.</summary>
    public required string Backend { get; init; }

    /// <summary>Whether it waits for something to do.</summary>
    public bool IsParked { get; init; }

    /// <summary>Whether something holds up its turn for longer than <c>flexsc.loops.stall-warning-ms</c>.</summary>
    public bool IsHeldUp { get; init; }

    /// <summary>
    /// What has held it up for longer than <c>flexsc.loops.give-up-ms</c>, so that it is done without until it goes on; null otherwise.
    /// </summary>
    public LoopGivenUp? GivenUp { get; init; }

    /// <summary>Whether an error has ended it.</summary>
    public bool HasFailed { get; init; }

    /// <summary>Whether placement lets new connections and actors come to it.</summary>
    public bool IsOpen { get; init; }

    /// <summary>Path of the actor that runs on it now, or the name of other work; null while it waits.</summary>
    public string? Running { get; init; }

    /// <summary>
    /// Milliseconds that the mailboxes of one turn took at the most; 0 where they never took <c>flexsc.eviction.slow-run-ms</c>. A turn
    /// that goes on does not count yet: <see cref="IsHeldUp"/> tells of it.
    /// </summary>
    public double LongestTurnMs { get; init; }

    /// <summary>Open connections.</summary>
    public int Connections { get; init; }

    /// <summary>Connections reset because there were no syscall entries for them.</summary>
    public long RefusedConnections { get; init; }

    /// <summary>Actors that live on it by its dispatcher.</summary>
    public int Actors { get; init; }

    /// <summary>Syscall entries in use.</summary>
    public int EntriesUsed { get; init; }

    /// <summary>Syscall entries that there are.</summary>
    public int EntriesLimit { get; init; }

    /// <summary>Turns made.</summary>
    public long Turns { get; init; }

    /// <summary>System calls submitted through the page.</summary>
    public long Submissions { get; init; }

    /// <summary>Traps into the kernel made to submit and collect.</summary>
    public long Traps { get; init; }

    /// <summary>Calls for each trap, since the loop began: the batch. 0 before the first trap.</summary>
    public double EntriesPerTrap { get; init; }

    /// <summary>Traps for each call, since the loop began. 0 before the first call.</summary>
    public double TrapsPerEntry { get; init; }

    /// <summary>Exceptions out of what the loop called.</summary>
    public long CallbackFailures { get; init; }

    /// <summary>Seconds of CPU that its thread used.</summary>
    public double CpuSeconds { get; init; }

    /// <summary>Seconds that its thread was ready to run and had no core.</summary>
    public double WaitSeconds { get; init; }

    /// <summary>
    /// What the plan in force says of it: what it is there for, the core it is pinned to, the core that executes its calls; null where placement
    /// does not run.
    /// </summary>
    public LoopPlace? Place { get; init; }

    /// <summary>What placement measured, averaged over <c>flexsc.placement.averaging-ms</c>; null where placement does not run.</summary>
    public LoopLoad? Load { get; init; }
}

/// <summary>A core that executes system calls.</summary>
/// <param name="Cpu">The core.</param>
/// <param name="Kind">
/// <c>submission-poll</c>: a kernel thread polls io_uring's submission rings (SQPOLL). <c>syscall-threads</c>: threads execute calls.
/// </param>
/// <param name="CpuSeconds">
/// Seconds of CPU that the kernel threads which poll have used, those of all such cores together; null for other threads.
/// </param>
public sealed record SyscallCoreReport(int Cpu, string Kind, double? CpuSeconds);

/// <summary>An actor that was found running.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Loop">Loop that it ran on.</param>
/// <param name="Share">Part of the looks at which it was found: 0 to 1.</param>
public sealed record BusyActor(string Path, int Loop, double Share);

/// <summary>Placement at run time.</summary>
/// <param name="Policy">Name of the policy.</param>
/// <param name="LoopsInUse">Loops that are needed, by the plan in force.</param>
/// <param name="OpenLoops">Loops that get new work.</param>
/// <param name="SyscallCores">Cores for system calls, by the plan.</param>
/// <param name="Decisions">The latest decisions, the newest first, <see cref="FlexReportExtensions.MostDecisions"/> at the most.</param>
public sealed record PlacementReport(
    string Policy, int LoopsInUse, int OpenLoops, IReadOnlyList<int> SyscallCores, IReadOnlyList<DecisionReport> Decisions);

/// <summary>A change of the plan.</summary>
/// <param name="SecondsAgo">How long ago.</param>
/// <param name="Reason">Why, with the figures that made it.</param>
/// <param name="LoopsInUse">Loops that are needed since then.</param>
/// <param name="OpenLoops">Loops that get new work since then.</param>
/// <param name="SyscallCores">Cores for system calls since then.</param>
public sealed record DecisionReport(double SecondsAgo, string Reason, int LoopsInUse, int OpenLoops, IReadOnlyList<int> SyscallCores);
