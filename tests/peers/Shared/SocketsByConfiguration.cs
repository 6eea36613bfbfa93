namespace FlexSc.Peers;

/// <summary>Who makes the socket calls of a program that knows only Akka.IO: lines of configuration.</summary>
internal static class SocketsByConfiguration
{
    private const string FlexScSockets = """akka.actor.default-mailbox.mailbox-type = "FlexSc.Akka.IO.RedirectMailbox, FlexSc.Akka" """;
    private const string FlexScActors = """akka.actor.default-dispatcher.type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka" """;

    /// <summary>Stock Akka.IO, FlexSC's sockets by one line, or its dispatcher for all actors by a second one.</summary>
    /// <exception cref="ArgumentException">There is no such word.</exception>
    public static string Of(string sockets) => string.Join('\n', (string[])["akka.loglevel = WARNING", .. sockets switch
    {
        "akka-io" => [],
        "flexsc" => [FlexScSockets],
        "flexsc-actors" => (string[])[FlexScSockets, FlexScActors],
        _ => throw new ArgumentException($"sockets are akka-io, flexsc or flexsc-actors, not '{sockets}'", nameof(sockets)),
    }]);
}
