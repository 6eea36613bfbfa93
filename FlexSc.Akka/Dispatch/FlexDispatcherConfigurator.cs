using Akka.Configuration;
using Akka.Dispatch;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.Dispatch;

/// <summary>
/// Makes a <see cref="FlexDispatcher"/> from a dispatcher's section:
/// <c>type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka"</c>. Of the section's keys <c>throughput</c>,
/// <c>shutdown-timeout</c> and <c>evict</c> count; the loops are described by <c>flexsc.loops</c> and are shared by the system's dispatchers.
/// </summary>
public sealed class FlexDispatcherConfigurator : MessageDispatcherConfigurator
{
    private static readonly Config EvictByDefault = ConfigurationFactory.ParseString("evict = on");
    private readonly LoopGroup _group;
    private readonly FlexDispatcher[] _dispatchers;

    /// <summary>Called by Akka.NET. Loops are started when the first actor is attached.</summary>
    /// <exception cref="ConfigurationException">A value of <c>flexsc.loops</c> is out of range.</exception>
    public FlexDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites)
    {
        ArgumentNullException.ThrowIfNull(prerequisites);
        _group = LoopGroup.Of(prerequisites.Settings.System);
        string id = Config.GetString("id");
        int throughput = Config.GetInt("throughput", MessageDispatcher.DefaultThroughput);
        TimeSpan shutdownTimeout = Config.GetTimeSpan("shutdown-timeout", TimeSpan.FromSeconds(1));
        bool mayEvict = FlexScConfig.Choice(Config.WithFallback(EvictByDefault), id, "evict", "on", "off", "true", "false") is "on" or "true";
        _dispatchers = [.. Enumerable.Range(0, _group.Settings.Count)
            .Select(loop => new FlexDispatcher(this, _group, loop, id, throughput, shutdownTimeout, mayEvict))];
    }

    /// <summary>Called by Akka.NET for each actor that it makes: the dispatcher of the loop where that actor is to live.</summary>
    public override MessageDispatcher Dispatcher() => _dispatchers[_group.PlaceIndex()];
}
