using System.CommandLine;
using System.Net;
using Akka.Actor;
using Akka.Configuration;
using FlexSc.Examples.QuickStart;
using FlexSc.Examples.Shared;

// The one line: system.Tcp() is served by FlexSC.
const string FlexScSockets = """akka.actor.default-mailbox.mailbox-type = "FlexSc.Akka.IO.RedirectMailbox, FlexSc.Akka" """;

// A second one, if you like: all actors live on FlexSC's loops, so a message from a socket meets its handler on the same core.
const string FlexScActors = """akka.actor.default-dispatcher.type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka" """;

Option<string> io = SocketIo.Option();
Option<bool> actors = new("--actors-on-loops") { Description = "Run every actor on FlexSC's loops." };
Option<int> port = OptionKinds.Number("--port", "Port to listen on; 0 lets the kernel pick one.", 7007, 0, 65535);
RootCommand command = new("An echo server and its client, on Akka.IO as it is or on FlexSC by one line.") { io, actors, port };
return await ServerProgram.RunAsync(command, args, static _ => [], async (parsed, stopRequested) =>
{
    string sockets = SocketIo.ModeOf(parsed, io) == IoMode.FlexSc ? FlexScSockets : "";
    string dispatcher = parsed.GetValue(actors) ? FlexScActors : "";
    using ActorSystem system = ActorSystem.Create("echo", ConfigurationFactory.ParseString($"akka.loglevel = WARNING\n{sockets}\n{dispatcher}"));
    try
    {
        TaskCompletionSource<EndPoint> bound = new(TaskCreationOptions.RunContinuationsAsynchronously);
        IPEndPoint asked = new(IPAddress.Loopback, parsed.GetValue(port));
        system.ActorOf(Props.Create(() => new EchoServer(asked, bound)), "server");
        EndPoint endPoint = await bound.Task;
        TaskCompletionSource<string> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        system.ActorOf(Props.Create(() => new EchoClient(endPoint, "hello", answer)), "client");
        Console.WriteLine($"the client was answered: {await answer.Task}");
        ServerProgram.Announce($"{endPoint}");
        await stopRequested;
    }
    finally
    {
        await system.Terminate();
    }
}).ConfigureAwait(false);
