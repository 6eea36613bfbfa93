using System.Net;
using FlexSc.LoadTests.Engines;
using FlexSc.LoadTests.Report;
using FlexSc.LoadTests.Scenarios.Model;
using FlexSc.LoadTests.Servers;

namespace FlexSc.LoadTests.Commands;

/// <summary>What a run does.</summary>
internal sealed record RunOptions
{
    public static readonly TimeSpan DefaultDuration = TimeSpan.FromSeconds(30);
    public const int DefaultMaxConnections = 4000;

    public required IReadOnlyList<ScenarioDefinition> Scenarios { get; init; }

    public string Engine { get; init; } = EngineCatalog.BuiltIn;

    /// <summary>Each scenario's, without its warm-up.</summary>
    public TimeSpan Duration { get; init; } = DefaultDuration;

    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Multiplies users and rates.</summary>
    public double Scale { get; init; } = 1;

    public int MaxConnections { get; init; } = DefaultMaxConnections;

    /// <summary>Beyond it the report warns of the generator itself; see <see cref="GeneratorWarning"/>.</summary>
    public double MaxGeneratorLagMs { get; init; } = GeneratorWarning.DefaultMaxLagMs;

    /// <summary>A server that runs already, or null to start one for each scenario and choice.</summary>
    public IPEndPoint? RunningServer { get; init; }

    public IReadOnlyList<ServerChoice> Servers { get; init; } = ServerChoice.Default;

    /// <summary>The program of a service.</summary>
    public required Func<ServerKind, string> ProgramOf { get; init; }

    /// <summary>The folder that a running HTTP server serves; the scenarios' files are written into it.</summary>
    public string? WebRootOfRunningServer { get; init; }

    public required string ReportDirectory { get; init; }
}
