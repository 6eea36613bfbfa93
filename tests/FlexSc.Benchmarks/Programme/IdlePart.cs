using FlexSc.Benchmarks.Peers;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring;

namespace FlexSc.Benchmarks.Programme;

/// <summary>Servers whose connections are all silent: what they burn meanwhile.</summary>
internal sealed class IdlePart(RunOptions options, IdleChoice choice) : IPart
{
    private const double OverheadSeconds = 2;
    private static readonly string[] Default = [PeerNames.AkkaIo, PeerNames.IoUringPooled];
    private static readonly string[] Quick = [PeerNames.IoUringPooled];

    private readonly IReadOnlyList<Peer> _peers =
    [
        .. (choice.IsHttp ? PeerCatalog.Http : PeerCatalog.Kv).Where(peer => (options.Only ?? (options.Quick ? Quick : Default)).Contains(peer.Name)),
    ];

    public string Title => FormattableString.Invariant($"{choice.Connections} silent connections");

    public double EstimatedSeconds => _peers.Count * (OverheadSeconds + choice.SettleSeconds + choice.WindowSeconds);

    public RunReport Run(RunReport soFar)
    {
        Progress.Write($"== {Title}");
        IdleRun run = new(
            choice.IsHttp ? "HTTP" : "key-value",
            choice.IsHttp ? IdleProtocol.Http : IdleProtocol.KeyValue,
            choice.Connections,
            TimeSpan.FromSeconds(choice.SettleSeconds),
            TimeSpan.FromSeconds(choice.WindowSeconds),
            new Cores(options).One);
        return soFar with { Idle = [.. _peers.Select(run.Run)] };
    }
}

/// <summary>What of it is to run.</summary>
internal sealed record IdleChoice(bool IsHttp, int Connections, double SettleSeconds, double WindowSeconds)
{
    public static IdleChoice Full { get; } = new(true, 1000, 3, 5);

    public static IdleChoice Quick { get; } = new(true, 1000, 1, 1);
}
