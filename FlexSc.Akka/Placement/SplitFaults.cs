using System.Globalization;

namespace FlexSc.Akka.Placement;

/// <summary>Published on the event stream, and logged: cores are shared out in a way that hinders what runs on them.</summary>
/// <param name="Text">What hinders what, with the figures.</param>
/// <param name="Remedy">What to do about it.</param>
public sealed record PlacementWarning(string Text, string Remedy);

/// <summary>Finds splits that are wrong for what they have to carry. A policy plans none of these; a map, or a setting, may.</summary>
internal static class SplitFaults
{
    /// <summary>Cores that a loop has to ask for, for a polling thread beside it to do harm.</summary>
    private const double Busy = 0.25;

    /// <summary>Part of the quota's periods in which the process is held back from which more threads than it has cores are too many.</summary>
    private const double HeldBack = 0.25;

    /// <summary>What is wrong, with a key by which the same fault is known again.</summary>
    /// <param name="snapshot">The plan in force and what it carries.</param>
    /// <param name="pollCpu">As <c>flexsc.loops.submission-poll-cpu</c>.</param>
    public static IReadOnlyList<(string Key, PlacementWarning Warning)> Of(PlacementSnapshot snapshot, int? pollCpu)
    {
        List<(string, PlacementWarning)> faults = [];
        PlacementPlan plan = snapshot.Plan;
        foreach (int core in pollCpu is int poll ? plan.SyscallCores.Append(poll).Distinct() : plan.SyscallCores)
        {
            foreach (LoopLoad loop in snapshot.Averages.Where(loop => plan.Loops[loop.Index].Cpu == core && loop.Demand >= Busy))
            {
                string key = core == pollCpu ? "flexsc.loops.submission-poll-cpu" : "flexsc.placement.static.syscall-cpus";
                faults.Add((
                    $"core {core}, loop {loop.Index}",
                    new PlacementWarning(
                        $"core {core} executes system calls and runs loop {loop.Index}, which asks for {Text(loop.Demand)} cores and waited for "
                        + $"{Text(loop.Waiting)} of them: they take each other's time",
                        $"name a core in {key} that no busy loop has, or none: loops then execute their calls themselves")));
            }
        }

        int cores = snapshot.Topology.Allowance.FullCores;
        int syscallCores = plan.SyscallCores.Count;
        double demand = snapshot.Averages.Sum(static loop => loop.Demand);

        // Loops beside syscall cores may share what these leave of a quota, as long as it is not used up.
        bool areTooMany = plan.LoopsInUse + syscallCores > snapshot.Topology.Allowance.Cpus.Count
            || (plan.LoopsInUse + syscallCores > cores && snapshot.Throttled >= HeldBack);
        if (faults.Count == 0 && syscallCores > 0 && areTooMany && demand >= Busy)
        {
            faults.Add((
                "count",
                new PlacementWarning(
                    $"{plan.LoopsInUse} loops in use and {syscallCores} syscall {(syscallCores == 1 ? "core" : "cores")} are more than the {cores} "
                    + $"{(cores == 1 ? "core" : "cores")} whose time the process may use, and the loops ask for {Text(demand)} cores",
                    "name fewer loops or syscall cores in flexsc.placement.static, or give the process more CPU time")));
        }

        return faults;
    }

    private static string Text(double figure) => figure.ToString("0.00", CultureInfo.InvariantCulture);
}
