using FlexSc.Akka.IO;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Connections;

/// <summary>Receptions that are released late and out of order: what is not released must not be given out.</summary>
internal sealed class KeptReceptions(World world)
{
    private const int MostKept = 3;

    private readonly Queue<PooledReceived> _kept = new();

    /// <summary>Releases it, now or later.</summary>
    public void Add(PooledReceived pooled)
    {
        if (world.Random.Below(3) > 0)
        {
            pooled.Release();
        }
        else
        {
            _kept.Enqueue(pooled);
        }

        while (_kept.Count > MostKept || (_kept.Count > 0 && world.Random.Below(2) == 0))
        {
            _kept.Dequeue().Release();
        }
    }

    public void ReleaseAll()
    {
        while (_kept.TryDequeue(out PooledReceived? kept))
        {
            kept.Release();
        }
    }
}
