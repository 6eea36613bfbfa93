using FlexSc.Benchmarks.Run;
using FlexSc.Measuring;
using FlexSc.Measuring.Machine;

namespace FlexSc.Benchmarks.Report;

/// <summary>Everything a run brought, as it stands in its JSON file and as tables and pages are made from it.</summary>
internal sealed record RunReport
{
    public const int CurrentVersion = 2;

    /// <summary>Of this form.</summary>
    public int Version { get; init; } = CurrentVersion;

    public required string Command { get; init; }

    public required DateTime Utc { get; init; }

    public required MachineFacts Machine { get; init; }

    public required RunOptions Options { get; init; }

    /// <summary>What the programs of other people say about their versions.</summary>
    public IReadOnlyDictionary<string, string> Programs { get; init; } = new Dictionary<string, string>();

    /// <summary>Settings of the runtime that all .NET servers got.</summary>
    public IReadOnlyDictionary<string, string> ServerEnvironment { get; init; } = new Dictionary<string, string>();

    public string TrapCounter { get; init; } = "";

    public double DurationSeconds { get; init; }

    public IReadOnlyList<GroupReport> Groups { get; init; } = [];

    public IReadOnlyList<EchoRow> Echo { get; init; } = [];

    public IReadOnlyList<TransferRow> Transfers { get; init; } = [];

    public IReadOnlyList<ConnectionsRow> Connections { get; init; } = [];

    public IReadOnlyList<IdleResult> Idle { get; init; } = [];

    public IReadOnlyList<BatchRow> Batch { get; init; } = [];

    public IReadOnlyList<PingPongRow> PingPong { get; init; } = [];

    public IReadOnlyList<ApacheBenchRow> ApacheBench { get; init; } = [];

    public IReadOnlyList<InstructionsRow> Instructions { get; init; } = [];

    public IReadOnlyList<FreshnessRow> Freshness { get; init; } = [];

    public IReadOnlyList<FioRow> Fio { get; init; } = [];

    public IReadOnlyList<FileReadsRow> FileReads { get; init; } = [];

    /// <summary>What was asked for and could not be done, with the reason.</summary>
    public IReadOnlyList<string> Skipped { get; init; } = [];

    public GroupReport? Group(string id) => Groups.FirstOrDefault(group => group.Id == id);
}

/// <summary>One group: rows are made from its cells, which are there so that a figure can be traced.</summary>
internal sealed record GroupReport(
    string Id,
    string Title,
    string Generator,
    string Baseline,
    bool HasServerCore,
    IReadOnlyList<PeerState> Peers,
    IReadOnlyList<Row> Rows,
    IReadOnlyList<CellResult> Cells);

/// <summary>The echo of Akka.NET's matrix, over the rounds.</summary>
/// <param name="Speedup">Messages per second relative to Akka.IO's in the same round; null for itself, or where either failed.</param>
internal sealed record EchoRow(
    string Variant,
    int Clients,
    int GoodRounds,
    Spread? MessagesPerSecond,
    Spread? Speedup,
    Spread? CpuUsPerMessage,
    Spread? AllocatedBytesPerMessage,
    Spread? AllocatedRatio,
    string? Remark);

/// <summary>What a server transfers for its CPU, over the rounds.</summary>
/// <param name="Ratio">Units for a CPU second relative to the baseline's in the same round; null for itself.</param>
/// <param name="Lost">Units that did not come back, in all rounds.</param>
internal sealed record TransferRow(
    string Work,
    string Unit,
    string Variant,
    string Baseline,
    int GoodRounds,
    Spread? PerSecond,
    Spread? PerCpuSecond,
    Spread? Ratio,
    long Lost,
    string? Remark);

/// <summary>A server with many connections of which few are active.</summary>
/// <param name="CostRatio">CPU per request relative to the same server's with few connections, in the same round.</param>
/// <param name="BytesPerIdleConnection">Growth of resident memory while they were opened and used once.</param>
internal sealed record ConnectionsRow(
    string Peer,
    int Connections,
    int Active,
    int FewConnections,
    Spread? CpuUsPerRequest,
    Spread? CpuUsPerRequestFew,
    Spread? CostRatio,
    double? BytesPerIdleConnection,
    string? Remark);

/// <summary>What one call costs in a batch.</summary>
/// <param name="Way">How it is made: the trap itself, or a backend of the loop.</param>
/// <param name="BatchSize">Calls of a batch.</param>
internal sealed record BatchRow(string Way, int BatchSize, Spread? NsPerCall, string? Remark);

/// <summary>Two actors that tell each other, by dispatcher.</summary>
internal sealed record PingPongRow(string Dispatcher, Spread? MessagesPerSecond, Spread? Speedup, Spread? AllocatedBytesPerMessage, string? Remark);

/// <summary>What ab says of a server, in milliseconds.</summary>
internal sealed record ApacheBenchRow(string Peer, bool KeepAlive, double? RequestsPerSecond, double? MeanMs, double? P50Ms, double? P90Ms, double? P99Ms, string? Remark);

/// <summary>Instructions in user mode for each request, and between two system calls.</summary>
internal sealed record InstructionsRow(string Peer, double? PerRequest, double? PerSystemCall, string Source);

/// <summary>How soon a changed file was served.</summary>
internal sealed record FreshnessRow(string Peer, double? NoticedAfterMs, string? Remark);

/// <summary>What reading 4 KiB of a cached file costs at the least.</summary>
internal sealed record FioRow(string Engine, double? CpuUsPerRead, double? ReadsPerSecond, string? Remark);

/// <summary>Reads of a cached file.</summary>
/// <param name="Load">Where, and how much at once.</param>
/// <param name="Way">By what.</param>
internal sealed record FileReadsRow(string Load, string Way, Spread? ReadsPerSecond, Spread? CpuUsPerRead, Spread? AllocatedBytesPerRead, string? Remark);
