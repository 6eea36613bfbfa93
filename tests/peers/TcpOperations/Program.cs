using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;
using Akka.Actor;
using Akka.Configuration;
using FlexSc.Peers;
using FlexSc.Peers.TcpOperations;

// The matrix of Akka.NET's TcpOperationsBenchmarks: server and clients are actors of one process that talk over loopback by
// Akka.IO's messages. Who makes the socket calls is a matter of configuration alone.
string sockets = args.Length == 1 ? args[0] : throw new ArgumentException("usage: TcpOperations akka-io|flexsc|flexsc-actors");
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Environment.Exit(0));
using ActorSystem system = ActorSystem.Create("echo", ConfigurationFactory.ParseString(SocketsByConfiguration.Of(sockets)));
TaskCompletionSource<IPEndPoint> bound = new(TaskCreationOptions.RunContinuationsAsynchronously);
system.ActorOf(Props.Create(() => new EchoServer(bound)), "server");
IPEndPoint endPoint = await bound.Task.ConfigureAwait(false);
Console.WriteLine($"{sockets}: Akka.NET {typeof(ActorSystem).Assembly.GetName().Version}, {Environment.ProcessorCount} cores");
Console.WriteLine($"listening on {endPoint}");

// "run CLIENTS MILLISECONDS" is answered by one line of JSON.
while (Console.ReadLine() is { } line)
{
    string[] words = line.Split(' ');
    int clients = int.Parse(words[1], CultureInfo.InvariantCulture);
    TimeSpan duration = TimeSpan.FromMilliseconds(int.Parse(words[2], CultureInfo.InvariantCulture));
    EchoRun run = new(system, endPoint, clients);
    Console.WriteLine(JsonSerializer.Serialize(await run.ExecuteAsync(duration).ConfigureAwait(false)));
}

Environment.Exit(0);
