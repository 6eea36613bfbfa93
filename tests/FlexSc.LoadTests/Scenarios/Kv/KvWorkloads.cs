using System.Globalization;
using FlexSc.LoadTests.Scenarios.Clients;
using FlexSc.LoadTests.Scenarios.Model;

namespace FlexSc.LoadTests.Scenarios.Kv;

/// <summary>Reads and writes of values that follow from their keys, so that every answer can be checked.</summary>
/// <param name="target">The server.</param>
/// <param name="keys">Number of keys.</param>
/// <param name="valueBytes">Size of each value.</param>
/// <param name="writesOfTen">Writes among ten iterations; 0 to 10.</param>
/// <param name="pause">How long a reader leaves its answer unread.</param>
internal sealed class KvMixWorkload(WorkloadTarget target, int keys, int valueBytes, int writesOfTen, TimeSpan pause = default) : IWorkload
{
    public const string GetStep = "get";
    public const string SetStep = "set";
    private const int Round = 10;

    private readonly string[] _names = [.. Enumerable.Range(0, keys).Select(key => string.Create(CultureInfo.InvariantCulture, $"load:{valueBytes}:{key}"))];
    private readonly byte[][] _values = [.. Enumerable.Range(0, keys).Select(key => KnownBytes.Create(valueBytes, key))];
    private readonly ClientPool<KvClient> _clients = new(() => KvClient.OpenAsync(target), target.MaxConnections);
    private int _iterations;

    public async Task PrepareAsync()
    {
        using KvClient client = await KvClient.OpenAsync(target).ConfigureAwait(false);
        for (int key = 0; key < keys; key++)
        {
            StepResult stored = await client.SetAsync(_names[key], _values[key]).ConfigureAwait(false);
            if (!stored.IsOk)
            {
                throw new InvalidDataException(stored.Message);
            }
        }
    }

    public async ValueTask<StepResult> RunAsync(IStepRunner steps)
    {
        uint iteration = (uint)Interlocked.Increment(ref _iterations);
        int key = Random.Shared.Next(keys);
        KvClient client = await _clients.RentAsync().ConfigureAwait(false);
        bool isHealthy = false;
        try
        {
            StepResult result = iteration % Round < writesOfTen
                ? await steps.RunAsync(SetStep, (client, name: _names[key], value: _values[key]), static state => state.client.SetAsync(state.name, state.value)).ConfigureAwait(false)
                : await steps.RunAsync(GetStep, (client, name: _names[key], value: _values[key], pause), static state => state.client.GetAsync(state.name, state.value, state.pause)).ConfigureAwait(false);
            isHealthy = result.IsOk;
            return result;
        }
        finally
        {
            _clients.GiveBack(client, isHealthy);
        }
    }

    public ValueTask DisposeAsync()
    {
        _clients.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>A session of its own for each iteration: connect, write, read, quit.</summary>
internal sealed class KvChurnWorkload(WorkloadTarget target) : IWorkload
{
    public const string SessionStep = "session";
    private static readonly ReadOnlyMemory<byte> Value = KnownBytes.Create(32, seed: 4);
    private int _iterations;

    public Task PrepareAsync() => Task.CompletedTask;

    public ValueTask<StepResult> RunAsync(IStepRunner steps)
    {
        string key = string.Create(CultureInfo.InvariantCulture, $"churn:{Interlocked.Increment(ref _iterations) & 0xfff}");
        return steps.RunAsync(SessionStep, (target, key), static state => SessionAsync(state.target, state.key));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async ValueTask<StepResult> SessionAsync(WorkloadTarget target, string key)
    {
        using KvClient client = await KvClient.OpenAsync(target).ConfigureAwait(false);
        StepResult result = await client.SetAsync(key, Value).ConfigureAwait(false);
        if (result.IsOk)
        {
            result = await client.GetAsync(key, Value).ConfigureAwait(false);
        }

        return result.IsOk ? await client.QuitAsync().ConfigureAwait(false) : result;
    }
}
