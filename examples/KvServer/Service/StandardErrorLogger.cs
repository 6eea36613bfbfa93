using Akka.Event;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>Writes the log to standard error: standard output is for what the program was asked.</summary>
internal sealed class StandardErrorLogger : DefaultLogger
{
    protected override void Print(LogEvent logEvent) => Console.Error.WriteLine(logEvent);
}
