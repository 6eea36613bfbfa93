using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Actors;

/// <summary>Crashes of clients, and their separation from a server for a time, at steps that the seed decides.</summary>
internal sealed class Faults
{
    private readonly World _world;
    private readonly ActorProcess _server;
    private readonly List<(long Step, Action Act)> _plan = [];
    private readonly List<ActorProcess> _clients;

    /// <param name="world">The world.</param>
    /// <param name="clients">All but the first may crash.</param>
    /// <param name="server">What they may be separated from.</param>
    public Faults(World world, List<ActorProcess> clients, ActorProcess server)
    {
        _world = world;
        _server = server;
        _clients = clients;
        foreach (ActorProcess client in clients)
        {
            if (client != clients[0] && world.Random.Below(4) == 0)
            {
                _plan.Add((world.Steps + world.Random.Between(100, 4_000), client.Crash));
            }

            if (world.Random.Below(4) == 0)
            {
                long from = world.Steps + world.Random.Between(100, 3_000);
                _plan.Add((from, () => world.Kernel.Partition(client.Process, server.Process, separated: true)));
                _plan.Add((from + world.Random.Between(10, 500), () => world.Kernel.Partition(client.Process, server.Process, separated: false)));
            }
        }
    }

    /// <summary>Does what is due by now.</summary>
    public void Act()
    {
        for (int i = _plan.Count - 1; i >= 0; i--)
        {
            if (_world.Steps >= _plan[i].Step)
            {
                _plan[i].Act();
                _plan.RemoveAt(i);
            }
        }
    }

    /// <summary>Ends separations and brings about nothing any more.</summary>
    public void End()
    {
        _plan.Clear();
        _clients.ForEach(client => _world.Kernel.Partition(client.Process, _server.Process, separated: false));
    }
}
