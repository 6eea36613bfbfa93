using System.Net;

namespace FlexSc.Benchmarks.Load;

/// <summary>Starts load against a server, as a process of its own so that its CPU time is told apart.</summary>
internal interface ILoadGenerator
{
    /// <summary>Starts load that lasts at least <paramref name="duration"/>.</summary>
    ILoad Start(IPEndPoint server, LoadShape shape, TimeSpan duration);

    /// <summary>Sends one request on one connection and compares the whole answer.</summary>
    /// <exception cref="BenchmarkException">The answer is not what it should be.</exception>
    void Verify(IPEndPoint server);

    /// <summary>Puts into the server what the load expects to find there.</summary>
    /// <exception cref="BenchmarkException">The server refused it.</exception>
    void Prepare(IPEndPoint server);
}

/// <summary>Load that is under way.</summary>
internal interface ILoad : IDisposable
{
    int ProcessId { get; }

    /// <summary>Waits for the end and answers what the generator saw.</summary>
    /// <exception cref="BenchmarkException">It failed, did not end in time, or its output is not understood.</exception>
    LoadResult WaitForEnd();
}

/// <summary>How many connections, and how many requests each has under way at a time.</summary>
internal sealed record LoadShape(int Connections, int PipelineDepth)
{
    public override string ToString() => PipelineDepth == 1
        ? FormattableString.Invariant($"{Connections} connections")
        : FormattableString.Invariant($"{Connections} connections, pipelined x{PipelineDepth}");
}

/// <summary>What the generator saw, from its first connection to its last.</summary>
/// <param name="Requests">Answered requests.</param>
/// <param name="Errors">Whatever makes the run worthless: socket errors, timeouts, wrong answers.</param>
/// <param name="ErrorText">The errors in words; empty when there are none.</param>
internal sealed record LoadResult(long Requests, double P50Us, double P99Us, long Errors, string ErrorText);
