using Akka.Actor;
using FlexSc.Interop.Backends.Simulated;
using FlexSc.Simulation.Actors;
using FlexSc.Simulation.Connections;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorEcho;

/// <summary>Actor systems of clients and a server over FlexTcp: echo with every way to end a connection.</summary>
internal sealed class ActorEchoProgram : IModelProgram
{
    public const int Port = 7;
    private const int MostClients = 2;
    private const int MostConnections = 4;
    private const int MostBytes = 8_000;

    public string Name => "actor-echo";

    public void Run(World world)
    {
        EchoSetup setup = new(world, Port);
        List<ClientProcess> clients = ClientProcess.StartSome(world, MostClients, MostConnections, (client, ended) => NewClient(setup, client, Port, ended));
        ClientProcess.RunAll(world, clients, setup.Server);
        setup.Stop();
        ClientProcess.EndAll(clients, setup.Server);
    }

    /// <summary>A client of the server, which connects to a port of its own or of one before it.</summary>
    public static Props NewClient(EchoSetup setup, ClientProcess client, int port, Action ended)
    {
        EchoTalk talk = NewTalk(client.Process, setup.World.Random);
        setup.Add(talk);
        return Props.Create(() => new EchoClientActor(client.Process, client.Use, setup, talk, port, ended));
    }

    private static EchoTalk NewTalk(ActorProcess client, SimulatedRandom random)
    {
        EndMode mode = (EndMode)random.Below(Enum.GetValues<EndMode>().Length);
        int bytes = EchoTalk.HeaderBytes + 1 + random.Below(MostBytes);
        return new EchoTalk(client, (uint)random.Next(), mode, bytes)
        {
            ServerEndsAfter = mode >= EndMode.ServerConfirmsClose ? (int)random.Between(1, Math.Min(bytes, 3_000)) : int.MaxValue,
            ClientEndsAfter = mode switch
            {
                EndMode.ClientConfirmsClose => int.MaxValue,
                EndMode.ClientCloses => bytes,
                < EndMode.ServerConfirmsClose => (int)random.Between(1, bytes),
                _ => int.MaxValue,
            },
            HeldBackBytes = mode == EndMode.ClientConfirmsClose ? random.Below(2) * random.Below(100) : 0,
        };
    }
}
