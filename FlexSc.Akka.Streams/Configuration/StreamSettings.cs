using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace FlexSc.Akka.Streams;

/// <summary>The values of <c>flexsc.streams</c> in one actor system; what they mean stands in reference.conf.</summary>
internal sealed class StreamSettings : IExtension
{
    private const string Root = "flexsc.streams";
    private const int Gibibyte = 1 << 30;

    private static readonly Config Reference = ConfigurationFactory.FromResource<StreamSettings>("FlexSc.Akka.Streams.reference.conf");

    /// <exception cref="ConfigurationException">A value is out of range.</exception>
    public StreamSettings(Config application)
    {
        const string tcp = $"{Root}.tcp";
        Config tcpSection = FlexScConfig.Section(application, Reference, tcp);
        MaxTcpWritesInFlight = FlexScConfig.Number(tcpSection, tcp, "max-writes-in-flight", 1, 65_536);
        MaxTcpBytesInFlight = FlexScConfig.Number(tcpSection, tcp, "max-bytes-in-flight", 1, Gibibyte);
        ReadAheadBytes = FlexScConfig.Number(tcpSection, tcp, "read-ahead-bytes", 1, Gibibyte);

        const string udp = $"{Root}.udp";
        Config udpSection = FlexScConfig.Section(application, Reference, udp);
        MaxWaitingDatagrams = FlexScConfig.Number(udpSection, udp, "max-waiting-datagrams", 1, 1_000_000);
        DropsOldest = FlexScConfig.Choice(udpSection, udp, "when-full", "drop-newest", "drop-oldest") == "drop-oldest";
        MaxSendsInFlight = FlexScConfig.Number(udpSection, udp, "max-sends-in-flight", 1, 65_536);

        const string file = $"{Root}.file";
        Config fileSection = FlexScConfig.Section(application, Reference, file);
        ReadAheadChunks = FlexScConfig.Number(fileSection, file, "read-ahead-chunks", 1, 1024);
        MaxFileWritesInFlight = FlexScConfig.Number(fileSection, file, "max-writes-in-flight", 1, 1024);
    }

    public int MaxTcpWritesInFlight { get; }

    public int MaxTcpBytesInFlight { get; }

    public int ReadAheadBytes { get; }

    public int MaxWaitingDatagrams { get; }

    public bool DropsOldest { get; }

    public int MaxSendsInFlight { get; }

    public int ReadAheadChunks { get; }

    public int MaxFileWritesInFlight { get; }

    /// <summary>The settings of a system, read once.</summary>
    /// <exception cref="ConfigurationException">A value is out of range.</exception>
    public static StreamSettings Of(ActorSystem system) => system.WithExtension<StreamSettings, Provider>();

    private static StreamSettings Create(ExtendedActorSystem system)
    {
        Config application = system.Settings.Config;
        foreach (string warning in UnknownKeys.Warnings(application, Root, Reference))
        {
            Logging.GetLogger(system, typeof(StreamSettings)).Warning(warning);
        }

        return new StreamSettings(application);
    }

    private sealed class Provider : ExtensionIdProvider<StreamSettings>
    {
        public override StreamSettings CreateExtension(ExtendedActorSystem system) => Create(system);
    }
}
