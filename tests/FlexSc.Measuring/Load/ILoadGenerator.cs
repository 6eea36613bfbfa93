using System.Net;

namespace FlexSc.Measuring.Load;

/// <summary>Starts load against a server, as a process of its own so that its CPU time is told apart.</summary>
internal interface ILoadGenerator
{
    /// <summary>As tables name it.</summary>
    string Name { get; }

    /// <summary>Starts load that lasts at least <paramref name="duration"/>, if nobody stops it.</summary>
    /// <param name="server">The server.</param>
    /// <param name="shape">How much at a time.</param>
    /// <param name="duration">How long.</param>
    /// <param name="core">The generator's core; null leaves it to the scheduler.</param>
    ILoad Start(IPEndPoint server, LoadShape shape, TimeSpan duration, int? core);

    /// <summary>Sends one request on one connection and compares the whole answer.</summary>
    /// <exception cref="MeasurementException">The answer is not what it should be.</exception>
    void Verify(IPEndPoint server);

    /// <summary>Puts into the server what the load expects to find there.</summary>
    /// <exception cref="MeasurementException">The server refused it.</exception>
    void Prepare(IPEndPoint server);
}

/// <summary>Load that is under way.</summary>
internal interface ILoad : IDisposable
{
    int ProcessId { get; }

    /// <summary>Requests answered so far; null where the generator does not tell before its end.</summary>
    long? AnsweredSoFar { get; }

    /// <summary>Has it end now.</summary>
    void Stop();

    /// <summary>Waits for the end and answers what the generator saw.</summary>
    /// <exception cref="MeasurementException">It failed, did not end in time, or its output is not understood.</exception>
    LoadResult WaitForEnd();
}

/// <summary>How many connections, how many requests each has under way at a time, and at which pace they come.</summary>
/// <param name="Connections">Connections that ask.</param>
/// <param name="PipelineDepth">Requests in one write.</param>
/// <param name="OfferedPerSecond">Requests a second whatever the answers do (open loop); null asks again when answered (closed loop).</param>
internal sealed record LoadShape(int Connections, int PipelineDepth, int? OfferedPerSecond = null)
{
    /// <summary>Whether a connection stays for the next request; else a server has fewer at a time than there are.</summary>
    public bool KeepsConnections { get; init; } = true;

    public override string ToString() => OfferedPerSecond is { } rate
        ? FormattableString.Invariant($"{rate} requests/s offered on {Connections} connections")
        : PipelineDepth == 1 ? FormattableString.Invariant($"{Connections} connections")
        : FormattableString.Invariant($"{Connections} connections, pipelined x{PipelineDepth}");
}

/// <summary>What the generator saw, from its first connection to its last.</summary>
/// <param name="Requests">Answered requests.</param>
/// <param name="Errors">Whatever makes the run worthless: socket errors, timeouts, wrong answers.</param>
/// <param name="ErrorText">The errors in words; empty when there are none.</param>
internal sealed record LoadResult(long Requests, double P50Us, double P99Us, double P999Us, long Errors, string ErrorText)
{
    /// <summary>The same by when a request was meant to be sent, one after the other from the load's begin; empty where nobody asked.</summary>
    public IReadOnlyList<LoadInterval> Intervals { get; init; } = [];
}

/// <summary>The requests that were meant to be sent in one span of a load.</summary>
internal sealed record LoadInterval(long Requests, double P50Us, double P99Us, double MaxUs);
