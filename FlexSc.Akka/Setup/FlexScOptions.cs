using System.Globalization;
using Akka.Configuration;

namespace FlexSc.Akka;

/// <summary>
/// What a program says of FlexSC in code: the switches, and those keys below <c>flexsc</c> that are set most often. Null leaves a key to
/// the configuration and to reference.conf, which has meaning, range and default of each.
/// </summary>
public sealed class FlexScOptions
{
    private const string Redirect = "FlexSc.Akka.IO.RedirectMailbox, FlexSc.Akka";
    private const string Dispatcher = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka";

    /// <summary>Added to the drain's own time for its phase of CoordinatedShutdown: what is not closed by then is closed meanwhile.</summary>
    private const int DrainReserveMs = 10_000;

    /// <summary><c>flexsc.enabled</c>: false runs the same program on Akka.NET's own sockets and thread pool.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// Whether <c>system.Tcp()</c>, <c>system.Udp()</c> and Akka.Streams run on FlexSC. False leaves them to Akka.IO; <c>system.FlexTcp()</c>
    /// is there in either case.
    /// </summary>
    public bool RedirectSockets { get; set; } = true;

    /// <summary>
    /// Whether all actors that name no dispatcher live on the loops. The gain is largest then, and none of them may block. False leaves them
    /// on the thread pool, but for those with <see cref="Dispatch.FlexProps.WithFlexDispatcher"/>.
    /// </summary>
    public bool ActorsOnLoops { get; set; }

    /// <summary>The section <c>flexsc.loops</c>.</summary>
    public FlexScLoopOptions Loops { get; set; } = new();

    /// <summary>The section <c>flexsc.tcp</c>.</summary>
    public FlexScTcpOptions Tcp { get; set; } = new();

    /// <summary>The section <c>flexsc.tls</c>.</summary>
    public FlexScTlsOptions Tls { get; set; } = new();

    /// <summary>The same as configuration: of the keys, only those that are set. It goes before an application's own.</summary>
    public Config ToConfig()
    {
        List<string> lines = [$"flexsc.enabled = {(Enabled ? "on" : "off")}"];
        if (RedirectSockets)
        {
            lines.Add($"akka.actor.default-mailbox.mailbox-type = \"{Redirect}\"");
        }

        if (ActorsOnLoops)
        {
            lines.Add($"akka.actor.default-dispatcher.type = \"{Dispatcher}\"");
        }

        Add(lines, "loops.count", Loops.Count);
        Add(lines, "loops.cpus", Loops.Cpus);
        Add(lines, "loops.pin", Loops.Pin is { } pin ? (pin ? "on" : "off") : null);
        Add(lines, "loops.backend", Loops.Backend);
        Add(lines, "loops.pages", Loops.Pages);
        Add(lines, "loops.stall-warning-ms", Loops.StallWarningMs);
        Add(lines, "loops.give-up-ms", Loops.GiveUpMs);
        Add(lines, "loops.on-loop-failure", Loops.OnLoopFailure);
        Add(lines, "tcp.drain-ms", Tcp.DrainMs);
        Add(lines, "tcp.max-unsent-bytes", Tcp.MaxUnsentBytes);
        Add(lines, "tcp.descriptor-reserve", Tcp.DescriptorReserve);
        Add(lines, "tls.handshake-timeout-ms", Tls.HandshakeTimeoutMs);
        Add(lines, "tls.handshakes-per-loop", Tls.HandshakesPerLoop);
        Add(lines, "tls.handshake-threads", Tls.HandshakeThreads);
        Add(lines, "tls.certificate-poll-ms", Tls.CertificatePollMs);
        return ConfigurationFactory.ParseString(string.Join('\n', lines));
    }

    /// <summary>What is wrong in these options and in a configuration together, a sentence for each key; empty where nothing is.</summary>
    /// <param name="application">The application's configuration, or null.</param>
    public IReadOnlyList<string> Mistakes(Config? application = null) => FlexScMistakes.Find(ToConfig().WithFallback(application ?? Config.Empty));

