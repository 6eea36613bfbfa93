using System.Diagnostics;
using FlexSc.Measuring;
using FlexSc.Measuring.Counters;
using FlexSc.Measuring.Load;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Run;

/// <summary>Puts load on one server and measures a window in its midst.</summary>
internal sealed class CellRunner(RunOptions options, int? serverCore, int? generatorCore)
{
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(250);

    // On a busy machine a window starts late, a counter of system calls very late, and the load has to outlast it all the same.
    // It is stopped when it has.
    private static readonly TimeSpan Tail = TimeSpan.FromSeconds(5);
    /// <summary>
    /// .NET compiles hot methods once more on a thread of their own, on the core that is measured, in bursts of up to a second
    /// that come for a minute after the start. A window with more of it is taken again, under the same load.
    /// </summary>
    public const double MaxCompilePercent = 1;

    private const int MaxWindows = 3;

    private static readonly TimeSpan LoadStartLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LoadStartPoll = TimeSpan.FromMilliseconds(20);

    /// <summary>Load without a window.</summary>
    /// <returns>The errors that were seen; empty when there were none.</returns>
    public string WarmUp(ILoadGenerator generator, ServerProcess server, LoadShape shape, double seconds)
    {
        ServerStats before = server.Stats();
        using ILoad load = generator.Start(server.EndPoint, shape, TimeSpan.FromSeconds(seconds) + Tail, generatorCore);
        WaitUntilLoaded(server, load, shape, before);
        Thread.Sleep(TimeSpan.FromSeconds(seconds));
        load.Stop();
        LoadResult result = load.WaitForEnd();
        server.WaitForNoConnections();
        return result.ErrorText;
    }

    /// <summary>One cell. A failure of the server or the generator discards it.</summary>
    public CellResult Measure(GroupPeer peer, ServerProcess server, LoadShape shape, int round)
    {
        try
        {
            return MeasureOnce(peer, server, shape, round);
        }
        catch (MeasurementException failure)
        {
            return CellResult.Failed(peer.Name, shape, round, failure.Message);
        }
    }

    /// <summary>System calls per request under the same load, in a window of their own.</summary>
    public TrapFigure CountTraps(ITrapCounter counter, GroupPeer peer, ServerProcess server, LoadShape shape)
    {
        TimeSpan window = TimeSpan.FromSeconds(options.TrapSeconds);
        try
        {
            ServerStats before = server.Stats();
            using ILoad load = peer.Generator.Start(server.EndPoint, shape, Settle + window + Tail, generatorCore);
            WaitUntilLoaded(server, load, shape, before);
            Thread.Sleep(Settle);
            TrapFigure figure = counter.Count(server, () => server.Stats().Requests ?? load.AnsweredSoFar!.Value, window);
            _ = CpuClock.Nanoseconds(load.ProcessId);
            load.Stop();
            LoadResult result = load.WaitForEnd();
            server.WaitForNoConnections();
            return result.Errors == 0 ? figure : TrapFigure.Missing($"errors under load: {result.ErrorText}");
        }
        catch (MeasurementException failure)
        {
            return TrapFigure.Missing(failure.Message);
        }
    }

    private CellResult MeasureOnce(GroupPeer peer, ServerProcess server, LoadShape shape, int round)
    {
        TimeSpan window = TimeSpan.FromSeconds(options.Seconds);
        ServerStats first = server.Stats();
        using ILoad load = peer.Generator.Start(server.EndPoint, shape, Settle + (window * MaxWindows) + Tail, generatorCore);
        WaitUntilLoaded(server, load, shape, first);
        Thread.Sleep(Settle);
        WindowFigures? figures = TakeWindow(server, load, window);
        for (int taken = 1; figures?.CompilePercent > MaxCompilePercent && taken < MaxWindows; taken++)
        {
            figures = TakeWindow(server, load, window);
        }

        load.Stop();
        LoadResult result = load.WaitForEnd();
        ServerStats last = server.WaitForNoConnections();
        string? discarded = figures is null ? "no request was served in the window"
            : result.Errors > 0 ? $"errors: {result.ErrorText}"
            : Disagreement(last.Requests - first.Requests, result.Requests, shape);
        return new CellResult(peer.Name, shape, round, figures, result, discarded, (last.Connections - (first.Connections ?? 0)) ?? 0);
    }

    private WindowFigures? TakeWindow(ServerProcess server, ILoad load, TimeSpan window)
    {
        Snapshot before = Snapshot.Take(server, load, serverCore, generatorCore);
        Thread.Sleep(window);
        return WindowFigures.Between(before, Snapshot.Take(server, load, serverCore, generatorCore));
    }

    private static void WaitUntilLoaded(ServerProcess server, ILoad load, LoadShape shape, ServerStats before)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            ServerStats stats = server.Stats();
            bool isConnected = !shape.KeepsConnections || stats.Connections is not { } connections || connections >= shape.Connections;
            bool isAnswering = stats.Requests is { } requests ? requests > before.Requests : load.AnsweredSoFar > 0;
            if (isConnected && isAnswering)
            {
                return;
            }

            if (Stopwatch.GetElapsedTime(start) > LoadStartLimit)
            {
                throw new MeasurementException(
                    $"the server had {stats.Connections} of {shape.Connections} connections {LoadStartLimit.TotalSeconds:0} s after the load began");
            }

            Thread.Sleep(LoadStartPoll);
        }
    }

    // The server's counter is what figures are divided by, so the generator's has to confirm it. A server without one is
    // divided by the generator's.
    private static string? Disagreement(long? served, long answered, LoadShape shape)
    {
        long underWay = (long)shape.Connections * shape.PipelineDepth;
        return served is not { } count || (count >= answered && count <= answered + underWay)
            ? null
            : $"the server counted {count} requests, the generator {answered} answers";
    }
}
