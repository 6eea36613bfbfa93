using Akka.Actor;
using Akka.Configuration;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.IO;

namespace FlexSc.Akka;

/// <summary>
/// The sections of reference.conf in a running system: actors can be told to live on <c>flexsc.dispatcher</c> as soon as anything of
/// FlexSC is named by the configuration, be it the redirect, a dispatcher or the extension. From any thread.
/// </summary>
internal static class FlexScDefaults
{
    /// <summary>Puts them behind the system's configuration; again does nothing.</summary>
    public static void Ensure(ActorSystem system)
    {
        Config application = system.Settings.Config;
        if (!application.HasPath($"{FlexTcpExt.DispatcherId}.type") || !application.HasPath($"{FlexTcpExt.MailboxId}.mailbox-type"))
        {
            system.Settings.InjectTopLevelFallback(FlexScConfig.Reference);
        }

        // Dispatchers keep the configuration that was there when the system began, so the injected section is registered by hand.
        if (!system.Dispatchers.HasDispatcher(FlexTcpExt.DispatcherId))
        {
            Config section = ConfigurationFactory.ParseString($"id = {FlexTcpExt.DispatcherId}")
                .WithFallback(FlexScConfig.Section(system.Settings.Config, FlexTcpExt.DispatcherId))
                .WithFallback(system.Dispatchers.DefaultDispatcherConfig);
            system.Dispatchers.RegisterConfigurator(
                FlexTcpExt.DispatcherId, new FlexDispatcherConfigurator(section, system.Dispatchers.Prerequisites));
        }
    }
}
