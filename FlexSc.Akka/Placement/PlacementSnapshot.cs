using FlexSc.Interop.Capabilities;

namespace FlexSc.Akka.Placement;

/// <summary>
/// All that a policy may base its answer on: the machine, the plan in force, what was measured, and what was decided before.
/// </summary>
public sealed record PlacementSnapshot
{
    /// <summary>Since placement began.</summary>
    public required TimeSpan Time { get; init; }

    /// <summary>The cores, and what the process may use of them now.</summary>
    public required CpuTopology Topology { get; init; }

    /// <summary>The plan in force.</summary>
    public required PlacementPlan Plan { get; init; }

    /// <summary>Each loop since the snapshot before.</summary>
    public required IReadOnlyList<LoopLoad> Loops { get; init; }

    /// <summary>Each loop, averaged over <c>flexsc.placement.averaging-ms</c>, recent figures counting most.</summary>
    public required IReadOnlyList<LoopLoad> Averages { get; init; }

    /// <summary>Cores that execute system calls, averaged likewise.</summary>
    public IReadOnlyList<SyscallCoreLoad> SyscallCores { get; init; } = [];

    /// <summary>
    /// Part of its quota's periods in which the process used it up and was held back until the next one, averaged likewise: 0 to 1; 0 without a
    /// quota. A thread that is held back counts as waiting.
    /// </summary>
    public double Throttled { get; init; }

    /// <summary>
    /// Largest demand of all loops together, in cores, in any snapshot of the last <c>flexsc.placement.peak-window-ms</c>.
    /// </summary>
    public double PeakDemand { get; init; }

    /// <summary>The same of what they used of that, without the time that they waited for a core.</summary>
    public double PeakUtilisation { get; init; }

    /// <summary>Largest part of their time in which syscall cores executed calls, all of them on average, in any of these: 0 to 1.</summary>
    public double PeakSyscallUtilisation { get; init; }

    /// <summary>Actors that ran longer than a threshold at a time, and those that are evicted.</summary>
    public IReadOnlyList<ActorLoad> Actors { get; init; } = [];

    /// <summary>The latest decisions, the oldest first.</summary>
    public IReadOnlyList<PlacementDecision> Decisions { get; init; } = [];

    /// <summary>What calls cost on this machine by either way.</summary>
    public PlacementCosts Costs { get; init; } = PlacementCosts.Default;

    /// <summary>What can be carried out where the plan is for.</summary>
    public PlacementAbilities Abilities { get; init; } = PlacementAbilities.All;

    /// <summary>Syscall cores that the operator wants; null leaves it to the policy.</summary>
    public int? ReservedSyscallCores { get; init; }
}

/// <summary>What one loop had to do, in rates and shares: 0.5 cores, 20,000 entries a second.</summary>
public sealed record LoopLoad
{
    /// <summary>Number of the loop, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>CPU time of its thread, and of threads that execute its calls on its cores, in cores: 0 to 1.</summary>
    public double Utilisation { get; init; }

    /// <summary>Time that its thread was ready to run and did not get a core, in cores: others use it, or a quota holds it back.</summary>
    public double Waiting { get; init; }

    /// <summary>Part of its CPU time spent in the kernel: 0 to 1.</summary>
    public double SystemShare { get; init; }

    /// <summary>Calls that it submitted, a second.</summary>
    public double EntriesPerSecond { get; init; }

    /// <summary>Calls that left together.</summary>
    public double EntriesPerBatch { get; init; }

    /// <summary>Traps into the kernel for each call.</summary>
    public double TrapsPerEntry { get; init; }

    /// <summary>Part of its syscall entries in use: 0 to 1.</summary>
    public double PageOccupancy { get; init; }

    /// <summary>Microseconds from the submission of a call that waits for no peer to its completion, a batch wait included; 0 where none was made.</summary>
    public double CompletionLatencyMicroseconds { get; init; }

    /// <summary>Mailboxes and other work that wait for their turn, as what comes last finds them; 0 on a loop that sleeps.</summary>
    public double QueuedWork { get; init; }

    /// <summary>Microseconds that such work waits for its turn; 0 on a loop that sleeps.</summary>
    public double QueueWaitMicroseconds { get; init; }

    /// <summary>Bytes received, sent, read and written, a second.</summary>
    public double BytesPerSecond { get; init; }

    /// <summary>Open connections.</summary>
    public double Connections { get; init; }

    /// <summary>Connections that came to it, a second.</summary>
    public double NewConnectionsPerSecond { get; init; }

    /// <summary>Actors that live on it.</summary>
    public double Actors { get; init; }

    /// <summary>What it would use if it got it, in cores, as far as that shows: what it ran and what it waited.</summary>
    public double Demand => Utilisation + Waiting;

