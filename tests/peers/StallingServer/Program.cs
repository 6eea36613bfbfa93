using System.Net;
using Akka.Actor;
using Akka.Configuration;
using FlexSc.Peers;
using FlexSc.Peers.DropIn;
using FlexSc.Peers.Stalling;

// The HTTP service of DropInServer with its actors on the loops, and beside it an actor that holds up its loop when it is told to by a line on
// standard input.
string loops = PeerHost.Option(args, "--loops", "1");
string loopCpus = PeerHost.Option(args, "--loop-cpus", "");
string giveUpMs = PeerHost.Option(args, "--give-up-ms", "30000");
using ActorSystem system = ActorSystem.Create("stalls", ConfigurationFactory.ParseString($$"""
    flexsc.loops { count = {{loops}}, cpus = "{{loopCpus}}", give-up-ms = {{giveUpMs}} }
    {{SocketsByConfiguration.Of("flexsc-actors")}}
    """));
Counters counters = new();
TaskCompletionSource<EndPoint> bound = new(TaskCreationOptions.RunContinuationsAsynchronously);
system.ActorOf(Props.Create(() => new HelloListener(new IPEndPoint(IPAddress.Loopback, PeerHost.Port(args)), counters, bound)), "listener");
EndPoint endPoint = await bound.Task.ConfigureAwait(false);
Questions questions = new(system);
questions.Start();
PeerHost.RunUntilTold($"{loops} loops, given up after {giveUpMs} ms", endPoint, counters.Read, questions.Answer);
await system.Terminate().ConfigureAwait(false);
