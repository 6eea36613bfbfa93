using Akka.Actor;
using FlexSc.Simulation.Actors;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Connections;

/// <summary>A process with clients, each an actor with a connection.</summary>
internal sealed class ClientProcess(World world, string name)
{
    private const long MostSteps = 2_000_000;

    private int _started;
    private int _running;

    public ActorProcess Process { get; } = ActorProcess.Start(world, name, ActorConfig.Small(world));

    public TcpUse Use { get; } = TcpUse.Choose(world);

    public bool IsDone => Process.HasCrashed || _running == 0;

    /// <summary>Some processes, each with some clients.</summary>
    /// <param name="world">The world.</param>
    /// <param name="mostProcesses">Most of them.</param>
    /// <param name="mostConnections">Most connections at a time of each.</param>
    /// <param name="make">Makes a client of a process, which calls what it is given when it has ended.</param>
    public static List<ClientProcess> StartSome(World world, int mostProcesses, int mostConnections, Func<ClientProcess, Action, Props> make)
    {
        List<ClientProcess> processes = [];
        for (int i = 1 + world.Random.Below(mostProcesses); i > 0; i--)
        {
            ClientProcess process = new(world, $"client{i}");
            processes.Add(process);
            for (int connection = world.Random.Below(mostConnections); connection >= 0; connection--)
            {
                // Some one after the other, so that numbers of descriptors are used again.
                process.Start(make, more: world.Random.Below(2));
            }
        }

        return processes;
    }

    /// <summary>Lets them go on until all have ended, while processes crash and are separated from their server for a time.</summary>
    public static void RunAll(World world, List<ClientProcess> clients, ActorProcess server)
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

    /// <summary>Ends all processes, which must have nothing in use any more.</summary>
    public static void EndAll(List<ClientProcess> clients, params ActorProcess[] others)
    {
        ActorProcess[] all = [.. others, .. clients.Select(static client => client.Process)];
        Array.ForEach(all, static process => process.RequireNothingInUse());
        Array.ForEach(all, static process => process.Terminate());
    }

    private void Start(Func<ClientProcess, Action, Props> make, int more)
    {
        _running++;
        _started++;
        Props client = make(this, () =>
        {
            _running--;
            if (more > 0)
            {
                Start(make, more - 1);
            }
        });
        Process.ActorOf(Use.Place(client), $"client{_started}");
    }
}
