using System.Net;
using Akka.Actor;
using Akka.Configuration;
using FlexSc.Peers;
using FlexSc.Peers.DropIn;

// An HTTP service as a program for Akka.IO has it: a handler for each connection, on the default dispatcher. Who makes the socket
// calls is a matter of configuration alone.
string sockets = PeerHost.Option(args, "--sockets", "akka-io");
using ActorSystem system = ActorSystem.Create("hello", ConfigurationFactory.ParseString(SocketsByConfiguration.Of(sockets)));
Counters counters = new();
TaskCompletionSource<EndPoint> bound = new(TaskCreationOptions.RunContinuationsAsynchronously);
system.ActorOf(Props.Create(() => new HelloListener(new IPEndPoint(IPAddress.Loopback, PeerHost.Port(args)), counters, bound)), "listener");
EndPoint endPoint = await bound.Task.ConfigureAwait(false);
PeerHost.RunUntilTold($"{sockets}: Akka.NET {typeof(ActorSystem).Assembly.GetName().Version}, {Environment.ProcessorCount} cores", endPoint, counters.Read);
await system.Terminate().ConfigureAwait(false);
