using FlexSc.Measuring.Load;

namespace FlexSc.Benchmarks.Run;

/// <summary>One peer under one load in one round.</summary>
/// <param name="Discarded">Why its figures are not used; null when they are.</param>
/// <param name="ConnectionsLeft">Connections the server still held some seconds after the load had closed them.</param>
internal sealed record CellResult(
    string Peer,
    LoadShape Shape,
    int Round,
    WindowFigures? Figures,
    LoadResult? Load,
    string? Discarded,
    long ConnectionsLeft)
{
    public static CellResult Failed(string peer, LoadShape shape, int round, string reason) =>
        new(peer, shape, round, null, null, reason, 0);
}
