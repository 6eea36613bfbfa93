using Akka.Configuration;
using Akka.Event;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Actors;

/// <summary>Configuration of simulated actor systems.</summary>
internal static class ActorConfig
{
    /// <summary>What makes a system run on the thread that steps the world.</summary>
    public static Config Common { get; } = ConfigurationFactory.ParseString($$"""
        akka {
          loglevel = INFO
          stdout-loglevel = OFF
          loggers = []
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          coordinated-shutdown.run-by-clr-shutdown-hook = off
          coordinated-shutdown.run-by-actor-system-terminate = off
          scheduler.implementation = "{{typeof(SimulatedScheduler).AssemblyQualifiedName}}"
          actor {
            default-dispatcher { type = Dispatcher, executor = "{{typeof(SteppedExecutorConfigurator).AssemblyQualifiedName}}" }
            internal-dispatcher { type = Dispatcher, executor = "{{typeof(SteppedExecutorConfigurator).AssemblyQualifiedName}}" }
            default-blocking-io-dispatcher { type = Dispatcher, executor = "{{typeof(SteppedExecutorConfigurator).AssemblyQualifiedName}}" }
          }
        }
        flexsc.loops { backend = syscall-threads, pin = off, stall-warning-ms = 0, wake-spin-us = 0, batch-wait-us = 0 }
        flexsc.eviction.automatic = off
        """);

    /// <summary>A bind may fail for want of something, which is logged and answered.</summary>
    public static bool IsBindFailure(Error error) => $"{error.Message}".StartsWith("Bind failed", StringComparison.Ordinal);

    /// <summary>Loops with few buffers, entries and bytes, so that their bounds are met.</summary>
    public static Config Small(World world)
    {
        int bufferBytes = 64 << world.Random.Below(5);
        return ConfigurationFactory.ParseString($$"""
            flexsc {
              loops {
                count = {{(world.Moves is null ? 1 : 2) + world.Random.Below(2)}}
                pages = 4
                receive-buffers = {{1 << world.Random.Below(6)}}
                receive-buffer-bytes = {{bufferBytes}}
                send-block-bytes = 4096
                send-pool-bytes = {{world.Random.Below(2) * 65536}}
                completions-per-turn = {{1 << world.Random.Below(6)}}
                mailboxes-per-turn = {{1 << world.Random.Below(6)}}
              }
              {{(world.Moves is null ? "" : $"tcp.move-limit-ms = {1 << world.Random.Below(12)}")}}
              dispatcher.throughput = {{1 << world.Random.Below(6)}}
              tcp {
                pooled-low-water-buffers = {{1 + world.Random.Below(4)}}
                max-unhandled-bytes = {{world.Random.Below(4) switch { 0 => -1, 1 => 0, _ => 256 << world.Random.Below(6) }}}
                max-unhandled-bytes-per-loop = {{(world.Random.Below(3) == 0 ? 1024 << world.Random.Below(4) : 67108864)}}
              }
            }
            akka.actor.default-dispatcher.throughput = {{1 << world.Random.Below(6)}}
            """);
    }
}
