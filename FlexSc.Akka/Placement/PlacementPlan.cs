using FlexSc.Interop.Linux;

namespace FlexSc.Akka.Placement;

/// <summary>What a loop is there for.</summary>
public enum LoopRole
{
    /// <summary>New connections and actors may come to it.</summary>
    Open,

    /// <summary>It has too much: it keeps what it has, gives away what can be moved, and gets nothing new.</summary>
    Closed,

    /// <summary>It is not needed: as <see cref="Closed"/>, and it sleeps as soon as it has nothing.</summary>
    Parked,
}

/// <summary>Where a loop is.</summary>
/// <param name="Role">What it is there for.</param>
/// <param name="Cpu">Core its thread is pinned to; null for any that the process may use.</param>
/// <param name="ServedBy">Core that executes its system calls; null when the loop does, in batches.</param>
public sealed record LoopPlace(LoopRole Role, int? Cpu = null, int? ServedBy = null);

/// <summary>
/// Which cores run actors, which system calls, and what lives where: what a policy answers. It says how things are to be, not what
/// to do, so the same plan again changes nothing.
/// </summary>
/// <param name="Loops">A place for each loop, by its index. One at least is open.</param>
/// <param name="SyscallCores">Cores that execute system calls and run no loop, ascending.</param>
/// <param name="Evicted">Paths of the actors whose handlers run on the thread pool, ascending.</param>
public sealed record PlacementPlan(IReadOnlyList<LoopPlace> Loops, IReadOnlyList<int> SyscallCores, IReadOnlyList<string> Evicted)
{
    /// <summary>Loops that get new work.</summary>
    public int OpenLoops => Loops.Count(static loop => loop.Role == LoopRole.Open);

    /// <summary>Loops that are needed: all but the parked ones.</summary>
    public int LoopsInUse => Loops.Count(static loop => loop.Role != LoopRole.Parked);

    /// <summary>Every loop open, nowhere in particular.</summary>
    /// <param name="loops">How many there are.</param>
    public static PlacementPlan Unplaced(int loops) => new([.. Enumerable.Repeat(new LoopPlace(LoopRole.Open), loops)], [], []);

    /// <summary>The same places.</summary>
    public bool Equals(PlacementPlan? other) => other is not null
        && Loops.SequenceEqual(other.Loops) && SyscallCores.SequenceEqual(other.SyscallCores) && Evicted.SequenceEqual(other.Evicted);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Loops.Count, LoopsInUse, SyscallCores.Count, Evicted.Count);

    /// <summary>What is wrong with the plan for this many loops, these cores, and what can be done; null when it can be carried out.</summary>
    /// <remarks>A policy may be anybody's, so nothing is taken for granted.</remarks>
    internal string? MistakeFor(int loops, IReadOnlyList<int> allowedCpus, PlacementAbilities abilities) =>
        NullPart() is { } part ? $"its {part}, which says nothing: an empty list stands for none"
        : LoopMistake(loops, abilities) ?? CoreMistake(allowedCpus, abilities);

    /// <summary>The same plan in lists of its own, which whoever made it cannot change any more.</summary>
    internal PlacementPlan Copy() => new([.. Loops], [.. SyscallCores], [.. Evicted]);

    private string? NullPart() => this switch
    {
        { Loops: null } => "Loops are null",
        { SyscallCores: null } => "SyscallCores are null",
        { Evicted: null } => "Evicted is null",
        _ when Loops.Contains(null!) => $"place of loop {Loops.Index().First(static loop => loop.Item is null).Index} is null",
        _ when Evicted.Contains(null!) => "Evicted has a null",
        _ => null,
    };

    private string? LoopMistake(int loops, PlacementAbilities abilities)
    {
        if (Loops.Count != loops)
        {
            return $"it has places for {Loops.Count} loops, and there are {loops}";
        }

        foreach ((int loop, LoopPlace place) in Loops.Index())
        {
            if (!Enum.IsDefined(place.Role))
            {
                return $"it gives loop {loop} the role {(int)place.Role}, which there is not";
            }

            if (place.Cpu is int cpu && !abilities.Pins)
            {
                return $"it pins loop {loop} to core {cpu}, and loops are not pinned here (flexsc.loops.pin)";
            }
        }

        return OpenLoops == 0 ? "it leaves no loop open for new work" : null;
    }

    private string? CoreMistake(IReadOnlyList<int> allowedCpus, PlacementAbilities abilities)
    {
        if (SyscallCores.Count > 0 && !abilities.SyscallCores)
        {
            return "it gives cores to system calls, which cannot be done here";
        }

        for (int i = 1; i < SyscallCores.Count; i++)
        {
            if (SyscallCores[i] <= SyscallCores[i - 1])
            {
                return $"its syscall cores are not ascending: {SyscallCores[i - 1]}, {SyscallCores[i]}";
            }
        }

        int[] foreign = [.. Loops.Select(static loop => loop.Cpu).OfType<int>().Concat(SyscallCores).Except(allowedCpus)];
        if (foreign.Length > 0)
        {
            return $"it uses core {foreign[0]}, on which the process may not run: it may on {CpuList.Format(allowedCpus)}";
        }

        int? unknown = Loops.Select(static loop => loop.ServedBy).FirstOrDefault(cpu => cpu is int core && !SyscallCores.Contains(core));
        return unknown is null ? null : $"it has a loop served by core {unknown}, which is no syscall core";
    }
}
