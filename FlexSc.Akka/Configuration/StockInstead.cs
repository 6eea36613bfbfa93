using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace FlexSc.Akka;

/// <summary>
/// Why the program of an actor system that names FlexSC runs on Akka.NET's own sockets and thread pool instead: it was told to
/// (<c>flexsc.enabled = off</c>), or the machine is none that FlexSC runs on. From any thread.
/// </summary>
internal sealed class StockInstead
{
    private const string Path = "flexsc";

    private static readonly ConditionalWeakTable<ActorSystem, StrongBox<StockInstead?>> Systems = [];

    private readonly ActorSystem _system;
    private readonly bool _isWanted;
    private int _isTold;
    private int _hasDefaults;

    private StockInstead(ActorSystem system, string reason, bool isWanted)
    {
        _system = system;
        Reason = reason;
        _isWanted = isWanted;
    }

    /// <summary>The reason, without an end.</summary>
    public string Reason { get; }

    /// <summary>Null where FlexSC runs.</summary>
    /// <exception cref="ConfigurationException"><c>flexsc.enabled</c> is neither on nor off.</exception>
    public static StockInstead? Of(ActorSystem system) => Systems.GetValue(system, static owner => new StrongBox<StockInstead?>(Find(owner))).Value;

    /// <summary>True once, for the first who asks: it puts the defaults of FlexSC behind the system's configuration.</summary>
    public bool TryBeginDefaults() => Interlocked.Exchange(ref _hasDefaults, 1) == 0;

    /// <summary>Logs it, once: as a warning, unless it is as the configuration wants it.</summary>
    public void Tell()
    {
        if (Interlocked.Exchange(ref _isTold, 1) == 0)
        {
            // Not by a logger, which a system that is still being made cannot have.
            string text = $"{Reason}: sockets are Akka.IO's own, and actors run on the thread pool";
            _system.EventStream.Publish(
                _isWanted ? new Info(_system.Name, typeof(StockInstead), text) : new Warning(_system.Name, typeof(StockInstead), text));
        }
    }

    /// <summary>For what Akka.NET has no counterpart of.</summary>
    /// <param name="what">What was asked for.</param>
    /// <param name="remedy">What the program can do instead.</param>
    public PlatformNotSupportedException Refusal(string what, string remedy) => new($"{what} cannot run: {Reason}; {remedy}");

    private static StockInstead? Find(ActorSystem system)
    {
        Config config = FlexScConfig.Section(system.Settings.Config, Path);
        if (FlexScConfig.Choice(config, Path, "enabled", "on", "off", "true", "false") is "off" or "false")
        {
            return new StockInstead(system, $"{Path}.enabled is off", isWanted: true);
        }

        HostMachine machine = system.Settings.Setup.Get<HostMachine>().GetOrElse(HostMachine.Real);
        return machine.Obstacle is { } obstacle ? new StockInstead(system, obstacle, isWanted: false) : null;
    }
}
