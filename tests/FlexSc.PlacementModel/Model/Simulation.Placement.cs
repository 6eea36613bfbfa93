using FlexSc.Akka.Placement;

namespace FlexSc.PlacementModel.Model;

/// <content>What the policy sees, and what becomes of its plans.</content>
internal sealed partial class Simulation
{
    private void Sample()
    {
        PlacementPlan plan = _placement.Sample(
            _now, _machine with { Allowance = _allowance }, _loops, [.. _syscallCores.Values.Where(core => _placement.Plan.SyscallCores.Contains(core.Cpu))],
            _actor.TakeLoads(_now), _cores.TakeHeldBack() ? 1 : 0, _random);
        Apply(plan);
        At(_now + _placement.IntervalMicroseconds, new Event(Kind.Sample));
    }

    private void Apply(PlacementPlan plan)
    {
        for (int i = 0; i < _loops.Length; i++)
        {
            _loops[i].Place = plan.Loops[i];
        }

        // One that is given back still executes what it took.
        foreach (int cpu in plan.SyscallCores)
        {
            _syscallCores.TryAdd(cpu, new SyscallCoreModel(cpu));
        }

        _cores.SetPolling(plan.SyscallCores, _now);
        _actor.IsEvicted = plan.Evicted.Contains(ActorModel.Path);
    }
}
