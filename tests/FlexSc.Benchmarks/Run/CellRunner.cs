using System.Diagnostics;
using FlexSc.Benchmarks.Load;
using FlexSc.Benchmarks.Measure;
using FlexSc.Benchmarks.Servers;

namespace FlexSc.Benchmarks.Run;

/// <summary>Puts load on one server and measures a window in its midst.</summary>
internal sealed class CellRunner(ILoadGenerator generator, RunOptions options)
{
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(500);

    // On a busy machine the window starts late, and the load has to outlast it all the same.
    private static readonly TimeSpan Tail = TimeSpan.FromMilliseconds(1500);
    private static readonly TimeSpan TrapTail = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LoadStartLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LoadStartPoll = TimeSpan.FromMilliseconds(20);

    /// <summary>Load without a window.</summary>
    /// <returns>The errors that were seen; empty when there were none.</returns>
    public string WarmUp(ServerProcess server, LoadShape shape, double seconds)
    {
        using ILoad load = generator.Start(server.EndPoint, shape, TimeSpan.FromSeconds(seconds));
        LoadResult result = load.WaitForEnd();
        server.WaitForNoConnections();
        return result.ErrorText;
    }

    /// <summary>One cell. A failure of the server or the generator discards it.</summary>
    public CellResult Measure(string variant, ServerProcess server, LoadShape shape, int round)
    {
        try
        {
            return MeasureOnce(variant, server, shape, round);
        }
        catch (BenchmarkException failure)
        {
            return CellResult.Failed(variant, shape, round, failure.Message);
        }
    }

    /// <summary>System calls per request under the same load, in a window of their own.</summary>
    public TrapFigure CountTraps(ITrapCounter counter, ServerProcess server, LoadShape shape)
    {
        TimeSpan window = TimeSpan.FromSeconds(options.TrapSeconds);
        try
        {
            long before = server.Stats().Requests;
            using ILoad load = generator.Start(server.EndPoint, shape, Settle + window + TrapTail);
            WaitUntilLoaded(server, shape, before);
            Thread.Sleep(Settle);
            TrapFigure figure = counter.Count(server, window);
            _ = CpuClock.Nanoseconds(load.ProcessId);
            LoadResult result = load.WaitForEnd();
            server.WaitForNoConnections();
            return result.Errors == 0 ? figure : TrapFigure.Missing($"errors under load: {result.ErrorText}");
        }
        catch (BenchmarkException failure)
        {
            return TrapFigure.Missing(failure.Message);
        }
    }

    private CellResult MeasureOnce(string variant, ServerProcess server, LoadShape shape, int round)
    {
        TimeSpan window = TimeSpan.FromSeconds(options.Seconds);
        long requestsBefore = server.Stats().Requests;
        using ILoad load = generator.Start(server.EndPoint, shape, Settle + window + Tail);
        WaitUntilLoaded(server, shape, requestsBefore);
        Thread.Sleep(Settle);
        Snapshot before = Snapshot.Take(server, load.ProcessId, options.ServerCore, options.GeneratorCore);
        Thread.Sleep(window);

        Snapshot after = Snapshot.Take(server, load.ProcessId, options.ServerCore, options.GeneratorCore);
        LoadResult result = load.WaitForEnd();
        ServerStats last = server.WaitForNoConnections();
        WindowFigures? figures = WindowFigures.Between(before, after);
        string? discarded = figures is null ? "no request was served in the window"
            : result.Errors > 0 ? $"errors: {result.ErrorText}"
            : Disagreement(last.Requests - requestsBefore, result.Requests, shape);
        return new CellResult(variant, shape, round, figures, result, discarded, last.Connections);
    }

    private static void WaitUntilLoaded(ServerProcess server, LoadShape shape, long requestsBefore)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            ServerStats stats = server.Stats();
            if (stats.Connections >= shape.Connections && stats.Requests > requestsBefore)
            {
                return;
            }

            if (Stopwatch.GetElapsedTime(start) > LoadStartLimit)
            {
                throw new BenchmarkException(
                    $"the server had {stats.Connections} of {shape.Connections} connections {LoadStartLimit.TotalSeconds:0} s after the load began");
            }

            Thread.Sleep(LoadStartPoll);
        }
    }

    // The server's counter is what figures are divided by, so the generator's has to confirm it.
    private static string? Disagreement(long served, long answered, LoadShape shape)
    {
        long underWay = (long)shape.Connections * shape.PipelineDepth;
        return served >= answered && served <= answered + underWay
            ? null
            : $"the server counted {served} requests, the generator {answered} answers";
    }
}
