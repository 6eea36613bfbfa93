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
        List<Client> clients = [];
        for (int i = 1 + world.Random.Below(MostClients); i > 0; i--)
        {
            clients.Add(new Client(setup, $"client{i}"));
        }

        Faults faults = new(world, clients.ConvertAll(static client => client.Process), server);
        world.RunUntil(
            () =>
            {
                faults.Act();
                return clients.TrueForAll(static client => client.IsDone);
            },
            "every client has ended", MostSteps);
        faults.End();
        world.RunUntil(() => setup.IsBound && setup.Handlers == 0, "every connection of the server has ended", MostSteps);
        server.Tell(listener, StopListening.Instance);
        world.RunUntil(() => setup.IsUnbound, "the server listens no more", MostSteps);
        ActorProcess[] all = [server, .. clients.Select(static client => client.Process)];
        Array.ForEach(all, static process => process.RequireNothingInUse());
        Array.ForEach(all, static process => process.Terminate());
    }

    /// <summary>A bind may fail for want of something, which is logged and answered.</summary>
    public static bool IsBindFailure(Error error) => $"{error.Message}".StartsWith("Bind failed", StringComparison.Ordinal);

    private sealed class Client
    {
        private readonly EchoSetup _setup;
        private readonly TcpUse _use;
        private int _talks;
        private int _running;

        public Client(EchoSetup setup, string name)
        {
            World world = setup.World;
            _setup = setup;
            Process = ActorProcess.Start(world, name, ActorConfig.Small(world));
            _use = TcpUse.Choose(world.Random);
            for (int i = world.Random.Below(MostConnections); i >= 0; i--)
            {
                // One after the other, so that numbers of descriptors are used again.
                Start(more: world.Random.Below(2));
            }
        }

        public ActorProcess Process { get; }

        public bool IsDone => Process.HasCrashed || _running == 0;

        private void Start(int more)
        {
            _running++;
            EchoTalk talk = NewTalk(_setup.World.Random);
            _setup.Add(talk);
            _talks++;
            Action ended = () =>
            {
                _running--;
                if (more > 0)
                {
                    Start(more - 1);
                }
            };
            Process.ActorOf(_use.Place(Props.Create(() => new EchoClientActor(_setup, Process, _use, talk, Port, ended))), $"talk{_talks}");
        }

        private EchoTalk NewTalk(SimulatedRandom random)
        {
            EndMode mode = (EndMode)random.Below(Enum.GetValues<EndMode>().Length);
            int bytes = EchoTalk.HeaderBytes + 1 + random.Below(MostBytes);
            return new EchoTalk(Process, (uint)random.Next(), mode, bytes)
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
}
