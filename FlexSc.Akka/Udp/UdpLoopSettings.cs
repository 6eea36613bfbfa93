using Akka.Configuration;

namespace FlexSc.Akka.IO;

/// <summary>The section <c>flexsc.udp</c>.</summary>
internal sealed record UdpLoopSettings
{
    private const string Path = "flexsc.udp";
    private const int MaxSends = 1024;
    private const int MostDatagramBytes = 1 << 20;
    private const int MaxTimeMs = 3_600_000;

    /// <summary>Datagrams that a socket may hold for sending, those in flight included.</summary>
    public required int MaxUnsentDatagrams { get; init; }

    /// <summary>Sends that a socket may have in flight at once.</summary>
    public required int MaxSendsInFlight { get; init; }

    /// <summary>Bytes of the largest datagram that is received; 0 for what a receive buffer of the loop carries.</summary>
    public required int MaxDatagramBytes { get; init; }

    /// <summary>Bytes that may be told to a handler and not be handled before its socket pauses reading; negative is unbounded.</summary>
    public required int MaxUnhandledBytes { get; init; }

    /// <summary>The same for the handlers of all sockets of a loop.</summary>
    public required int MaxUnhandledLoopBytes { get; init; }

    /// <summary>Free receive buffers below which a pooled reception is copied.</summary>
    public required int PooledLowWaterBuffers { get; init; }

    /// <summary>Longest time that a socket which is closed takes to send what it was told before.</summary>
    public required int CloseTimeoutMs { get; init; }

    /// <summary>Longest time for resolving a name.</summary>
    public required int ResolveTimeoutMs { get; init; }

    /// <exception cref="ConfigurationException">A value is out of range; the text names the key.</exception>
    public static UdpLoopSettings Create(Config application)
    {
        Config config = FlexScConfig.Section(application, Path);
        return new UdpLoopSettings
        {
            MaxUnsentDatagrams = FlexScConfig.Number(config, Path, "max-unsent-datagrams", 1, int.MaxValue),
            MaxSendsInFlight = FlexScConfig.Number(config, Path, "max-sends-in-flight", 1, MaxSends),
            MaxDatagramBytes = FlexScConfig.Number(config, Path, "max-datagram-bytes", 0, MostDatagramBytes),
            MaxUnhandledBytes = FlexScConfig.Number(config, Path, "max-unhandled-bytes", -1, int.MaxValue),
            MaxUnhandledLoopBytes = FlexScConfig.Number(config, Path, "max-unhandled-bytes-per-loop", -1, int.MaxValue),
            PooledLowWaterBuffers = FlexScConfig.Number(config, Path, "pooled-low-water-buffers", 0, int.MaxValue),
            CloseTimeoutMs = FlexScConfig.Number(config, Path, "close-timeout-ms", 0, MaxTimeMs),
            ResolveTimeoutMs = FlexScConfig.Number(config, Path, "resolve-timeout-ms", 1, MaxTimeMs),
        };
    }
}
