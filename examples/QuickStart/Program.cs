using System.CommandLine;
using System.Net;
using System.Runtime.InteropServices;
using Akka.Actor;
using Akka.Configuration;
using Akka.IO;
using FlexSc.Examples.QuickStart;

// The one line: system.Tcp() is served by FlexSC.
const string FlexScSockets = """akka.actor.default-mailbox.mailbox-type = "FlexSc.Akka.IO.RedirectMailbox, FlexSc.Akka" """;

// A second one, if you like: all actors live on FlexSC's loops, so a message from a socket meets its handler on the same core.
const string FlexScActors = """akka.actor.default-dispatcher.type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka" """;

Option<string> io = new("--io") { Description = "Who makes the socket calls.", DefaultValueFactory = _ => "flexsc" };
io.AcceptOnlyFromAmong("flexsc", "akka-io");
Option<bool> actors = new("--actors-on-loops") { Description = "Run every actor on FlexSC's loops." };
Option<int> port = new("--port") { Description = "Port to listen on; 0 takes a free one.", DefaultValueFactory = _ => 7007 };
port.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int>() is < IPEndPoint.MinPort or > IPEndPoint.MaxPort)
    {
        result.AddError("--port must be from 0 to 65535.");
    }
});
RootCommand command = new("An echo server and its client, on Akka.IO as it is or on FlexSC by one line.") { io, actors, port };
command.SetAction((result, _) => RunAsync(
    string.Join('\n', "akka.loglevel = WARNING", result.GetValue(io) == "flexsc" ? FlexScSockets : "", result.GetValue(actors) ? FlexScActors : ""),
    result.GetValue(port)));
return await command.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }).ConfigureAwait(false);

static async Task<int> RunAsync(string hocon, int port)
{
    TaskCompletionSource stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, RequestStop);
    using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, RequestStop);
    using ActorSystem system = ActorSystem.Create("echo", ConfigurationFactory.ParseString(hocon));

    TaskCompletionSource<EndPoint> bound = new(TaskCreationOptions.RunContinuationsAsynchronously);
    system.ActorOf(Props.Create(() => new EchoServer(new IPEndPoint(IPAddress.Loopback, port), bound)), "server");
    try
    {
        EndPoint endPoint = await bound.Task.ConfigureAwait(false);
        TaskCompletionSource<string> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        system.ActorOf(Props.Create(() => new EchoClient(endPoint, "hello", answer)), "client");
        Console.WriteLine($"the client was answered: {await answer.Task.ConfigureAwait(false)}");
        Console.WriteLine($"listening on {endPoint}");
        await stop.Task.ConfigureAwait(false);
        return 0;
    }
    catch (IOException failure)
    {
        await Console.Error.WriteLineAsync($"error: {failure.Message}").ConfigureAwait(false);
        return 1;
    }
    finally
    {
        await system.Terminate().ConfigureAwait(false);
    }

    void RequestStop(PosixSignalContext context)
    {
        context.Cancel = true;
        stop.TrySetResult();
    }
}
