using Akka.Configuration;
using Akka.Dispatch;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.Dispatch;

/// <summary>
/// Makes a <see cref="FlexDispatcher"/> from a dispatcher's section:
/// <c>type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka"</c>. Of the section's keys <c>throughput</c> and
/// <c>shutdown-timeout</c> count; the loops are described by <c>flexsc.loops</c> and are shared by the system's dispatchers.
/// </summary>
public sealed class FlexDispatcherConfigurator : MessageDispatcherConfigurator
{
    private readonly FlexDispatcher _dispatcher;

    /// <summary>Called by Akka.NET. Loops are started when the first actor is attached.</summary>
    /// <exception cref="ConfigurationException">A value of <c>flexsc.loops</c> is out of range.</exception>
    public FlexDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites)
    {
        ArgumentNullException.ThrowIfNull(prerequisites);
        _dispatcher = new FlexDispatcher(
            this, LoopGroup.Of(prerequisites.Settings.System), Config.GetString("id"), Config.GetInt("throughput", MessageDispatcher.DefaultThroughput),
            Config.GetTimeSpan("shutdown-timeout", TimeSpan.FromSeconds(1)));
    }

    /// <inheritdoc/>
    public override MessageDispatcher Dispatcher() => _dispatcher;
}
