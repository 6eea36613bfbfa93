using System.Globalization;
using BenchmarkDotNet.Reports;

namespace FlexSc.MicroBenchmarks;

/// <summary>The dispatchers' messages per second as ratios to the default dispatcher's, held against the target.</summary>
internal static class PingPongFigure
{
    private const double TargetRatio = 2;

    /// <summary>
    /// The pair's two actors on one loop is what the target is about: messages between actors of a loop stay on its core. Actors on
    /// different loops are shown beside it.
    /// </summary>
    private const PingPongDispatcher Judged = PingPongDispatcher.FlexScTogether;

    private const double NanosecondsPerSecond = 1e9;
    private const double Million = 1e6;

    /// <returns>0 when the target is met, 1 when it is missed, or when something was not measured.</returns>
    public static int Print(Summary summary)
    {
        Dictionary<PingPongDispatcher, (double Rate, long? Bytes)> figures = [];
        foreach (BenchmarkReport report in summary.Reports.Where(report => report is { Success: true, ResultStatistics: not null }))
        {
            PingPongDispatcher dispatcher = (PingPongDispatcher)report.BenchmarkCase.Parameters[nameof(DispatcherPingPong.Dispatcher)];
            figures[dispatcher] = (NanosecondsPerSecond / report.ResultStatistics!.Median, report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase));
        }

        if (!figures.TryGetValue(PingPongDispatcher.Default, out (double Rate, long? Bytes) baseline))
        {
            Console.WriteLine("the default dispatcher was not measured");
            return 1;
        }

        Console.WriteLine();
        foreach ((PingPongDispatcher dispatcher, (double rate, long? bytes)) in figures.OrderBy(figure => figure.Key))
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{dispatcher,-16} {rate / Million,7:0.00} M messages/s   {rate / baseline.Rate,5:0.00} x default   {bytes} bytes/message"));
        }

        bool met = figures.TryGetValue(Judged, out (double Rate, long? Bytes) judged) && judged.Rate >= TargetRatio * baseline.Rate && judged.Bytes == 0;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"target: {Judged} >= {TargetRatio} x default, 0 bytes/message: {(met ? "met" : "missed")}"));
        return met ? 0 : 1;
    }
}
