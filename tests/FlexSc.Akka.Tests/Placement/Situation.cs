using FlexSc.Akka.Placement;
using FlexSc.Akka.Placement.Policies;
using FlexSc.Interop.Capabilities;

namespace FlexSc.Akka.Tests.Placement;

/// <summary>A snapshot by the few figures that matter in a test: every loop in use has the same load.</summary>
internal sealed record Situation
{
    public required CpuTopology Machine { get; init; }

    /// <summary>A loop for each core that the process may use, unless said otherwise.</summary>
    public int? Loops { get; init; }

    public int InUse { get; init; } = 1;

    public int SyscallCores { get; init; }

    public double Utilisation { get; init; }

    public double Waiting { get; init; }

    public double SystemShare { get; init; } = 0.5;

    public double EntriesPerSecond { get; init; } = 100_000;

    public double EntriesPerBatch { get; init; } = 8;

    public double SyscallCoreUtilisation { get; init; }

    public double? PeakDemand { get; init; }

    public double ConnectionsPerLoop { get; init; }

    public double NewConnectionsPerSecond { get; init; }

    public double Seconds { get; init; } = 100;

    public PlacementAbilities Abilities { get; init; } = PlacementAbilities.All;

    public PlacementCosts Costs { get; init; } = PlacementCosts.Default;

    public int? Reserved { get; init; }

    public IReadOnlyList<ActorLoad> Actors { get; init; } = [];

    public IReadOnlyList<PlacementDecision> Decisions { get; init; } = [];

    /// <summary>Of single loops, instead of <see cref="Utilisation"/>.</summary>
    public IReadOnlyDictionary<int, double> Of { get; init; } = new Dictionary<int, double>();

    public PlacementPlan Plan => CoreOrder.Place(
        CoreOrder.Of(Machine), [.. Enumerable.Range(0, Loops ?? Machine.Allowance.Cpus.Count).Select(loop => loop < InUse ? LoopRole.Open : LoopRole.Parked)],
        SyscallCores, Abilities.Pins, []);

    public PlacementSnapshot Snapshot
    {
        get
        {
            LoopLoad[] loads =
            [
                .. Plan.Loops.Select((place, loop) => new LoopLoad
                {
                    Index = loop,
                    Utilisation = Of.TryGetValue(loop, out double own) ? own : place.Role == LoopRole.Parked ? 0 : Utilisation,
                    Waiting = place.Role == LoopRole.Parked ? 0 : Waiting,
                    SystemShare = SystemShare,
                    EntriesPerSecond = place.Role == LoopRole.Parked ? 0 : EntriesPerSecond,
                    EntriesPerBatch = EntriesPerBatch,
                    TrapsPerEntry = 1 / EntriesPerBatch,
                    Connections = ConnectionsPerLoop,
                    NewConnectionsPerSecond = NewConnectionsPerSecond,
                }),
            ];
            return new PlacementSnapshot
            {
                Time = TimeSpan.FromSeconds(Seconds),
                Topology = Machine,
                Plan = Plan,
                Loops = loads,
                Averages = loads,
                SyscallCores = [.. Plan.SyscallCores.Select(cpu => new SyscallCoreLoad(cpu, SyscallCoreUtilisation, EntriesPerSecond * InUse / SyscallCores))],
                PeakUtilisation = loads.Sum(static load => load.Utilisation),
                PeakDemand = PeakDemand ?? loads.Sum(static load => load.Demand),
                Actors = Actors,
                Decisions = Decisions,
                Costs = Costs,
                Abilities = Abilities,
                ReservedSyscallCores = Reserved,
            };
        }
    }

    public PlacementProposal Decide(IPlacementPolicy? policy = null) => (policy ?? new AdaptivePolicy(new AdaptiveLimits())).Decide(Snapshot);
}
