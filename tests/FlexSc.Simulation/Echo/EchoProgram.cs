using FlexSc.Interop.Page;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Echo;

/// <summary>
/// An echo whose connections end in every way, some of its clients' processes in the midst: every byte that comes back is compared,
/// and at the end nothing is left in use.
/// </summary>
internal sealed class EchoProgram : IModelProgram
{
    private const int Port = 7;
    private const int MostClients = 3;
    private const int MostConnections = 4;
    private const int MostBytes = 12_000;
    private const long MostSteps = 2_000_000;

    public string Name => "echo";

    public void Run(World world)
    {
        SyscallLoopOptions options = new() { Pages = 1, BufferCount = 1 << world.Random.Below(5), BufferBytes = 64 << world.Random.Below(5), CompletionSlots = 64, SubmissionSlots = 16 };
        Party serving = world.Start("server", options);
        Party helper = world.Start("helper", options);
        EchoServer server = new(world, serving, helper);
        serving.Post(_ => world.Observe(server.StartAsync(Port)));
        List<Client> clients = [];
        for (int i = 1 + world.Random.Below(MostClients); i > 0; i--)
        {
            clients.Add(new Client(world, options, $"client{i}", mayCrash: clients.Count > 0));
        }

        world.RunUntil(() => clients.TrueForAll(client => client.IsDone(world)), "every client has ended", MostSteps);
        world.RunUntil(() => !server.HasConnections, "every connection of the server has ended", MostSteps);
        server.Stop();
        world.RunUntil(() => server.HasEnded && !server.HasConnections, "the server has ended", MostSteps);
        End(world, [serving, helper, .. clients.Select(client => client.Party)]);
    }

    /// <summary>Nothing is in use any more, and the loops end.</summary>
    private static void End(World world, Party[] parties)
    {
        foreach (Party party in parties.Where(party => !party.Process.HasCrashed))
        {
            world.RunUntil(
                () => party.Loop.UsedEntries == 0 && party.Loop.Buffers.Available == party.Loop.Buffers.Count,
                $"{party.Process.Name} has all its entries and buffers back", MostSteps);
            if (party.Process.OpenDescriptors > 0)
            {
                throw new SimulationFailure($"{party.Process.Name} has left {party.Process.OpenDescriptors} descriptors open");
            }

            party.Loop.RequestStop();
            world.RunUntil(() => party.Loop.HasEnded, $"the loop of {party.Process.Name} has ended", MostSteps);
        }
    }

    /// <summary>A process with some connections, which may crash.</summary>
    private sealed class Client
    {
        private readonly Task?[] _connections;
        private readonly long _crashAt = long.MaxValue;

        public Client(World world, SyscallLoopOptions options, string name, bool mayCrash)
        {
            Party = world.Start(name, options);
            _connections = new Task?[1 + world.Random.Below(MostConnections)];
            for (int i = 0; i < _connections.Length; i++)
            {
                int which = i;
                CloseMode mode = (CloseMode)world.Random.Below(Enum.GetValues<CloseMode>().Length);
                EchoClient client = new(world, Party, (uint)world.Random.Next(), mode, 1 + world.Random.Below(MostBytes));
                Party.Post(_ => _connections[which] = world.Observe(client.RunAsync(Port)));
            }

            if (mayCrash && world.Random.Below(4) == 0)
            {
                _crashAt = world.Random.Between(100, 3_000);
            }
        }

        public Party Party { get; }

        public bool IsDone(World world)
        {
            if (world.Steps >= _crashAt && !Party.Process.HasCrashed)
            {
                Party.Crash();
            }

            return Party.Process.HasCrashed || Array.TrueForAll(_connections, connection => connection is { IsCompleted: true });
        }
    }
}
