using Akka.Actor;
using FlexSc.Interop.Loop;

namespace FlexSc.Akka.Diagnostics;

/// <summary>The report of an actor system, and its form as JSON.</summary>
public static class FlexReportExtensions
{
    /// <summary>Most actors of a kind that a report names.</summary>
    public const int MostActors = 32;

    /// <summary>Most decisions of placement that a report has.</summary>
    public const int MostDecisions = 32;

    /// <summary>Milliseconds between two looks at who runs.</summary>
    internal const int LookIntervalMs = 1;

    private static readonly TimeSpan LongestSample = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How FlexSC is in this actor system, from any thread and also while its loops are held up: it reads counters that loops keep anyway
    /// and small files of /proc, some 0.3 ms, and starts nothing. A loop does nothing for it.
    /// </summary>
    /// <param name="system">The actor system.</param>
    /// <param name="sampleFor">
    /// For how long who runs on the loops is looked at, once a millisecond, for <see cref="FlexReport.BusiestActors"/>; the call takes so
    /// long and its thread sleeps meanwhile. Zero takes one look; at most 10 seconds.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The time is out of range.</exception>
    /// <exception cref="InvalidOperationException">There is a time, and this is the thread of a loop, which would be held up.</exception>
    public static FlexReport FlexReport(this ActorSystem system, TimeSpan sampleFor = default)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentOutOfRangeException.ThrowIfLessThan(sampleFor, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sampleFor, LongestSample);
        if (sampleFor > TimeSpan.Zero && SyscallLoop.Current is { } loop)
        {
            throw new InvalidOperationException(
                $"looking at who runs for {sampleFor.TotalMilliseconds:F0} ms would hold up the loop '{loop.Name}': take the report on another thread, or without a time");
        }

        return ReportBuilder.Build(system, sampleFor);
    }

    /// <summary>The report as one JSON object, on one line, in UTF-8; names begin with a small letter.</summary>
    public static byte[] ToJson(this FlexReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return FlexReportJson.Write(report);
    }
}
