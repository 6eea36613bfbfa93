using FlexSc.Interop.Capabilities;

namespace FlexSc.Akka.Placement.Policies;

/// <summary>Which cores are taken first, and how loops and syscall cores share them.</summary>
internal static class CoreOrder
{
    /// <summary>
    /// The cores the process may use, the best first: isolated ones, on which nothing else runs; one hardware thread of each physical core
    /// before the second of any; and those together that share a node and a cache.
    /// </summary>
    public static IReadOnlyList<CpuCore> Of(CpuTopology topology)
    {
        CpuCore[] allowed = [.. topology.AllowedCores];
        int[] numbers = [.. allowed.Select(static core => core.Number)];
        return
        [
            .. allowed
                .OrderBy(static core => core.IsIsolated ? 0 : 1)
                .ThenBy(core => core.Siblings.Where(numbers.Contains).TakeWhile(sibling => sibling != core.Number).Count())
                .ThenBy(static core => core.Node)
                .ThenBy(static core => core.Neighbours.Min())
                .ThenBy(static core => core.Number),
        ];
    }

    /// <summary>
    /// Places for the loops in use, and the syscall cores among them: each syscall core is the last of a group of neighbouring cores, and
    /// serves the loops of its group. Hardware threads of one physical core stand together there: a syscall core is never idle, so two of them
    /// would slow each other down all the time, while a loop that it serves is idle for much of it.
    /// </summary>
    /// <param name="order">Cores in the order in which they are taken.</param>
    /// <param name="roles">Role of each loop.</param>
    /// <param name="syscallCores">How many syscall cores; loops in use and these together are no more than the cores.</param>
    /// <param name="pin">Whether loops are pinned.</param>
    /// <param name="evicted">Goes into the plan.</param>
    public static PlacementPlan Place(
        IReadOnlyList<CpuCore> order, IReadOnlyList<LoopRole> roles, int syscallCores, bool pin, IReadOnlyList<string> evicted)
    {
        int inUse = roles.Count(static role => role != LoopRole.Parked);
        int threads = Math.Min(order.Count, inUse + syscallCores);
        IEnumerable<CpuCore> taken = order.Take(threads);
        int[] cpus = [.. (syscallCores > 0 ? taken.GroupBy(static core => core.PhysicalCore).SelectMany(static core => core) : taken)
            .Select(static core => core.Number)];
        List<int> dedicated = [];
        List<(int Cpu, int? ServedBy)> seats = [];
        for (int group = 0; group < Math.Max(1, syscallCores); group++)
        {
            int first = group * threads / Math.Max(1, syscallCores);
            int end = (group + 1) * threads / Math.Max(1, syscallCores);
            int? server = syscallCores > 0 ? cpus[end - 1] : null;
            if (server is int cpu)
            {
                dedicated.Add(cpu);
                end--;
            }

            seats.AddRange(cpus.Take(first..end).Select(core => (core, server)));
        }

        // More loops than cores: several on one would only hinder each other, and the kernel's scheduler does better than a pin.
        bool areEnough = pin && inUse <= seats.Count;
        int next = 0;
        List<LoopPlace> places = [];
        foreach (LoopRole role in roles)
        {
            if (role == LoopRole.Parked || seats.Count == 0)
            {
                places.Add(new LoopPlace(role));
                continue;
            }

            (int cpu, int? servedBy) = seats[next++ % seats.Count];
            places.Add(new LoopPlace(role, areEnough ? cpu : null, servedBy));
        }

        return new PlacementPlan(places, [.. dedicated.Order()], evicted);
    }
}
