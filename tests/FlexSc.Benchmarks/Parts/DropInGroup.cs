using FlexSc.Benchmarks.Peers;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring.Counters;
using FlexSc.Measuring.Load;

namespace FlexSc.Benchmarks.Parts;

/// <summary>
/// A program that knows only Akka.IO, switched to FlexSC by configuration alone: HTTP requests to handlers on the default dispatcher.
/// Server and generator share all cores and are left to the scheduler, as where somebody just tries it.
/// </summary>
internal static class DropInGroup
{
    public const string Id = "dropin";
    public static readonly IReadOnlyList<int> AllConnections = [1, 4, 16, 64, 128, 512];
    public static readonly IReadOnlyList<int> QuickConnections = [4];

    public static IPart Part(RunOptions options, ITrapCounter trapCounter, IReadOnlyList<int> connections)
    {
        WrkGenerator wrk = new(HttpExchange.Hello);
        Cores cores = new(options);
        Group group = new(
            Id,
            "a program that knows only Akka.IO, server and generator together on both cores",
            PeerNames.DropInAkkaIo,
            [.. PeerCatalog.DropIn.Select(peer => new GroupPeer(peer.Name, peer, wrk, cores.Both(cores.All)))],
            GeneratorCore: null,
            [.. connections.Select(count => new GroupTable(new LoadShape(count, 1), CountTraps: false))])
        {
            ComparesThroughput = true,
        };
        return new GroupPart(group, options, trapCounter);
    }
}
