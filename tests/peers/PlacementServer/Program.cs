using System.Net;
using Akka.Actor;
using Akka.Configuration;
using FlexSc.Akka.Placement;
using FlexSc.Examples.Shared;
using FlexSc.Peers;
using FlexSc.Peers.PlacementLoads;

// A program on the loops whose requests are what loads are made of: small answers, blocking file calls, computing. Which policy places
// it, and its map, are options; decisions go to standard error.
string policy = PeerHost.Option(args, "--placement", "inline");
string loops = PeerHost.Option(args, "--loops", "1");
string loopCpus = PeerHost.Option(args, "--loop-cpus", "");
string syscallCpus = PeerHost.Option(args, "--syscall-cpus", "");
using ActorSystem system = ActorSystem.Create("loads", ConfigurationFactory.ParseString(
    $$"""
    akka.loglevel = WARNING
    akka.actor.default-dispatcher.type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka"
    flexsc.loops { count = {{loops}}, cpus = "{{loopCpus}}" }
    flexsc.placement { policy = {{policy}}, static { loop-cpus = "{{loopCpus}}", syscall-cpus = "{{syscallCpus}}" } }
    """));
system.ActorOf(Props.Create(() => new DecisionPrinter()).WithDispatcher(DecisionPrinter.DispatcherId));
system.FlexPlacement();
string directory = Directory.CreateTempSubdirectory("flexsc-loads").FullName;
try
{
    Counters counters = new();
    TaskCompletionSource<EndPoint> bound = new(TaskCreationOptions.RunContinuationsAsynchronously);
    system.ActorOf(Props.Create(() => new LoadListener(new IPEndPoint(IPAddress.Loopback, PeerHost.Port(args)), directory, counters, bound)), "listener");
    EndPoint endPoint = await bound.Task.ConfigureAwait(false);
    PeerHost.RunUntilTold($"{policy}: {loops} loops, {Environment.ProcessorCount} cores", endPoint, counters.Read);
    await system.Terminate().ConfigureAwait(false);
}
finally
{
    Directory.Delete(directory, recursive: true);
}
