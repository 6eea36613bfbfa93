using Akka.Configuration;
using FlexSc.Interop.Linux;

namespace FlexSc.Akka.Placement.Policies;

/// <summary>
/// An explicit map, kept as long as the process may use the cores it names: <c>flexsc.placement.static.loop-cpus</c> has a core for each
/// loop in use, <c>syscall-cpus</c> the syscall cores, which serve the loops in turn. A core that is in both is carried out as it is
/// asked for, and reported by <see cref="PlacementWarning"/> when its loop has something to do.
/// </summary>
public sealed class StaticPolicy : IPlacementPolicy
{
    private const string Section = "flexsc.placement.static";

    private readonly IReadOnlyList<int> _loopCpus;
    private readonly IReadOnlyList<int> _syscallCpus;

    /// <summary>Called with the section <c>flexsc.placement</c>.</summary>
    /// <exception cref="ConfigurationException">A list is none, or no core is named for loops.</exception>
    public StaticPolicy(Config config)
        : this(Read(config, "loop-cpus"), Read(config, "syscall-cpus"))
    {
    }

    /// <summary>For programs.</summary>
    /// <param name="loopCpus">A core for each loop in use; one at least.</param>
    /// <param name="syscallCpus">The syscall cores.</param>
    /// <exception cref="ConfigurationException">No core is named for loops.</exception>
    public StaticPolicy(IReadOnlyList<int> loopCpus, IReadOnlyList<int> syscallCpus)
    {
        ArgumentNullException.ThrowIfNull(loopCpus);
        ArgumentNullException.ThrowIfNull(syscallCpus);
        if (loopCpus.Count == 0)
        {
            throw new ConfigurationException($"{Section}.loop-cpus names no core: the static policy needs one for each loop in use");
        }

        _loopCpus = loopCpus;
        _syscallCpus = syscallCpus;
    }

    /// <inheritdoc/>
    public PlacementProposal Decide(PlacementSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        IReadOnlyList<int> allowed = snapshot.Topology.Allowance.Cpus;
        int[] syscallCpus = snapshot.Abilities.SyscallCores ? [.. _syscallCpus.Where(allowed.Contains).Order()] : [];
        bool pins = snapshot.Abilities.Pins;
        LoopPlace[] places =
        [
            .. snapshot.Plan.Loops.Select((_, loop) => loop < _loopCpus.Count
                ? new LoopPlace(
                    LoopRole.Open,
                    pins && allowed.Contains(_loopCpus[loop]) ? _loopCpus[loop] : null,
                    syscallCpus.Length > 0 ? syscallCpus[loop % syscallCpus.Length] : null)
                : new LoopPlace(LoopRole.Parked)),
        ];
        string lost = CpuList.Format(_loopCpus.Concat(_syscallCpus).Except(allowed));
        return new PlacementProposal(
            new PlacementPlan(places, syscallCpus, snapshot.Plan.Evicted),
            lost.Length == 0 ? "the configured map" : $"the configured map, without {lost}, on which the process may not run");
    }

    /// <summary>What of the map is not carried out because it cannot be here, which no decision tells.</summary>
    /// <param name="loops">How many loops there are.</param>
    /// <param name="abilities">What can be carried out.</param>
    /// <param name="obstacle">Why no cores are given to system calls; null where they are.</param>
    internal IEnumerable<PlacementWarning> FaultsFor(int loops, PlacementAbilities abilities, string? obstacle)
    {
        if (!abilities.Pins)
        {
            yield return new PlacementWarning(
                $"{Section}.loop-cpus says only how many loops are used, {Math.Min(loops, _loopCpus.Count)}: loops are not pinned here",
                "set flexsc.loops.pin = on");
        }

        if (_loopCpus.Count > loops)
        {
            yield return new PlacementWarning(
                $"{Section}.loop-cpus names {_loopCpus.Count} cores, more than there are loops ({loops}): those beyond are not used",
                "name a core for each loop in use, or raise flexsc.loops.count");
        }

        if (_syscallCpus.Count > 0 && obstacle is not null)
        {
            yield return new PlacementWarning($"{Section}.syscall-cpus has no effect", obstacle);
        }
    }

    private static IReadOnlyList<int> Read(Config config, string key)
    {
        ArgumentNullException.ThrowIfNull(config);
        return CpuList.TryParse(config.GetString($"static.{key}", ""), out IReadOnlyList<int> cpus, out string? mistake)
            ? cpus
            : throw new ConfigurationException($"{Section}.{key} {mistake}");
    }
}
