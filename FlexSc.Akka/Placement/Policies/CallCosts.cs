using System.Globalization;

namespace FlexSc.Akka.Placement.Policies;

/// <summary>What a call takes, in nanoseconds: of a loop and of whoever executes it, by either way.</summary>
internal sealed record CallCosts(double InlineNs, double LoopNs, double CoreNs)
{
    private const double NanosecondsPerSecond = 1e9;

    /// <summary>From what was measured with the plan in force.</summary>
    /// <param name="snapshot">The plan, and the syscall cores.</param>
    /// <param name="loads">The loops, averaged or as they were last.</param>
    public static CallCosts Of(PlacementSnapshot snapshot, IReadOnlyList<LoopLoad> loads)
    {
        PlacementCosts costs = snapshot.Costs;
        double entries = Math.Max(1, loads.Sum(static loop => loop.EntriesPerSecond));
        double busy = loads.Sum(static loop => loop.Utilisation);
        if (snapshot.Plan.SyscallCores.Count > 0)
        {
            double loopNs = busy / entries * NanosecondsPerSecond;
            double coreNs = snapshot.SyscallCores.Sum(static core => core.Utilisation) / entries * NanosecondsPerSecond;

            // A loop without calls of its own would make smaller batches than it gets now; the least that it can come to is one.
            double batch = Math.Max(1, loads.Average(static loop => loop.EntriesPerBatch));
            double userNs = Math.Max(0, loopNs - costs.SubmitNs) + costs.PollutionNs;
            double kernelNs = Math.Max(0, coreNs - costs.TransferNs) + (costs.BatchNs / batch);
            return new CallCosts(userNs + kernelNs, loopNs, coreNs);
        }

        double systemNs = loads.Sum(static loop => loop.Utilisation * loop.SystemShare) / entries * NanosecondsPerSecond;
        double ownNs = (busy / entries * NanosecondsPerSecond) - systemNs;
        double traps = loads.Sum(static loop => loop.TrapsPerEntry * loop.EntriesPerSecond) / entries;
        return new CallCosts(
            ownNs + systemNs,
            Math.Max(0, ownNs - costs.PollutionNs) + costs.SubmitNs,
            Math.Max(0, systemNs - (costs.BatchNs * traps)) + costs.TransferNs);
    }

    /// <summary>Calls a second that so many syscall cores and the loops beside them can carry.</summary>
    /// <param name="time">What there is for both.</param>
    /// <param name="syscallCores">How many; 0 for calls that loops make themselves.</param>
    /// <param name="ownCores">Cores' worth that loops need for something else.</param>
    public double Capacity(CpuTime time, int syscallCores, double ownCores)
    {
        double loops = Math.Max(0, (syscallCores == 0 ? time.FullCores : time.ForLoops(syscallCores)) - ownCores);
        double calls = syscallCores == 0 ? loops / InlineNs : Math.Min(loops / LoopNs, syscallCores / CoreNs);
        return calls * NanosecondsPerSecond;
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"ns a call: inline {InlineNs:0}, else loop {LoopNs:0} and core {CoreNs:0}");
}
