using Akka.Configuration;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka;

/// <summary>All that is wrong in a configuration at once, and before an actor system is made of it. Each section is read as it is when it is used.</summary>
internal static class FlexScMistakes
{
    private static readonly Action<Config>[] Readings =
    [
        static config => StockInstead.IsSwitchedOff(config),
        static config => LoopSettings.Create(config),
        static config => TcpLoopSettings.Create(config),
        static config => UdpLoopSettings.Create(config),
        static config => FileSettings.Create(config),
        static config => DiagnosticsSettings.Create(config),
        static config => RedirectMailbox.TypeOfDelegate(config),
    ];

    /// <summary>A sentence for each section that has a mistake, with key, value and range.</summary>
    public static IReadOnlyList<string> Find(Config application)
    {
        // The loops' settings ask the machine for its cores, and where it is none of FlexSC's it has no answer.
        if (HostMachine.Real.Obstacle is not null)
        {
            return [];
        }

        Config whole = application.WithFallback(ConfigurationFactory.Default());
        List<string> mistakes = [];
        foreach (Action<Config> read in Readings)
        {
            try
            {
                read(whole);
            }
            catch (ConfigurationException mistake)
            {
                mistakes.Add(mistake.Message);
            }
        }

        return mistakes;
    }
}
