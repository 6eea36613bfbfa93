using FlexSc.Benchmarks.Peers;
using FlexSc.Measuring.Load;

namespace FlexSc.Benchmarks.Run;

/// <summary>Peers that are started together and compared under one or more loads.</summary>
/// <param name="Id">As the JSON and the targets name it.</param>
/// <param name="Title">As the tables name it.</param>
/// <param name="Baseline">The peer that ratios refer to.</param>
/// <param name="Peers">Who takes part.</param>
/// <param name="GeneratorCore">Where the generator runs; null leaves it to the scheduler.</param>
/// <param name="Tables">The loads.</param>
internal sealed record Group(
    string Id,
    string Title,
    string Baseline,
    IReadOnlyList<GroupPeer> Peers,
    int? GeneratorCore,
    IReadOnlyList<GroupTable> Tables)
{
    /// <summary>
    /// Whether requests a second are compared though the cores are shared: server and generator have all of them together, so that a
    /// closed loop shows what the machine gets done.
    /// </summary>
    public bool ComparesThroughput { get; init; }

    /// <summary>Whether the servers have a core of their own, so that one can be called saturated.</summary>
    public bool HasServerCore => GeneratorCore is not null && Peers.All(peer => peer.Place.Cpus is { Count: 1 } cpus && cpus[0] != GeneratorCore);

    public int? ServerCore => HasServerCore ? Peers[0].Place.Cpus![0] : null;
}

/// <summary>One that takes part in a group.</summary>
/// <param name="Name">As this group's tables name it: the peer's name unless it takes part twice.</param>
/// <param name="Generator">Who puts load on it.</param>
/// <param name="Place">Where its server runs.</param>
internal sealed record GroupPeer(string Name, Peer Peer, ILoadGenerator Generator, PeerPlace Place);

/// <summary>One load of a group.</summary>
/// <param name="Shape">How much of it.</param>
/// <param name="Only">Names of those that get it; null for all of the group.</param>
/// <param name="CountTraps">Whether system calls are counted after the rounds.</param>
internal sealed record GroupTable(LoadShape Shape, IReadOnlyList<string>? Only = null, bool CountTraps = true)
{
    public bool Includes(GroupPeer peer) => Only is null || Only.Contains(peer.Name);
}
