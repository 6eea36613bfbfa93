using Akka.Actor;
using Akka.Event;
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
    private const long MostSteps = 2_000_000;

    public string Name => "actor-echo";

    public void Run(World world)
    {
        ActorProcess server = ActorProcess.Start(world, "server", ActorConfig.Small(world), IsBindFailure);
        EchoSetup setup = new(world, server, TcpUse.Choose(world.Random));
        IActorRef listener = server.ActorOf(setup.ServerUse.Place(Props.Create(() => new EchoListener(setup, Port))), "listener");
        List<ClientProcess> clients = ClientProcess.StartSome(world, MostClients, MostConnections, (client, ended) =>
        {
            EchoTalk talk = NewTalk(client.Process, world.Random);
            setup.Add(talk);
            return Props.Create(() => new EchoClientActor(client.Process, client.Use, talk, Port, ended));
        });
        ClientProcess.RunAll(world, clients, server);
        world.RunUntil(() => setup.IsBound && setup.Handlers == 0, "every connection of the server has ended", MostSteps);
        server.Tell(listener, StopListening.Instance);
        world.RunUntil(() => setup.IsUnbound, "the server listens no more", MostSteps);
        ClientProcess.EndAll(clients, server);
    }

    /// <summary>A bind may fail for want of something, which is logged and answered.</summary>
    public static bool IsBindFailure(Error error) => $"{error.Message}".StartsWith("Bind failed", StringComparison.Ordinal);

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
