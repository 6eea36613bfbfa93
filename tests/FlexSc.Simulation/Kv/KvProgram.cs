using System.Net;
using Akka.Actor;
using FlexSc.Examples.KvServer.Service;
using FlexSc.Examples.KvServer.Store;
using FlexSc.Examples.Shared;
using FlexSc.Simulation.Actors;
using FlexSc.Simulation.Connections;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Kv;

/// <summary>The key-value service of the examples and its clients: every answer is compared with what a store may answer that does one command at a time.</summary>
internal sealed class KvProgram : IModelProgram
{
    private const int Port = 11211;
    private const int MostClients = 2;
    private const int MostConnections = 3;
    private const int MostCommands = 60;
    private const long MostSteps = 2_000_000;

    public string Name => "kv";

    public void Run(World world)
    {
        ActorProcess server = ActorProcess.Start(world, "server", ActorConfig.Small(world), ActorConfig.IsBindFailure);
        KvServerOptions options = new()
        {
            Port = Port,
            Loops = 1 + world.Random.Below(2),
            Messages = world.Random.Below(2) == 0 ? MessageMode.Pooled : MessageMode.Akka,
            MaxUnsentBytes = 64 << world.Random.Below(8),

            // By the clock of the machine, which is not the world's.
            CloseTimeoutSeconds = int.MaxValue / 1_000,
        };
        using KvStore store = new(
            options.Loops, options.MemoryLimitBytes, options.MaxArrivingPercent, options.MaxItemBytes, new KvClock(world.Kernel.Clock), (long)world.Random.Next());
        KvCounters counters = new();
        KvServerContext? context = null;
        server.Run(() => context = new KvServerContext(options, store, new KvStatistics(options, store, counters), counters, new SocketIo(server.System, options)));
        IActorRef listener = Listen(world, server, context!);
        server.ActorOf(context!.Io.Place(Props.Create(() => new KvSweeperActor(context))), "sweeper");
        KvHistory history = new();
        List<ClientProcess> clients = ClientProcess.StartSome(world, MostClients, MostConnections, (client, ended) =>
        {
            int commands = 1 + world.Random.Below(MostCommands);
            return Props.Create(() => new KvClientActor(client.Process, client.Use, history, commands, Port, ended));
        });
        ClientProcess.RunAll(world, clients, server);
        history.Check();
        world.RunUntil(() => counters.CurrentConnections == 0, "every connection of the server has ended", MostSteps);
        server.Run(() => server.System.Stop(listener));
        ClientProcess.EndAll(clients, server);
    }

    private static IActorRef Listen(World world, ActorProcess server, KvServerContext context)
    {
        for (int attempt = 1; ; attempt++)
        {
            TaskCompletionSource<EndPoint> bound = new();
            IActorRef listener = server.ActorOf(
                context.Io.Place(Props.Create(() => new KvListenerActor(context, world.EndPointOf(Port), bound))), $"listener{attempt}");
            world.RunUntil(() => bound.Task.IsCompleted, "the listener is bound, or is not", MostSteps);
            if (bound.Task.IsCompletedSuccessfully)
            {
                return listener;
            }
        }
    }
}
