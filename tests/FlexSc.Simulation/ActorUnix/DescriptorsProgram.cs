using Akka.Actor;
using FlexSc.Akka.IO;
using FlexSc.Interop.Backends.Simulated;
using FlexSc.Simulation.Actors;
using FlexSc.Simulation.Connections;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorUnix;

/// <summary>Connections whose ends pass descriptors with some of their bytes.</summary>
internal sealed class DescriptorsProgram : IModelProgram
{
    public const int Port = 11;
    private const int Backlog = 4;
    private const int MostClients = 2;
    private const int MostConnections = 3;
    private const int MostTaken = 4;
    private const long MostSteps = 2_000_000;

    public string Name => "actor-unix";

    /// <summary>What fails for want of something would be sent again behind what was told after it.</summary>
    public static bool Suits(World world) => world.Kernel.Profile is { TooManyFilesPerMillion: 0, NoBuffersPerMillion: 0, NoMemoryPerMillion: 0 };

    public void Run(World world)
    {
        int mostTaken = 1 + world.Random.Below(MostTaken);
        world.Options = ([UnixSocketOptions.ReceiveDescriptors(mostTaken)], [UnixSocketOptions.ReceiveDescriptors(mostTaken)]);
        PassedBook book = new(world);
        ActorProcess server = ActorProcess.Start(world, "server", ActorConfig.Small(world));
        TcpUse use = TcpUse.Choose(world);
        ListenerState state = new();
        Action handlerEnded = () => state.Handlers--;
        Func<IActorRef, Props> makeHandler = connection =>
        {
            StreamSocket? socket = PassingEnd.SocketOf(server, connection);
            return Props.Create(() => new PassingActor(server, use, book, mostTaken, connection, socket, handlerEnded));
        };
        IActorRef listener = server.ActorOf(
            use.Place(Props.Create(() => new ListenerActor(state, use, Port, Backlog, makeHandler, true))), "listener");
        List<ClientProcess> clients = ClientProcess.StartSome(world, MostClients, MostConnections, (client, ended) =>
            Props.Create(() => new PassingActor(client.Process, client.Use, book, mostTaken, null, null, ended)));
        ClientProcess.RunAll(world, clients, server);
        world.RunUntil(() => state is { IsBound: true, Handlers: 0 }, "every connection of the server has ended", MostSteps);
        server.Tell(listener, ListenerCommand.Stop);
        world.RunUntil(() => !state.IsBound, "the server listens no more", MostSteps);
        ActorProcess[] all = [server, .. clients.Select(static client => client.Process)];
        foreach (ActorProcess process in all.Where(static process => !process.HasCrashed))
        {
            world.RunUntil(
                () => process.Loops.All(static loop => loop.Io.ConnectionCount == 0), $"the connections of {process.Name} have ended", MostSteps);
        }

        // A connection that was told last may have brought another handler since there was none.
        world.RunUntil(() => state.Handlers == 0, "every handler of the server has ended", MostSteps);
        book.End(all);
        ClientProcess.EndAll(clients, server);
        book.RequireAllClosed();
    }
}
