using System.Globalization;
using FlexSc.Benchmarks.Load;
using FlexSc.Benchmarks.Servers;

namespace FlexSc.Benchmarks.Report;

/// <summary>A bound the project set itself, and what this run says about it.</summary>
internal sealed record Target(string Subject, string Figure, double Bound, double? Measured, string Note)
{
    public string Verdict => Measured is not { } value ? "not measured" : value <= Bound ? "met" : "missed";
}

/// <summary>The bounds: one core, loopback, <c>/plaintext</c>, 128 connections without pipelining.</summary>
internal static class Targets
{
    public const double IdlePercentBound = 0.5;
    public const int IdleConnections = 1000;

    private const double CpuRatioBound = 0.50;
    private const double TrapsBound = 0.5;
    private const double AkkaMessagesBytesBound = 300;
    private const double PooledBytesBound = 16;
    private static readonly LoadShape Shape = new(128, 1);

    public static IReadOnlyList<Target> OfHttp(IReadOnlyList<Row> rows) =>
    [
        .. OfVariant(rows, Variant.IoUringAkka, AkkaMessagesBytesBound),
        .. OfVariant(rows, Variant.IoUringPooled, PooledBytesBound),
        new Target("all flexsc variants", $"idle CPU with {IdleConnections} connections, % of a core", IdlePercentBound, null, "measured by: -- idle"),
    ];

    private static IEnumerable<Target> OfVariant(IReadOnlyList<Row> rows, string variant, double bytesBound)
    {
        Row? row = rows.FirstOrDefault(candidate => candidate.Variant == variant && candidate.Shape == Shape);
        string note = row is null ? string.Create(CultureInfo.InvariantCulture, $"needs {variant} at {Shape}") : string.Join("; ", row.Remarks);
        yield return new Target(variant, "CPU per request relative to akka-io", CpuRatioBound, row?.CpuRatio?.Median, note);
        yield return new Target(variant, "traps per request", TrapsBound, row?.Traps.PerRequest, row?.Traps.Source ?? note);
        yield return new Target(variant, "allocated bytes per request", bytesBound, row?.AllocatedBytesPerRequest?.Median, note);
    }
}
