using System.Globalization;

namespace FlexSc.Akka.Placement.Policies;

/// <summary>What a call takes, in nanoseconds: of a loop and of whoever executes it, by either way.</summary>
internal sealed record CallCosts(double InlineNs, double LoopNs, double CoreNs)
{
    private const double NanosecondsPerSecond = 1e9;

    /// <summary>Each changes the figures by less than half of what the one before did: after so many they are near enough.</summary>
    private const int Rounds = 4;

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

            // By their own calls: cores' figures are averages in any case, and the loops' may be the latest.
            double coreNs = snapshot.SyscallCores.Sum(static core => core.Utilisation)
                / Math.Max(1, snapshot.SyscallCores.Sum(static core => core.EntriesPerSecond)) * NanosecondsPerSecond;

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
    /// <param name="shared">What there is for both.</param>
    /// <param name="syscallCores">How many; 0 for calls that loops make themselves.</param>
    /// <param name="ownCores">Cores' worth that loops need for something else.</param>
    public double Capacity(SharedCores shared, int syscallCores, double ownCores)
    {
        if (syscallCores == 0)
        {
            return Math.Max(0, shared.ForLoops(0, busy: 1) - ownCores) / InlineNs * NanosecondsPerSecond;
        }

        // How busy loops are follows from the calls, and these from how much the loops slow the syscall cores beside them.
        double busy = 1;
        double calls = 0;
        for (int round = 0; round < Rounds; round++)
        {
            double loops = shared.ForLoops(syscallCores, busy);
            calls = Math.Min(Math.Max(0, loops - ownCores) / LoopNs, shared.ForCalls(syscallCores, busy) / CoreNs);
            busy = loops > 0 ? Math.Min(1, (ownCores + (calls * LoopNs)) / loops) : 1;
        }

        return calls * NanosecondsPerSecond;
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"ns a call: inline {InlineNs:0}, else loop {LoopNs:0} and core {CoreNs:0}");
}
