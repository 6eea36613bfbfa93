using FlexSc.Akka.Placement;
using FlexSc.Interop.Capabilities;

namespace FlexSc.PlacementModel.Model;

/// <summary>Placement of a simulated process: the project's own course and policy, or a split that stays; and connections that follow it.</summary>
internal sealed class ModelledPlacement
{
    /// <summary>The default of <c>flexsc.eviction.slow-run-ms</c>.</summary>
    public const double SlowRunMicroseconds = 20_000;

    /// <summary>Largest error of a sample: one in twenty.</summary>
    private const double Noise = 0.05;

    private readonly PlacementCourse _course;
    private readonly bool _movesConnections;
    private double _lastSample;

    /// <param name="policy">Decides.</param>
    /// <param name="costs">What it believes calls to cost.</param>
    /// <param name="loops">How many loops there are.</param>
    /// <param name="abilities">What can be carried out.</param>
    /// <param name="start">The plan at the beginning; null for all loops open.</param>
    public ModelledPlacement(IPlacementPolicy policy, PlacementCosts costs, int loops, PlacementAbilities abilities, PlacementPlan? start = null)
    {
        PlacementSettings settings = new() { Costs = costs, LoggedDecisions = 1_000 };
        IntervalMicroseconds = settings.IntervalMs * 1000.0;
        _movesConnections = abilities.MovedConnections;
        _course = new PlacementCourse(policy, settings, abilities, start ?? PlacementPlan.Unplaced(loops));
    }

    public double IntervalMicroseconds { get; }

    /// <summary>Microseconds of a loop's turn; longer ones make a simulation of many cores shorter.</summary>
    public double TurnMicroseconds { get; init; } = 200;

    /// <summary>
    /// Microseconds within which few requests of a loop's connections come together, as those do that a network card tells at once; 0 for each
    /// group by itself. Otherwise groups that part where some wait for the disk would end as single requests, each an event.
    /// </summary>
    public double TogetherMicroseconds { get; init; }

    public PlacementPlan Plan => _course.Plan;

    public IReadOnlyList<(double Seconds, string Reason)> Decisions =>
        [.. _course.Decisions.Select(static decision => (decision.Time.TotalSeconds, decision.Reason))];

    public PlacementPlan Sample(
        double now, CpuTopology machine, LoopModel[] loops, IReadOnlyList<SyscallCoreModel> cores, IReadOnlyList<ActorLoad> actors, double throttled,
        Random random)
    {
        double interval = now - _lastSample;
        _lastSample = now;
        LoopLoad[] loads = [.. loops.Select(loop => loop.Tally.TakeLoad(loop, interval, 1 + ((random.NextDouble() - 0.5) * 2 * Noise)))];
        _course.Take(TimeSpan.FromMicroseconds(now), new PlacementSample(machine, loads, [.. cores.Select(core => core.TakeLoad(interval))], actors, throttled));
        if (_course.TakeFault() is { } fault)
        {
            throw new InvalidOperationException(fault);
        }

        if (_movesConnections)
        {
            ConnectionMoves.Allow(loops, _course.Plan);
        }

        return _course.Plan;
    }
}
