using Akka.Actor;
using Akka.Configuration;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.Dispatch;

/// <summary>
/// The sections of reference.conf in a running system: actors can be told to live on <c>flexsc.dispatcher</c> as soon as anything of
/// FlexSC is named by the configuration, be it the redirect, a dispatcher or an extension. From any thread.
/// </summary>
internal static class FlexScDefaults
{
    /// <summary>Id of the dispatcher that reference.conf describes.</summary>
    public const string DispatcherId = "flexsc.dispatcher";

    /// <summary>Id of the mailbox that reference.conf describes.</summary>
    public const string MailboxId = "flexsc.mailbox";

    /// <summary>Akka.NET's dispatcher for actors of the system's own.</summary>
    public const string InternalDispatcherId = "akka.actor.internal-dispatcher";

    /// <summary>Puts them behind a system's configuration; again does nothing.</summary>
    /// <exception cref="ConfigurationException">A value of <c>flexsc.loops</c> is out of range.</exception>
    public static void Ensure(ActorSystem system)
    {
        if (StockInstead.Of(system) is not { } stock)
        {
            Ensure(LoopGroup.Of(system));
        }
        else if (stock.TryBeginDefaults())
        {
            Inject(system);
        }
    }

    /// <inheritdoc cref="Ensure(ActorSystem)"/>
    public static void Ensure(LoopGroup group)
    {
        if (group.TryBeginDefaults())
        {
            Inject(group.System);
        }
    }

    /// <summary>
    /// Starts a protocol's manager, on Akka.NET's own dispatcher: it waits for names and owns actors, and what it has made must not need it.
    /// </summary>
    public static IActorRef StartManager(ExtendedActorSystem system, Props manager, string name) =>
        system.SystemActorOf(manager.WithDeploy(Deploy.Local).WithDispatcher(InternalDispatcherId), name);

    private static void Inject(ActorSystem system)
    {
        Config application = system.Settings.Config;
        if (!application.HasPath($"{DispatcherId}.type") || !application.HasPath($"{MailboxId}.mailbox-type"))
        {
            system.Settings.InjectTopLevelFallback(FlexScConfig.Reference);
        }

        // Dispatchers keep the configuration that was there when the system began, so the injected section is registered by hand.
        if (!system.Dispatchers.HasDispatcher(DispatcherId))
        {
            Config section = ConfigurationFactory.ParseString($"id = {DispatcherId}")
                .WithFallback(FlexScConfig.Section(system.Settings.Config, DispatcherId))
                .WithFallback(system.Dispatchers.DefaultDispatcherConfig);
            system.Dispatchers.RegisterConfigurator(
                DispatcherId, new FlexDispatcherConfigurator(section, system.Dispatchers.Prerequisites));
        }
    }
}
