using FlexSc.Benchmarks.Peers;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring.Counters;
using FlexSc.Measuring.Load;

namespace FlexSc.Benchmarks.Parts;

/// <summary>
/// HTTPS against Kestrel: requests over kept connections, and a connection for each request, whose CPU is that of a handshake. All show a
/// self-signed P-256 certificate and speak TLS 1.3; wrk resumes no sessions, so each handshake is a whole one.
/// </summary>
internal static class TlsGroups
{
    public const string Kept = "tls";
    public const string Handshakes = "tls-handshakes";
    public const int KeptConnections = 64;
    public const int NewConnections = 16;

    public static LoadShape KeptShape { get; } = new(KeptConnections, 1);

    public static LoadShape HandshakeShape { get; } = new(NewConnections, 1) { KeepsConnections = false };

    public static IReadOnlyList<IPart> Parts(RunOptions options, ITrapCounter trapCounter) =>
    [
        Part(Kept, "HTTPS /plaintext over kept connections", new WrkGenerator(HttpExchange.HelloOverTls), KeptShape, options, trapCounter),
        Part(
            Handshakes, "HTTPS /plaintext, a handshake for each request", new WrkGenerator(HttpExchange.HelloOverTls, keepAlive: false),
            HandshakeShape, options, trapCounter),
    ];

    private static GroupPart Part(string id, string title, ILoadGenerator generator, LoadShape shape, RunOptions options, ITrapCounter trapCounter)
    {
        Cores cores = new(options);
        return new GroupPart(
            new Group(
                id,
                title,
                PeerNames.KestrelTls,
                [.. PeerCatalog.Tls.Select(peer => new GroupPeer(peer.Name, peer, generator, cores.One))],
                cores.Generator,
                [new GroupTable(shape, CountTraps: false)]),
            options,
            trapCounter);
    }
}