    /// <summary>What goes behind an application's configuration: all defaults of FlexSC, and the time for the drain in CoordinatedShutdown.</summary>
    public Config ToFallback() => Tcp.DrainMs is > 0 and int drainMs
        ? ConfigurationFactory.ParseString(string.Create(
            CultureInfo.InvariantCulture, $"akka.coordinated-shutdown.phases.service-requests-done.timeout = {(long)drainMs + DrainReserveMs} ms"))
            .WithFallback(FlexScConfig.Reference)
        : FlexScConfig.Reference;

    private static void Add(List<string> lines, string key, object? value)
    {
        if (value is not null)
        {
            string text = Convert.ToString(value, CultureInfo.InvariantCulture)!.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
            lines.Add($"flexsc.{key} = \"{text}\"");
        }
    }
}

/// <summary>Keys of <c>flexsc.loops</c>. Null leaves one to the configuration.</summary>
public sealed class FlexScLoopOptions
{
    /// <summary><c>count</c>: how many loops, 1 to 1,024. Unset, one for each core the process may use.</summary>
    public int? Count { get; set; }

    /// <summary><c>cpus</c>: cores they are pinned to, one for each loop, as in "0,2-3".</summary>
    public string? Cpus { get; set; }

    /// <summary><c>pin</c>: whether loops are pinned at all. Unset, where all actors live on them.</summary>
    public bool? Pin { get; set; }

    /// <summary><c>backend</c>: auto, io-uring, syscall-threads or kernel-module.</summary>
    public string? Backend { get; set; }

    /// <summary><c>pages</c>: syscall pages of each loop, 64 entries a page, 4 to 8,192; three entries are counted out to a connection.</summary>
    public int? Pages { get; set; }

    /// <summary><c>stall-warning-ms</c>: a handler that runs longer on a loop is named in a warning; 0 is off.</summary>
    public int? StallWarningMs { get; set; }

    /// <summary><c>give-up-ms</c>: a loop whose work has not come back for so long is done without; 0 is never.</summary>
    public int? GiveUpMs { get; set; }

    /// <summary><c>on-loop-failure</c>: terminate or continue.</summary>
    public string? OnLoopFailure { get; set; }
}

/// <summary>Keys of <c>flexsc.tcp</c>. Null leaves one to the configuration.</summary>
public sealed class FlexScTcpOptions
{
    /// <summary>
    /// <c>drain-ms</c>: milliseconds that CoordinatedShutdown gives accepted connections to be closed by their handlers, 0 (off) to
    /// 3,600,000. The time limit of its phase service-requests-done is made to fit, unless the configuration has its own.
    /// </summary>
    public int? DrainMs { get; set; }

    /// <summary><c>max-unsent-bytes</c>: bytes a connection may hold for sending; a write beyond fails. -1 is unbounded.</summary>
    public int? MaxUnsentBytes { get; set; }

    /// <summary><c>descriptor-reserve</c>: descriptors below RLIMIT_NOFILE at which accepting pauses, 0 to 1,000,000.</summary>
    public int? DescriptorReserve { get; set; }
}

/// <summary>Keys of <c>flexsc.tls</c>. Null leaves one to the configuration. Certificates are options of a Bind: <see cref="IO.TlsServer"/>.</summary>
public sealed class FlexScTlsOptions
{
    /// <summary><c>handshake-timeout-ms</c>: milliseconds that a handshake may take, 1 to 3,600,000.</summary>
    public int? HandshakeTimeoutMs { get; set; }

    /// <summary><c>handshakes-per-loop</c>: most handshakes of a loop under way, 1 to 1,000,000; more wait.</summary>
    public int? HandshakesPerLoop { get; set; }

    /// <summary><c>handshake-threads</c>: threads of the pool that work on handshakes, 0 to 1,024; 0 is one for each core.</summary>
    public int? HandshakeThreads { get; set; }

    /// <summary><c>certificate-poll-ms</c>: milliseconds between two looks at a listener's certificate files, 0 (off) to 3,600,000.</summary>
    public int? CertificatePollMs { get; set; }
}
