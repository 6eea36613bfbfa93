namespace FlexSc.LoadTests.Report;

/// <summary>What was measured of whole iterations, or of one step.</summary>
/// <param name="Name">The step's name; "iteration" for the whole.</param>
/// <param name="OkCount">Those that passed every check.</param>
/// <param name="FailCount">Those that did not.</param>
/// <param name="OkPerSecond">Good ones over the run's duration.</param>
/// <param name="Bytes">Payload received by good ones.</param>
/// <param name="Latency">Of good ones; null when there were none.</param>
internal sealed record OperationFigures(
    string Name, long OkCount, long FailCount, double OkPerSecond, long Bytes, LatencyFigures? Latency)
{
    public const string Iteration = "iteration";

    public long Count => OkCount + FailCount;
}

/// <summary>Latencies in ms. A figure that an engine does not have is null.</summary>
internal sealed record LatencyFigures(
    double MinMs, double MeanMs, double P50Ms, double P75Ms, double P95Ms, double P99Ms, double? P999Ms, double MaxMs);

/// <summary>One threshold held against one run.</summary>
/// <param name="Threshold">The bound in words.</param>
/// <param name="Measured">The figure; null when nothing was measured for it.</param>
/// <param name="Holds">Whether it is within the bound.</param>
internal sealed record ThresholdVerdict(string Threshold, double? Measured, bool Holds);

/// <summary>A kind of failure, how often it came, and an example's words.</summary>
internal sealed record FailureFigures(string Step, string StatusCode, long Count, string Example);

/// <summary>How often operations ended with a status of the protocol, or with a kind of failure.</summary>
internal sealed record StatusFigures(string Step, string StatusCode, bool IsOk, long Count);

/// <summary>A moment of a run, for the course of a long one.</summary>
/// <param name="ElapsedSeconds">Since the start, at the end of the interval.</param>
/// <param name="OkPerSecond">Good iterations per second in the interval.</param>
/// <param name="FailCount">Failed ones in the interval.</param>
/// <param name="P99Ms">Latency of the interval's good ones; null when there were none.</param>
/// <param name="InFlight">Iterations under way at its end.</param>
internal sealed record CourseFigures(double ElapsedSeconds, double OkPerSecond, long FailCount, double? P99Ms, int InFlight);
