namespace FlexSc.Benchmarks.Peers;

/// <summary>Who takes part in what, in the order of the tables: the baseline first.</summary>
internal static class PeerCatalog
{
    private const string HttpExample = "HttpServer";
    private const string KvExample = "KvServer";
    private const string DropInServer = "DropInServer";

    // Pool threads do not spin before they sleep.
    private static readonly Dictionary<string, string> NoSpin = new(StringComparer.Ordinal) { ["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"] = "0" };

    // Nor do they, and continuations run where the socket's event was seen.
    private static readonly Dictionary<string, string> Tuned = new(NoSpin, StringComparer.Ordinal)
    {
        ["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1",
    };

    public static IReadOnlyList<Peer> Http { get; } =
    [
        .. Examples(HttpExample),
        new ExamplePeer(PeerNames.AkkaIoTuned, HttpExample, ExamplePeer.AkkaIo) { RuntimeSettings = Tuned },
        new DotnetPeer(PeerNames.Kestrel, "KestrelServer", "KestrelServer", "--app", "middleware"),
        new DotnetPeer(PeerNames.KestrelTuned, "KestrelServer", "KestrelServer", "--app", "middleware") { RuntimeSettings = Tuned },
        new DotnetPeer(PeerNames.KestrelMinimal, "KestrelServer", "KestrelServer", "--app", "minimal"),
        new DotnetPeer(PeerNames.DotNetty, "DotNettyServer", "DotNettyServer"),
        new DotnetPeer(PeerNames.SocketsInline, "SocketServer", "SocketServer") { RuntimeSettings = Tuned },
        new NginxPeer(PeerNames.NginxReturn, NginxPeer.Return),
        new BarePeer(PeerNames.BareEpoll, "epoll_server"),
        new BarePeer(PeerNames.BareIoUring, "io_uring_server"),
    ];

    public static IReadOnlyList<Peer> Files { get; } =
    [
        .. Examples(HttpExample),
        new NginxPeer(PeerNames.NginxSendfile, NginxPeer.Sendfile),
        new NginxPeer(PeerNames.NginxFileCache, NginxPeer.FileCache),
    ];

    public static IReadOnlyList<Peer> Kv { get; } =
    [
        .. Examples(KvExample),
        new ProgramPeer(PeerNames.Memcached, "memcached", ProgramPeer.Memcached),
        new ProgramPeer(PeerNames.Redis, "redis-server", ProgramPeer.Redis),
        new DotnetPeer(PeerNames.Garnet, "GarnetServer", "FlexSc.Peers.GarnetHost") { PicksPort = false },
    ];

    public static IReadOnlyList<Peer> DropIn { get; } =
    [
        new DotnetPeer(PeerNames.DropInAkkaIo, DropInServer, DropInServer, "--sockets", "akka-io"),
        new DotnetPeer(PeerNames.DropInRedirect, DropInServer, DropInServer, "--sockets", "flexsc"),
        new DotnetPeer(PeerNames.DropInOnLoops, DropInServer, DropInServer, "--sockets", "flexsc-actors"),
        new DotnetPeer(PeerNames.DropInAkkaIoNoSpin, DropInServer, DropInServer, "--sockets", "akka-io") { RuntimeSettings = NoSpin },
        new DotnetPeer(PeerNames.DropInRedirectNoSpin, DropInServer, DropInServer, "--sockets", "flexsc") { RuntimeSettings = NoSpin },
    ];

    public static IReadOnlyList<Peer> Tls { get; } =
    [
        new DotnetPeer(PeerNames.KestrelTls, "KestrelServer", "KestrelServer", "--app", "middleware", "--tls", "on"),
        new ExamplePeer(PeerNames.IoUringAkkaTls, HttpExample, ExamplePeer.FlexScIo, "--messages", "akka", "--backend", "io-uring", "--tls-dev"),
        new ExamplePeer(PeerNames.IoUringPooledTls, HttpExample, ExamplePeer.FlexScIo, "--messages", "pooled", "--backend", "io-uring", "--tls-dev"),
    ];

    /// <summary>Every name there is.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Http.Concat(Files).Concat(Kv).Concat(DropIn).Concat(Tls).Select(peer => peer.Name).Distinct()];

    public static bool IsFlexSc(string name) => name.StartsWith("flexsc-", StringComparison.Ordinal);

    private static IEnumerable<Peer> Examples(string example) =>
    [
        new ExamplePeer(PeerNames.AkkaIo, example, ExamplePeer.AkkaIo),
        new ExamplePeer(PeerNames.AkkaIoControl, example, ExamplePeer.AkkaIo),
        new ExamplePeer(PeerNames.IoUringAkka, example, ExamplePeer.FlexScIo, "--messages", "akka", "--backend", "io-uring"),
        new ExamplePeer(PeerNames.IoUringPooled, example, ExamplePeer.FlexScIo, "--messages", "pooled", "--backend", "io-uring"),
        new ExamplePeer(PeerNames.IoUringNoWait, example, ExamplePeer.FlexScIo, "--messages", "pooled", "--backend", "io-uring", "--batch-wait-us", "0"),

        // No threads: the loop executes the entries itself, so that the loop's share is told apart from io_uring's.
        new ExamplePeer(PeerNames.SyscallThreadsAkka, example, ExamplePeer.FlexScIo, "--messages", "akka", "--backend", "syscall-threads", "--syscall-threads", "0"),
        new ExamplePeer(PeerNames.SyscallThreadsPooled, example, ExamplePeer.FlexScIo, "--messages", "pooled", "--backend", "syscall-threads", "--syscall-threads", "0"),
    ];
}
