using System.Net;
using Akka.Actor;
using Akka.Event;
using FlexSc.Examples.HttpServer.Protocol;
using FlexSc.Examples.HttpServer.Service;
using FlexSc.Examples.Shared;
using FlexSc.Simulation.Actors;
using FlexSc.Simulation.Connections;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Http;

/// <summary>The HTTP service of the examples and its clients: every response is compared with what its request is to be answered.</summary>
internal sealed class HttpProgram : IModelProgram
{
    private const int Port = 8080;
    private const int MostClients = 2;
    private const int MostConnections = 3;
    private const int MostRequests = 40;
    private const int NeverMs = int.MaxValue / 2;
    private const long MostSteps = 2_000_000;

    // By the clock of the machine, which is not the world's: nothing is ever due.
    private static readonly DeadlineSweeper NoDeadlines = new(NeverMs);

    public string Name => "http";

    public void Run(World world)
    {
        ActorProcess server = ActorProcess.Start(world, "server", ActorConfig.Small(world), ActorConfig.IsBindFailure);
        HttpServerOptions options = new()
        {
            Port = Port,
            Messages = world.Random.Below(2) == 0 ? MessageMode.Pooled : MessageMode.Akka,
            Limits = new HttpLimits { UnsentOutputBytes = 128 << world.Random.Below(8) },
            HeadTimeoutMs = NeverMs,
            BodyTimeoutMs = NeverMs,
            IdleTimeoutMs = NeverMs,
            WriteTimeoutMs = NeverMs,
            LingerTimeoutMs = NeverMs,
        };
        ServiceCounters counters = new();
        ILoggingAdapter log = Logging.GetLogger(server.System, typeof(HttpProgram));
        using Admission admission = new(counters, log);
        ConnectionContext? context = null;
        server.Run(() => context = new ConnectionContext(
            options, new SimulatedServiceIo(ServiceIo.Of(server.System, options)), counters, admission, NoDeadlines, null, null, log, CancellationToken.None));
        IActorRef listener = Listen(world, server, context!);
        List<ClientProcess> clients = ClientProcess.StartSome(world, MostClients, MostConnections, (client, ended) =>
        {
            int requests = 1 + world.Random.Below(MostRequests);
            return Props.Create(() => new HttpClientActor(client.Process, client.Use, requests, Port, ended));
        });
        ClientProcess.RunAll(world, clients, server);
        world.RunUntil(() => counters.Connections.Value == 0, "every connection of the server has ended", MostSteps);
        TaskCompletionSource unbound = new();
        server.Tell(listener, new StopListening(unbound));
        world.RunUntil(() => unbound.Task.IsCompleted, "the server listens no more", MostSteps);
        ClientProcess.EndAll(clients, server);
    }

    private static IActorRef Listen(World world, ActorProcess server, ConnectionContext context)
    {
        for (int attempt = 1; ; attempt++)
        {
            TaskCompletionSource<IPEndPoint> bound = new();
            IActorRef listener = server.ActorOf(
                context.Io.Sockets.Place(Props.Create(() => new HttpListenerActor(context, (IPEndPoint)world.EndPointOf(Port), bound))), $"listener{attempt}");
            world.RunUntil(() => bound.Task.IsCompleted, "the listener is bound, or is not", MostSteps);
            if (bound.Task.IsCompletedSuccessfully)
            {
                return listener;
            }
        }
    }
}