    /// <summary>Between two figures of a loop.</summary>
    /// <param name="older">The older one.</param>
    /// <param name="newer">The newer one.</param>
    /// <param name="weight">Of the newer one: 0 to 1.</param>
    internal static LoopLoad Between(LoopLoad older, LoopLoad newer, double weight)
    {
        return new LoopLoad
        {
            Index = newer.Index,
            Utilisation = Mix(older.Utilisation, newer.Utilisation),
            Waiting = Mix(older.Waiting, newer.Waiting),
            SystemShare = Mix(older.SystemShare, newer.SystemShare),
            EntriesPerSecond = Mix(older.EntriesPerSecond, newer.EntriesPerSecond),
            EntriesPerBatch = Mix(older.EntriesPerBatch, newer.EntriesPerBatch),
            TrapsPerEntry = Mix(older.TrapsPerEntry, newer.TrapsPerEntry),
            PageOccupancy = Mix(older.PageOccupancy, newer.PageOccupancy),
            CompletionLatencyMicroseconds = Mix(older.CompletionLatencyMicroseconds, newer.CompletionLatencyMicroseconds),
            QueuedWork = Mix(older.QueuedWork, newer.QueuedWork),
            QueueWaitMicroseconds = Mix(older.QueueWaitMicroseconds, newer.QueueWaitMicroseconds),
            BytesPerSecond = Mix(older.BytesPerSecond, newer.BytesPerSecond),
            Connections = newer.Connections,
            NewConnectionsPerSecond = Mix(older.NewConnectionsPerSecond, newer.NewConnectionsPerSecond),
            Actors = newer.Actors,
        };

        double Mix(double from, double to) => from + ((to - from) * weight);
    }
}

/// <summary>What one syscall core had to do.</summary>
/// <param name="Cpu">The core.</param>
/// <param name="Utilisation">Time it executed calls, in cores, without what it looked for some in vain: 0 to 1.</param>
/// <param name="EntriesPerSecond">Calls executed, a second.</param>
public sealed record SyscallCoreLoad(int Cpu, double Utilisation, double EntriesPerSecond);

/// <summary>What one actor did to its loop, or does on the thread pool.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Loop">Loop it lives on.</param>
/// <param name="LongestRunMs">Milliseconds of its longest run since the snapshot before, one that has not ended included.</param>
/// <param name="SlowRuns">Runs since the snapshot before that took longer than <c>flexsc.eviction.slow-run-ms</c>.</param>
/// <param name="IsPinned">The operator said where it lives.</param>
/// <param name="CleanFor">For an evicted actor: how long no run of its has been slow; null for one that is on its loop.</param>
public sealed record ActorLoad(string Path, int Loop, double LongestRunMs, int SlowRuns, bool IsPinned = false, TimeSpan? CleanFor = null);

/// <summary>What can be carried out; a policy plans nothing else.</summary>
/// <param name="SyscallCores">Cores can be given to system calls, and taken back.</param>
/// <param name="MovedConnections">Open connections can be moved from loop to loop. Where they cannot, only new ones follow a plan.</param>
/// <param name="Pins">Loops can be pinned to cores.</param>
/// <param name="Evictions">Actors can be evicted to the thread pool, and come back.</param>
public sealed record PlacementAbilities(bool SyscallCores, bool MovedConnections, bool Pins, bool Evictions)
{
    /// <summary>Everything.</summary>
    public static PlacementAbilities All { get; } = new(true, true, true, true);
}

/// <summary>
/// What a call costs beside its own work, in nanoseconds of CPU, by the loop that submits it or by a core of its own. Measured by
/// <c>tests/FlexSc.Benchmarks -- placement --calibrate</c>.
/// </summary>
/// <param name="BatchNs">Inline, for each batch: the trap and what goes with it.</param>
/// <param name="PollutionNs">Inline, for each call: what the loop's own code runs slower afterwards, its cache lines replaced.</param>
/// <param name="SubmitNs">On another core, for each call, on the loop: handing it over and taking what came back.</param>
/// <param name="TransferNs">On another core, for each call, on that core: what it has to fetch that the loop had at hand.</param>
public sealed record PlacementCosts(double BatchNs, double PollutionNs, double SubmitNs, double TransferNs)
{
    /// <summary>Of the machine of docs/placement.md.</summary>
    public static PlacementCosts Default { get; } = new(518, 16, 135, 149);
}

/// <summary>A change of the plan.</summary>
/// <param name="Time">Since placement began.</param>
/// <param name="Before">The plan until then.</param>
/// <param name="After">The plan from then on.</param>
/// <param name="Reason">Why, with the figures that made it.</param>
/// <param name="EntriesPerSecond">Calls of all loops together, a second, averaged, before it.</param>
/// <param name="Demand">What all loops together asked for, in cores, averaged, before it.</param>
public sealed record PlacementDecision(
    TimeSpan Time, PlacementPlan Before, PlacementPlan After, string Reason, double EntriesPerSecond, double Demand);

/// <summary>A plan with what speaks for it.</summary>
/// <param name="Plan">The plan; the one in force when nothing is to change.</param>
/// <param name="Reason">Why it differs from the one in force.</param>
public sealed record PlacementProposal(PlacementPlan Plan, string Reason);

/// <summary>
/// Decides. A pure function: the same snapshot has the same answer, and nothing is remembered but what the snapshot carries, so it runs
/// in a simulation as it does in a program. Called by one thread at a time. Name a type of your own in
/// <c>flexsc.placement.policy</c>; it needs a constructor without parameters or one that takes the section <c>flexsc.placement</c>.
/// </summary>
public interface IPlacementPolicy
{
    /// <summary>The plan for what the snapshot shows.</summary>
    PlacementProposal Decide(PlacementSnapshot snapshot);
}
