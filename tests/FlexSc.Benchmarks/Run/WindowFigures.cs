using System.Diagnostics;
using FlexSc.Measuring.Counters;

namespace FlexSc.Benchmarks.Run;

/// <summary>What happened between two snapshots. Percentages are of one core.</summary>
/// <param name="LoopTrapsPerRequest">By the loops' own counters, beside the system calls counted from outside; null without loops.</param>
/// <param name="CompilePercent">What .NET's compile thread took of the core.</param>
internal sealed record WindowFigures(
    double Seconds,
    long Requests,
    double RequestsPerSecond,
    double CpuUsPerRequest,
    double? ServerReportedCpuUsPerRequest,
    double SystemTimeSharePercent,
    double? AllocatedBytesPerRequest,
    double ContextSwitchesPerRequest,
    double ServerPercent,
    double GeneratorPercent,
    double? OthersOnServerCorePercent,
    double? OthersOnGeneratorCorePercent,
    double? StolenPercent,
    double? LoopTrapsPerRequest,
    double CompilePercent = 0)
{
    private const double NsPerUs = 1000;
    private const double NsPerSecond = 1e9;

    /// <returns>Null when the server served nothing.</returns>
    public static WindowFigures? Between(Snapshot before, Snapshot after)
    {
        long requests = after.Requests - before.Requests;
        if (requests <= 0)
        {
            return null;
        }

        double seconds = Stopwatch.GetElapsedTime(before.Timestamp, after.Timestamp).TotalSeconds;
        double serverNs = after.Server.CpuNs - before.Server.CpuNs;
        long userTicks = after.Server.UserTicks - before.Server.UserTicks;
        long systemTicks = after.Server.SystemTicks - before.Server.SystemTicks;
        double serverPercent = 100 * serverNs / NsPerSecond / seconds;
        double generatorPercent = 100.0 * (after.Generator.CpuNs - before.Generator.CpuNs) / NsPerSecond / seconds;
        (double? serverCoreBusy, double? stolen) = CoreUse(before.ServerCore, after.ServerCore);
        (double? generatorCoreBusy, _) = CoreUse(before.GeneratorCore, after.GeneratorCore);
        return new WindowFigures(
            seconds,
            requests,
            requests / seconds,
            serverNs / NsPerUs / requests,
            (after.Stats.CpuMs - before.Stats.CpuMs) * 1000 / requests,
            userTicks + systemTicks == 0 ? 0 : 100.0 * systemTicks / (userTicks + systemTicks),
            (double?)(after.Stats.AllocatedBytes - before.Stats.AllocatedBytes) / requests,
            (double)(after.Server.ContextSwitches - before.Server.ContextSwitches) / requests,
            serverPercent,
            generatorPercent,
            Others(serverCoreBusy, serverPercent),
            Others(generatorCoreBusy, generatorPercent),
            stolen,
            (double?)(after.Stats.LoopTraps - before.Stats.LoopTraps) / requests,
            100 * Math.Max(0, after.Server.CompileNs - before.Server.CompileNs) / NsPerSecond / seconds);
    }

    private static double? Others(double? busy, double own) => busy is { } all ? Math.Max(0, all - own) : null;

    private static (double? BusyPercent, double? StolenPercent) CoreUse(CoreSample? before, CoreSample? after)
    {
        if (before is null || after is null || after.Total == before.Total)
        {
            return (null, null);
        }

        double total = after.Total - before.Total;
        double stolen = after.Steal - before.Steal;
        return (100 * (total - (after.Idle - before.Idle) - stolen) / total, 100 * stolen / total);
    }
}
