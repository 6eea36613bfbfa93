using System.Globalization;
using Akka.Configuration;

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

    public static Config For(HttpServerOptions options)
    {
        Config common = ConfigurationFactory.ParseString(Common);
        return options.Io == IoMode.AkkaIo ? common : ConfigurationFactory.ParseString(LoopsOf(options)).WithFallback(common);
    }

    private static string LoopsOf(HttpServerOptions options) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        flexsc.loops {
          count = {{options.Loops}}
          cpus = "{{string.Join(',', options.Cpus)}}"
          pin = {{(options.Pin ? "on" : "off")}}
          backend = {{options.Backend}}
          syscall-threads = {{options.SyscallThreads}}
          batch-wait-us = {{options.BatchWaitUs}}
          turn-budget-us = {{options.TurnBudgetUs}}
        }
        """);
}
