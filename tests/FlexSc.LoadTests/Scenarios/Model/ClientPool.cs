using System.Collections.Concurrent;

namespace FlexSc.LoadTests.Scenarios.Model;

/// <summary>
/// Open connections between iterations: an iteration takes an idle one or opens another, so the same workload serves users that
/// stay (closed model) and arrivals (open model). Any thread may call.
/// </summary>
internal sealed class ClientPool<TClient>(Func<Task<TClient>> open, int limit) : IDisposable
    where TClient : class, IDisposable
{
    private readonly ConcurrentStack<TClient> _idle = new();
    private int _opened;
    private volatile bool _closed;

    /// <summary>Connections that are open or being opened.</summary>
    public int Opened => Volatile.Read(ref _opened);

    /// <exception cref="IOException">As many connections as allowed are in use.</exception>
    public async ValueTask<TClient> RentAsync()
    {
        if (_idle.TryPop(out TClient? client))
        {
            return client;
        }

        if (Interlocked.Increment(ref _opened) > limit)
        {
            Interlocked.Decrement(ref _opened);
            throw new IOException($"all {limit} connections are in use: the server is behind, or --max-connections is too low for the rate");
        }

        try
        {
            return await open().ConfigureAwait(false);
        }
        catch
        {
            Interlocked.Decrement(ref _opened);
            throw;
        }
    }

    /// <summary>Gives a client back, or closes it when an answer may still be on its way.</summary>
    public void GiveBack(TClient client, bool isHealthy)
    {
        if (isHealthy && !_closed)
        {
            _idle.Push(client);
            return;
        }

        client.Dispose();
        Interlocked.Decrement(ref _opened);
    }

    public void Dispose()
    {
        _closed = true;
        while (_idle.TryPop(out TClient? client))
        {
            client.Dispose();
            Interlocked.Decrement(ref _opened);
        }
    }
}
