using FlexSc.Interop.Capabilities;

namespace FlexSc.Akka.Placement.Policies;

/// <summary>
/// Hardware threads of one physical core: while both are busy each is slower, so what a thread did is less than its time, and what a
/// split can do depends on who shares a core with whom. A syscall core is never idle: it looks for calls. What threads do is their work:
/// time on a core that they have for themselves. Where loops are not pinned nobody knows who shares, and all time counts as work.
/// </summary>
/// <param name="snapshot">The machine, the plan in force and what loops did with it.</param>
/// <param name="time">What there is for loops and syscall cores.</param>
internal sealed class SharedCores(PlacementSnapshot snapshot, CpuTime time)
{
    /// <summary>
    /// Speed of a hardware thread while its sibling is busy. Nothing tells it; two threads of a core together are commonly found to do a
    /// quarter more than one.
    /// </summary>
    public const double SharedSpeed = 0.62;

    private readonly IReadOnlyList<CpuCore> _order = CoreOrder.Of(snapshot.Topology);
    private readonly ILookup<int, int> _siblings = SiblingsOf(snapshot);
    private readonly Dictionary<int, (Threads Loops, Threads SyscallCores)> _splits = [];

    /// <summary>The loops, with their work in the place of their time.</summary>
    public IReadOnlyList<LoopLoad> WorkOf(IReadOnlyList<LoopLoad> loads)
    {
        IReadOnlyDictionary<int, double> busy = BusyOf(loads);
        return [.. loads.Select(load => load with { Utilisation = load.Utilisation * Speed(busy, snapshot.Plan.Loops[load.Index].Cpu) })];
    }

    /// <summary>The syscall cores, likewise.</summary>
    public IReadOnlyList<SyscallCoreLoad> WorkOf(IReadOnlyList<SyscallCoreLoad> cores)
    {
        IReadOnlyDictionary<int, double> busy = BusyOf(snapshot.Averages);
        return [.. cores.Select(core => core with { Utilisation = core.Utilisation * Speed(busy, core.Cpu) })];
    }

    /// <summary>Work that loops can do beside so many syscall cores, which each of them is busy with for this part of its time.</summary>
    public double ForLoops(int syscallCores, double busy)
    {
        Threads loops = SplitOf(syscallCores).Loops;
        double all = syscallCores == 0 ? time.FullCores : time.ForLoops(syscallCores);
        return all * loops.Work(busy) / loops.Count;
    }

    /// <summary>Work that so many syscall cores can do, while loops are busy for this part of their time.</summary>
    public double ForCalls(int syscallCores, double busy) => SplitOf(syscallCores).SyscallCores.Work(busy);

    private static ILookup<int, int> SiblingsOf(PlacementSnapshot snapshot)
    {
        CpuCore[] allowed = snapshot.Abilities.Pins ? [.. snapshot.Topology.AllowedCores] : [];
        HashSet<int> numbers = [.. allowed.Select(static core => core.Number)];
        return allowed
            .SelectMany(
                core => core.Siblings.Where(sibling => sibling != core.Number && numbers.Contains(sibling)),
                static (core, sibling) => (core.Number, sibling))
            .ToLookup(static pair => pair.Number, static pair => pair.sibling);
    }

    private Dictionary<int, double> BusyOf(IReadOnlyList<LoopLoad> loads)
    {
        Dictionary<int, double> busy = snapshot.Plan.SyscallCores.ToDictionary(static cpu => cpu, static _ => 1.0);
        foreach (LoopLoad load in loads)
        {
            if (snapshot.Plan.Loops[load.Index].Cpu is int cpu)
            {
                busy[cpu] = Math.Max(load.Utilisation, busy.GetValueOrDefault(cpu));
            }
        }

        return busy;
    }

    private double Speed(IReadOnlyDictionary<int, double> busy, int? cpu) => cpu is int core
        ? Shared(_siblings[core].Select(sibling => busy.GetValueOrDefault(sibling)).DefaultIfEmpty().Max())
        : 1;

    private (Threads Loops, Threads SyscallCores) SplitOf(int syscallCores)
    {
        if (!_splits.TryGetValue(syscallCores, out (Threads Loops, Threads SyscallCores) split))
        {
            int loops = Math.Min(time.MostLoops(syscallCores), snapshot.Plan.Loops.Count);
            PlacementPlan plan = CoreOrder.Place(_order, [.. Enumerable.Repeat(LoopRole.Open, loops)], syscallCores, pin: true, []);
            HashSet<int> polling = [.. plan.SyscallCores];
            HashSet<int> running = [.. plan.Loops.Select(static loop => loop.Cpu).OfType<int>()];
            split = (Of(running), Of(polling));
            _splits.Add(syscallCores, split);

            Threads Of(IReadOnlyCollection<int> cpus)
            {
                int polled = cpus.Count(cpu => _siblings[cpu].Any(polling.Contains));
                int shared = cpus.Count(cpu => !_siblings[cpu].Any(polling.Contains) && _siblings[cpu].Any(running.Contains));
                return new Threads(polled, shared, cpus.Count - polled - shared);
            }
        }

        return split;
    }

    private static double Shared(double busy) => 1 - (busy * (1 - SharedSpeed));

    /// <summary>Threads by what their sibling is: a syscall core, a loop, or nothing.</summary>
    private readonly record struct Threads(int BesideSyscallCore, int BesideLoop, int Alone)
    {
        public int Count => BesideSyscallCore + BesideLoop + Alone;

        /// <summary>What they can do while loops are busy for this part of their time.</summary>
        public double Work(double busy) => (BesideSyscallCore * SharedSpeed) + (BesideLoop * Shared(busy)) + Alone;
    }
}
