using System.Net;
using System.Net.Sockets;
using Akka.Configuration;
using Akka.IO;

namespace FlexSc.Akka.IO;

/// <summary>The section <c>flexsc.tcp</c>, and what is honoured of <c>akka.io.tcp</c>.</summary>
internal sealed record TcpLoopSettings
{
    private const string Path = "flexsc.tcp";
    private const int MaxRetryMs = 60_000;
    private const int MaxAttemptMs = 3_600_000;
    private const int MaxDrainMs = 3_600_000;
    private const int MaxMoveLimitMs = 3_600_000;
    private const int MaxDescriptorReserve = 1_000_000;
    private const int MaxDescriptors = 1_000_000;

    /// <summary>Whether threads other than the loop's send what they tell by themselves, while the loop has nothing to send.</summary>
    public required bool DirectWrites { get; init; }

    /// <summary>Whether Unbind resets accepted connections, as Akka.IO 1.5 does.</summary>
    public required bool AbortOnUnbind { get; init; }

    /// <summary>Bytes a connection may hold for sending; negative is unbounded.</summary>
    public required int MaxUnsentBytes { get; init; }

    /// <summary>Free receive buffers below which a pooled reception is copied.</summary>
    public required int PooledLowWaterBuffers { get; init; }

    /// <summary>Bytes that may be told to a handler and not be handled before its connection pauses reading; negative is unbounded.</summary>
    public required int MaxUnhandledBytes { get; init; }

    /// <summary>The same for the handlers of all connections of a loop.</summary>
    public required int MaxUnhandledLoopBytes { get; init; }

    /// <summary>Pause after accepting ran out of descriptors or memory.</summary>
    public required int AcceptRetryMs { get; init; }

    /// <summary>Descriptors below the limit at which accepting stops.</summary>
    public required int DescriptorReserve { get; init; }

    /// <summary>Longest time for one of several addresses of a name before the next is tried.</summary>
    public required int ConnectAttemptMs { get; init; }

    /// <summary>The section <c>flexsc.tls</c>.</summary>
    public required TlsSettings Tls { get; init; }

    /// <summary>How long CoordinatedShutdown waits for accepted connections; 0 leaves them to the end of the system.</summary>
    public required int DrainMs { get; init; }

    /// <summary>Longest time that a connection takes to come to rest before it moves to another loop.</summary>
    public required int MoveLimitMs { get; init; }

    /// <summary>What is done as Akka.IO 1.5 does it.</summary>
    public required TcpCompat Compat { get; init; }

    /// <summary>Descriptors a connection may hold for sending.</summary>
    public required int MaxUnsentDescriptors { get; init; }

    /// <summary>Whether each loop has a listening socket of its own.</summary>
    public required bool ListensPerLoop { get; init; }

    /// <summary>Whether descriptors can be passed: over Unix sockets without TLS.</summary>
    public bool PassesDescriptors { get; private init; }

    /// <summary>Most descriptors that are taken at once, by the command's option; 0 for none.</summary>
    public int MostDescriptors { get; private init; }

    /// <summary>Akka.IO's own settings.</summary>
    public required TcpSettings Stock { get; init; }

    /// <exception cref="ConfigurationException">A value is out of range; the text names the key.</exception>
    public static TcpLoopSettings Create(Config application)
    {
        Config config = FlexScConfig.Section(application, Path);
        TcpSettings stock = TcpSettings.Create(application.GetConfig("akka.io.tcp"));
        int maxUnsentBytes = FlexScConfig.Number(config, Path, "max-unsent-bytes", -1, int.MaxValue);
        return new TcpLoopSettings
        {
            DirectWrites = FlexScConfig.Switch(config, Path, "direct-writes"),
            AbortOnUnbind = FlexScConfig.Choice(config, Path, "unbind", "abort", "keep") == "abort",
            MaxUnsentBytes = maxUnsentBytes >= 0 ? maxUnsentBytes : stock.WriteCommandsQueueMaxSize,
            PooledLowWaterBuffers = FlexScConfig.Number(config, Path, "pooled-low-water-buffers", 0, int.MaxValue),
            MaxUnhandledBytes = FlexScConfig.Number(config, Path, "max-unhandled-bytes", -1, int.MaxValue),
            MaxUnhandledLoopBytes = FlexScConfig.Number(config, Path, "max-unhandled-bytes-per-loop", -1, int.MaxValue),
            AcceptRetryMs = FlexScConfig.Number(config, Path, "accept-retry-ms", 1, MaxRetryMs),
            DescriptorReserve = FlexScConfig.Number(config, Path, "descriptor-reserve", 0, MaxDescriptorReserve),
            ConnectAttemptMs = FlexScConfig.Number(config, Path, "connect-attempt-ms", 1, MaxAttemptMs),
            Tls = TlsSettings.Create(application),
            DrainMs = FlexScConfig.Number(config, Path, "drain-ms", 0, MaxDrainMs),
            MoveLimitMs = MoveLimitMsOf(application),
            Compat = TcpCompatNames.Read(config, Path, "compat"),
            MaxUnsentDescriptors = FlexScConfig.Number(config, Path, "max-unsent-descriptors", 1, MaxDescriptors),
            ListensPerLoop = FlexScConfig.Switch(config, Path, "listen-per-loop"),
            Stock = stock,
        };
    }

    /// <summary><see cref="MoveLimitMs"/> by itself, which is one for all connections.</summary>
    /// <exception cref="ConfigurationException">The value is out of range; the text names the key.</exception>
    public static int MoveLimitMsOf(Config application) =>
        FlexScConfig.Number(FlexScConfig.Section(application, Path), Path, "move-limit-ms", 1, MaxMoveLimitMs);

    /// <summary>Whether something is done as Akka.IO 1.5 does it.</summary>
    public bool Keeps(TcpCompat behaviour) => (Compat & behaviour) != 0;

    /// <summary>The same with what a Bind brings along.</summary>
    public TcpLoopSettings With(Tcp.Bind bind)
    {
        TcpLoopSettings own = With(bind.TcpSettings, bind.LocalAddress, bind.Options);
        bool perLoop = (ListenOptions.IsPerLoop(bind.Options) ?? ListensPerLoop)
            && bind.LocalAddress.AddressFamily != AddressFamily.Unix && !own.Throttles(bind);
        return perLoop == own.ListensPerLoop ? own : own with { ListensPerLoop = perLoop };
    }

    /// <summary>Whether each connection of a Bind is asked for.</summary>
    public bool Throttles(Tcp.Bind bind) => bind.PullMode && !Keeps(TcpCompat.AcceptUnasked);

    /// <summary>The same with what a Connect brings along.</summary>
    public TcpLoopSettings With(Tcp.Connect connect) => With(connect.TcpSettings, connect.RemoteAddress, connect.Options);

    private TcpLoopSettings With(TcpSettings? own, EndPoint address, IEnumerable<Inet.SocketOption> options)
    {
        bool isUnix = address.AddressFamily == AddressFamily.Unix;
        return own is null && !isUnix ? this : this with
        {
            Stock = own ?? Stock,
            MaxUnsentBytes = own is { WriteCommandsQueueMaxSize: >= 0 } ? own.WriteCommandsQueueMaxSize : MaxUnsentBytes,
            PassesDescriptors = isUnix && !options.OfType<TlsOption>().Any(),
            MostDescriptors = UnixSocketOptions.MostDescriptorsOf(options),
        };
    }
}
