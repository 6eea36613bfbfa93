using System.Diagnostics;
using FlexSc.Benchmarks.Peers;
using FlexSc.Measuring;
using FlexSc.Measuring.Counters;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Run;

/// <summary>Measures servers that have nothing to do, one after the other, each alone on the machine.</summary>
/// <param name="service">Which service, as tables name it.</param>
/// <param name="connections">Open connections.</param>
/// <param name="settle">Silence before the window, in which what the opening left to do is done.</param>
/// <param name="window">The measured silence.</param>
internal sealed class IdleRun(string service, IdleProtocol protocol, int connections, TimeSpan settle, TimeSpan window, PeerPlace place)
{
    private const int WarmUpConnections = 50;
    private const double BytesPerMiB = 1024 * 1024;
    private const double NsPerSecond = 1e9;

    public IdleResult Run(Peer peer)
    {
        using PeerServer started = PeerServer.Start(peer.Name, peer, place);
        if (started.Server is not { } server)
        {
            return Missing(peer, false, $"not available: {started.Unavailable}");
        }

        try
        {
            IdleResult result = Measure(peer, server);
            started.Stop();
            return started.StopFailure is { } failure ? result with { Remarks = [.. result.Remarks, failure] } : result;
        }
        catch (MeasurementException failure)
        {
            return Missing(peer, true, $"given up: {failure.Message}");
        }
    }

    private IdleResult Measure(Peer peer, ServerProcess server)
    {
        // Code that is compiled at the first requests is no connection's memory.
        using (IdleConnections warmUp = IdleConnections.Open(server.EndPoint, protocol, WarmUpConnections))
        {
            warmUp.AskAll();
        }

        server.WaitForNoConnections();
        long residentBefore = ProcessSample.ResidentBytes(server.ProcessId);
        using IdleConnections open = IdleConnections.Open(server.EndPoint, protocol, connections);
        long? held = server.Stats().Connections;
        Thread.Sleep(settle);
        long residentAfter = ProcessSample.ResidentBytes(server.ProcessId);

        ProcessSample before = ProcessSample.Of(server.ProcessId);
        long start = Stopwatch.GetTimestamp();
        Thread.Sleep(window);
        ProcessSample after = ProcessSample.Of(server.ProcessId);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;

        open.AskAll();
        List<string> remarks = [];
        if (held is not null && held != connections)
        {
            remarks.Add($"the server counted {held} connections");
        }

        open.Dispose();
        long? left = server.WaitForNoConnections().Connections;
        if (left > 0)
        {
            remarks.Add($"{left} connections left open by the server");
        }

        return new IdleResult(
            service,
            peer.Name,
            Started: true,
            connections,
            100 * (after.CpuNs - before.CpuNs) / NsPerSecond / seconds,
            (after.ContextSwitches - before.ContextSwitches) / seconds,
            (double)(residentAfter - residentBefore) / connections,
            residentBefore / BytesPerMiB,
            remarks);
    }

    private IdleResult Missing(Peer peer, bool isStarted, string reason) =>
        new(service, peer.Name, isStarted, connections, null, null, null, null, [reason]);
}
