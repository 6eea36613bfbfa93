using FlexSc.Measuring.Counters;
using FlexSc.Measuring.Load;

namespace FlexSc.Benchmarks.Run;

/// <summary>All that a group brought, nothing summed up yet.</summary>
internal sealed record ComparisonResult(
    IReadOnlyList<PeerState> Peers,
    IReadOnlyList<GroupTable> Tables,
    IReadOnlyList<CellResult> Cells,
    IReadOnlyList<TrapResult> Traps);

/// <summary>How a peer fared.</summary>
/// <param name="Description">What its server said about version, backend and cores.</param>
/// <param name="Started">Whether its server listened at all.</param>
/// <param name="Unavailable">Why it did not start, or was given up; null when it ran to the end.</param>
/// <param name="StopFailure">What went wrong when it was told to end; null when nothing did.</param>
internal sealed record PeerState(string Name, string Description, bool Started, string? Unavailable, string? StopFailure);

/// <summary>Traps of one peer under one load.</summary>
internal sealed record TrapResult(string Peer, LoadShape Shape, TrapFigure Figure);
