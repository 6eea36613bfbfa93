using Akka.Actor;
using Akka.Configuration;

namespace FlexSc.Akka.IO;

/// <summary>The section <c>flexsc.tls</c>, and the threads its handshakes run on.</summary>
internal sealed class TlsSettings
{
    private const string Path = "flexsc.tls";
    private const int MaxTimeMs = 3_600_000;
    private const int MaxThreads = 1024;
    private const int MaxHandshakes = 1_000_000;

    private TlsSettings(Config config)
    {
        HandshakeTimeoutMs = FlexScConfig.Number(config, Path, "handshake-timeout-ms", 1, MaxTimeMs);
        HandshakesPerLoop = FlexScConfig.Number(config, Path, "handshakes-per-loop", 1, MaxHandshakes);
        CertificatePollMs = FlexScConfig.Number(config, Path, "certificate-poll-ms", 0, MaxTimeMs);
        int threads = FlexScConfig.Number(config, Path, "handshake-threads", 0, MaxThreads);
        Threads = new TlsHandshakeThreads(threads > 0 ? threads : Environment.ProcessorCount);
    }

    /// <summary>Longest time of a handshake.</summary>
    public int HandshakeTimeoutMs { get; }

    /// <summary>Most handshakes of a loop that are under way; more wait.</summary>
    public int HandshakesPerLoop { get; }

    /// <summary>Time between two looks at a listener's certificate files; 0 is off.</summary>
    public int CertificatePollMs { get; }

    public TlsHandshakeThreads Threads { get; }

    /// <exception cref="ConfigurationException">A value is out of range; the text names the key.</exception>
    public static TlsSettings Create(ActorSystem system) => new(FlexScConfig.Section(system.Settings.Config, Path));
}
