namespace FlexSc.LoadTests.Scenarios.Model;

/// <summary>Which example service a scenario is for.</summary>
internal enum ServerKind
{
    Http,
    KeyValue,
    Echo,
}

/// <summary>A scenario: what users do, how many or how often, and what must hold.</summary>
/// <param name="Name">As the command line spells it.</param>
/// <param name="Description">One line.</param>
/// <param name="Server">The service it is for.</param>
/// <param name="NeedsFiles">Whether the HTTP server has to serve the folder with <see cref="Http.WebRoot"/>'s files.</param>
/// <param name="Profile">The load; its durations are shares of the run's.</param>
/// <param name="Thresholds">Bounds that fail the run.</param>
/// <param name="CreateWorkload">Makes the users' side, for a server and the most connections at a time.</param>
internal sealed record ScenarioDefinition(
    string Name,
    string Description,
    ServerKind Server,
    bool NeedsFiles,
    LoadProfile Profile,
    IReadOnlyList<LoadThreshold> Thresholds,
    Func<WorkloadTarget, IWorkload> CreateWorkload);

/// <summary>What a workload is made for.</summary>
/// <param name="EndPoint">Where the server listens.</param>
/// <param name="Peak">The profile's highest level.</param>
/// <param name="MaxConnections">The most connections a workload may hold open at a time.</param>
internal sealed record WorkloadTarget(System.Net.IPEndPoint EndPoint, int Peak, int MaxConnections);
