using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.Dispatch;

/// <summary>
/// Makes a <see cref="FlexDispatcher"/> from a dispatcher's section:
/// <c>type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka"</c>. Of the section's keys <c>throughput</c>,
/// <c>shutdown-timeout</c> and <c>evict</c> count; the loops are described by <c>flexsc.loops</c> and are shared by the system's
/// dispatchers. Where FlexSC does not run (<c>flexsc.enabled</c>), its actors run on the thread pool.
/// </summary>
public sealed class FlexDispatcherConfigurator : MessageDispatcherConfigurator
{
    private static readonly Config EvictByDefault = ConfigurationFactory.ParseString("evict = on");

    private readonly LoopGroup? _group;
    private readonly MessageDispatcher[] _dispatchers;

    /// <summary>Called by Akka.NET. Loops are started when the first actor is attached.</summary>
    /// <exception cref="ConfigurationException">A value of <c>flexsc.loops</c> is out of range.</exception>
    public FlexDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites)
    {
        ArgumentNullException.ThrowIfNull(prerequisites);
        string id = Config.GetString("id");
        int throughput = Config.GetInt("throughput", MessageDispatcher.DefaultThroughput);
        TimeSpan shutdownTimeout = Config.GetTimeSpan("shutdown-timeout", TimeSpan.FromSeconds(1));
        bool mayEvict = FlexScConfig.Switch(Config.WithFallback(EvictByDefault), id, "evict");
        if (StockInstead.Of(prerequisites.Settings.System) is { } stock)
        {
            stock.Tell();
            _dispatchers = [new Dispatcher(this, id, throughput, null, new PoolExecutorConfigurator(Config, prerequisites), shutdownTimeout)];
            return;
        }

        _group = LoopGroup.Of(prerequisites.Settings.System);
        _dispatchers = [.. Enumerable.Range(0, _group.Settings.Count)
            .Select(loop => new FlexDispatcher(this, _group, loop, id, throughput, shutdownTimeout, mayEvict))];
    }

    /// <summary>Called by Akka.NET for each actor that it makes: the dispatcher of the loop where that actor is to live.</summary>
    public override MessageDispatcher Dispatcher()
    {
        if (_group is not null)
        {
            return _dispatchers[_group.PlaceIndex()];
        }

        // Akka.NET's dispatcher does not tell when the first actor is attached. The first look-up of all comes while dispatchers are made.
        ActorSystem system = Prerequisites.Settings.System;
        if (system.Dispatchers is not null)
        {
            FlexScDefaults.Ensure(system);
        }

        return _dispatchers[0];
    }
}
