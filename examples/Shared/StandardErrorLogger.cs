using Akka.Configuration;
using Akka.Event;

namespace FlexSc.Examples.Shared;

/// <summary>Writes the log to standard error: standard output is for what the program was asked.</summary>
internal sealed class StandardErrorLogger : DefaultLogger
{
    /// <summary>An actor system's configuration with this logger. What ends the program is its command, not the runtime's end.</summary>
    /// <param name="level">Least severe messages that are told: DEBUG, INFO, WARNING or ERROR.</param>
    public static Config ConfigFor(string level) => ConfigurationFactory.ParseString(
        $"""
        akka.loglevel = {level}
        akka.stdout-loglevel = OFF
        akka.loggers = ["{typeof(StandardErrorLogger).AssemblyQualifiedName}"]
        akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
        """);

    protected override void Print(LogEvent logEvent) => Console.Error.WriteLine(logEvent);
}
