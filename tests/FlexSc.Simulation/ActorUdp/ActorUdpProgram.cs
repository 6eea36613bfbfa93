using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using FlexSc.Simulation.Actors;
using FlexSc.Simulation.Connections;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorUdp;

/// <summary>Actor systems over FlexUdp: a server that answers, which goes and comes, and clients with sockets of every kind.</summary>
internal sealed class ActorUdpProgram : IModelProgram
{
    private const int ServerPort = 53;
    private const int MostProcesses = 2;
    private const int MostClients = 4;
    private const int MostRounds = 3;
    private const int MostStepsBound = 600;
    private const long MostSteps = 2_000_000;

    public string Name => "actor-udp";

    public void Run(World world)
    {
        int family = world.Random.Below(4);
        int abstractPorts = world.Random.Below(2);
        world.EndPointOf = family switch
        {
            0 => static port => new IPEndPoint(IPAddress.IPv6Loopback, port),
            1 => port => new UnixDomainSocketEndPoint(port % 2 == abstractPorts ? $"\0datagram-{port}" : $"/datagram-{port}"),
            _ => world.EndPointOf,
        };
        DatagramBook book = new(world);
        DatagramProcess server = new(world, "server", book);
        ListenerState state = new();
        EndPoint address = world.EndPointOf(ServerPort);
        IActorRef actor = server.Start(ended => Props.Create(() => new UdpServerActor(server.Use, state, address, ended)));
        List<DatagramProcess> clients = StartClients(world, book, isUnix: family == 1);
        RunRebinding(world, server.Process, actor, state, clients);
        RunClients(world, server.Process, clients);
        world.RunUntil(() => state.IsBound, "the server is bound", MostSteps);
        server.Tally.AwaitAllReceived(world);
        server.Tally.AwaitAllTold(world);
        server.Process.Tell(actor, ListenerCommand.Stop);
        world.RunUntil(() => !state.IsBound, "the server is unbound", MostSteps);
        foreach (DatagramProcess process in (IEnumerable<DatagramProcess>)[server, .. clients])
        {
            process.Process.RequireNothingInUse();
            process.Tally.CheckSent();
            process.Process.Terminate();
        }
    }

    private static List<DatagramProcess> StartClients(World world, DatagramBook book, bool isUnix)
    {
        List<DatagramProcess> clients = [];
        int port = ServerPort;
        for (int i = 1 + world.Random.Below(MostProcesses); i > 0; i--)
        {
            DatagramProcess process = new(world, $"client{i}", book);
            clients.Add(process);
            for (int client = 1 + world.Random.Below(MostClients); client > 0; client--)
            {
                ClientSocket kind = (ClientSocket)world.Random.Below(isUnix ? 2 : 3);
                EndPoint local = world.EndPointOf(++port);
                int rounds = world.Random.Below(MostRounds);
                EndPoint address = world.EndPointOf(ServerPort);
                process.Start(ended => Props.Create(() => new UdpClientActor(process.Use, kind, address, local, rounds, ended)));
            }
        }

        return clients;
    }

    /// <summary>The server goes and comes, so that there are times when nobody has its address.</summary>
    private static void RunRebinding(World world, ActorProcess server, IActorRef actor, ListenerState state, List<DatagramProcess> clients)
    {
        bool AreDone() => clients.TrueForAll(static client => client.IsDone);
        for (int rounds = world.Random.Below(6) - 3; rounds > 0; rounds--)
        {
            world.RunUntil(() => state.IsBound, "the server is bound", MostSteps);
            long until = world.Steps + world.Random.Below(MostStepsBound);
            world.RunUntil(() => world.Steps >= until || AreDone(), "it was bound for a while", MostSteps);
            server.Tell(actor, ListenerCommand.Stop);
            world.RunUntil(() => !state.IsBound, "the server is unbound", MostSteps);
            until = world.Steps + world.Random.Below(MostStepsBound);
            world.RunUntil(() => world.Steps >= until || AreDone(), "it was unbound for a while", MostSteps);
            server.Tell(actor, ListenerCommand.Start);
        }
    }

    private static void RunClients(World world, ActorProcess server, List<DatagramProcess> clients)
    {
        Faults faults = new(world, clients.ConvertAll(static client => client.Process), server);
        world.RunUntil(
            () =>
            {
                faults.Act();
                return clients.TrueForAll(static client => client.IsDone);
            },
            "every client has ended", MostSteps);
        faults.End();
    }
}
