using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace FlexSc.Akka;

/// <summary>
/// Names under which a program listens to FlexSC: <c>AddMeter(FlexScTelemetry.Name)</c> and <c>AddSource(FlexScTelemetry.Name)</c> of
/// OpenTelemetry, <c>dotnet-counters monitor --counters FlexSc</c>. docs/metrics.md has the instruments and activities. Nothing is measured or
/// traced for nobody: counts are those that loops keep anyway, read when somebody looks.
/// </summary>
public static class FlexScTelemetry
{
    /// <summary>Name of the meter and of the source of activities.</summary>
    public const string Name = "FlexSc";

    private static readonly string? Version = typeof(FlexScTelemetry).Assembly.GetName().Version?.ToString(3);

    internal static Meter Meter { get; } = new(Name, Version);

    internal static ActivitySource Activities { get; } = new(Name, Version);

    /// <summary>Marks an activity as failed; null is none.</summary>
    internal static void Fail(this Activity? activity, Exception cause)
    {
        activity?.SetStatus(ActivityStatusCode.Error, cause.Message);
        activity?.SetTag("error.type", cause.GetType().FullName);
    }
}
