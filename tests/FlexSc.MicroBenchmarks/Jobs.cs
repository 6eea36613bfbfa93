using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Exporters.Json;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace FlexSc.MicroBenchmarks;

/// <summary>How long benchmarks run, and in which process.</summary>
internal static class Jobs
{
    private const string Artifacts = "artifacts/micro-benchmarks";

    /// <summary>BenchmarkDotNet's own two minutes are short where others build as well.</summary>
    private static readonly TimeSpan BuildLimit = TimeSpan.FromMinutes(10);

    /// <summary>A process for each benchmark, BenchmarkDotNet's own lengths: for figures to publish.</summary>
    public static IConfig Full() => Base().AddJob(Job.Default.WithWarmupCount(5).WithIterationCount(15));

    /// <summary>In this process, a few iterations: for a look while one works.</summary>
    public static IConfig Quick() => Base().AddJob(
        Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithWarmupCount(2).WithIterationCount(5).WithId("Quick"));

    private static ManualConfig Base() => ManualConfig.CreateEmpty()
        .AddDiagnoser(MemoryDiagnoser.Default)
        .AddColumnProvider(DefaultColumnProviders.Instance)
        .AddLogger(ConsoleLogger.Default)
        .AddExporter(MarkdownExporter.GitHub, JsonExporter.Full)
        .WithBuildTimeout(BuildLimit)
        .WithArtifactsPath(Artifacts);
}
