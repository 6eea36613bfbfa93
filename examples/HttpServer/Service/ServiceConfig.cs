using Akka.Configuration;
using FlexSc.Examples.Shared;

namespace FlexSc.Examples.HttpServer.Service;

/// <summary>The actor system's configuration for the options of the service.</summary>
internal static class ServiceConfig
{
    private const string Common =
        """
        akka {
          loglevel = WARNING
          stdout-loglevel = WARNING
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          coordinated-shutdown.run-by-clr-shutdown-hook = off
        }
        """;

    public static Config For(HttpServerOptions options) => SocketIo.ConfigFor(options).WithFallback(ConfigurationFactory.ParseString(Common));
}
