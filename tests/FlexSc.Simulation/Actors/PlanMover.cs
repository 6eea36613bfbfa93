using FlexSc.Akka.Loops;
using FlexSc.Akka.Placement;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Actors;

/// <summary>Carries out plans for the loops of a process: now and then another one, of loops that are open, closed and parked at random.</summary>
internal sealed class PlanMover : IMover
{
    private const int MostPause = 120;

    private readonly World _world;
    private readonly ActorProcess _process;
    private readonly MoveLimits _limits;
    private PlannedMoves? _moves;
    private PlacementPlan? _plan;
    private long _next;
    private int _looks;

    public PlanMover(World world, ActorProcess process)
    {
        (_world, _process) = (world, process);
        _limits = new MoveLimits
        {
            AtATime = 1 + world.Random.Below(8),
            PerSecond = 1 + world.Random.Below(1_000),
            MinimumStay = TimeSpan.FromMilliseconds(world.Random.Below(3)),
            Retry = TimeSpan.FromMilliseconds(world.Random.Below(10)),
        };
    }

    public bool IsDue => !_process.HasCrashed && _looks < MoveTally.MostOfProcess && _world.Steps >= _next
        && _process.Loops.Where(static loop => !loop.Loop.HasEnded).Sum(static loop => loop.Io.ConnectionCount) > 0;

    public long DeadlineNs => long.MaxValue;

    public bool IsDone => _process.HasCrashed || _moves is null or { IsAtRest: true };

    public void Step()
    {
        _next = _world.Steps + _world.Random.Below(MostPause);
        _looks++;
        int loops = _process.Loops.Count;
        if (_plan is null || _world.Random.Below(4) == 0)
        {
            LoopRole[] roles = [.. Enumerable.Range(0, loops).Select(_ => (LoopRole)_world.Random.Below(3))];
            roles[_world.Random.Below(loops)] = LoopRole.Open;
            _plan = new PlacementPlan([.. roles.Select(static role => new LoopPlace(role))], [], []);
        }

        LoopLoad[] loads = [.. Enumerable.Range(0, loops).Select(loop => new LoopLoad { Index = loop, Utilisation = _world.Random.Below(11) / 10.0 })];
        _process.Run(() =>
        {
            _moves ??= new PlannedMoves(LoopGroup.Of(_process.System), _limits, TimeSpan.Zero);
            _moves.CarryOut(_plan, loads);
            if (_moves.TakeNews(TimeSpan.FromMilliseconds(_world.Steps)) is { } news)
            {
                _world.Trace($"{_process.Name}: {news}");
            }
        });
    }

    public override string ToString() => $"{_process.Name} has looked {_looks} times{(IsDone ? "" : ", and moves are under way")}";
}
