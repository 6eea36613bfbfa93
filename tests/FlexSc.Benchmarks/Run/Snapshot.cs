using System.Diagnostics;
using FlexSc.Measuring;
using FlexSc.Measuring.Counters;
using FlexSc.Measuring.Load;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Run;

/// <summary>Everything that is read at the start and at the end of a measured window.</summary>
internal sealed record Snapshot(long Timestamp, long Requests, ServerStats Stats, ProcessSample Server, ProcessSample Generator, CoreSample? ServerCore, CoreSample? GeneratorCore)
{
    /// <param name="server">The server.</param>
    /// <param name="load">The load on it, which counts where the server does not.</param>
    /// <param name="serverCore">Null when the server has no core of its own.</param>
    /// <param name="generatorCore">Null when the generator is not pinned.</param>
    /// <exception cref="MeasurementException">The server or the generator has ended.</exception>
    public static Snapshot Take(ServerProcess server, ILoad load, int? serverCore, int? generatorCore)
    {
        // The server answers in the midst of its load: what is read right after the answer belongs to the same moment.
        ServerStats stats = server.Stats();
        return new Snapshot(
            Stopwatch.GetTimestamp(),
            stats.Requests ?? load.AnsweredSoFar ?? throw new MeasurementException("neither the server nor the generator counts requests"),
            stats,
            ProcessSample.Of(server.ProcessId),
            SampleGenerator(load.ProcessId),
            serverCore is { } first ? CoreSample.Of(first) : null,
            generatorCore is { } second ? CoreSample.Of(second) : null);
    }

    // A process that has ended has no counters left.
    private static ProcessSample SampleGenerator(int processId)
    {
        try
        {
            return ProcessSample.Of(processId);
        }
        catch (MeasurementException)
        {
            throw new MeasurementException("the load ended before the window did: the machine is too busy, or the generator failed");
        }
    }
}
