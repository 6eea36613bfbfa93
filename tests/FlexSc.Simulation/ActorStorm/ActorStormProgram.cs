using Akka.Actor;
using FlexSc.Simulation.Actors;
using FlexSc.Simulation.Connections;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorStorm;

/// <summary>Many actors connect at once by FlexTcp to a listener with a short backlog, which is unbound and bound again meanwhile.</summary>
internal sealed class ActorStormProgram : IModelProgram
{
    private const int Port = 9;
    private const int MostBacklog = 4;
    private const int MostClients = 2;
    private const int MostConnections = 16;
    private const int MostStepsListening = 600;
    private const long MostSteps = 2_000_000;

    public string Name => "actor-storm";

    public void Run(World world)
    {
        ActorProcess server = ActorProcess.Start(world, "server", ActorConfig.Small(world), ActorConfig.IsBindFailure);
        TcpUse use = TcpUse.Choose(world);
        ListenerState state = new();
        int backlog = world.Random.Below(MostBacklog);
        IActorRef listener = server.ActorOf(
            use.Place(Props.Create(() => new ListenerActor(
                state, use, Port, backlog, connection => Props.Create(() => new StormGreeter(state, connection)), true))),
            "listener");
        List<ClientProcess> clients = ClientProcess.StartSome(
            world, MostClients, MostConnections, (client, ended) => Props.Create(() => new StormClientActor(world, client.Use, Port, ended)));

        // An Unbind resets the connections that are there, so a few rounds are enough.
        for (int rounds = world.Random.Below(4); rounds > 0; rounds--)
        {
            world.RunUntil(() => state.IsBound, "the server listens", MostSteps);
            long until = world.Steps + world.Random.Below(MostStepsListening);
            world.RunUntil(() => world.Steps >= until || clients.TrueForAll(static client => client.IsDone), "it has listened for a while", MostSteps);
            server.Tell(listener, ListenerCommand.Stop);
            world.RunUntil(() => !state.IsBound, "the server listens no more", MostSteps);
            server.Tell(listener, ListenerCommand.Start);
        }

        ClientProcess.RunAll(world, clients, server);
        world.RunUntil(() => state is { IsBound: true, Handlers: 0 }, "every connection of the server has ended", MostSteps);
        server.Tell(listener, ListenerCommand.Stop);
        world.RunUntil(() => !state.IsBound, "the server listens no more", MostSteps);
        ClientProcess.EndAll(clients, server);
    }
}
