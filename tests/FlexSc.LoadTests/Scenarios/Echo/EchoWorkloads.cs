using FlexSc.LoadTests.Scenarios.Clients;
using FlexSc.LoadTests.Scenarios.Model;

namespace FlexSc.LoadTests.Scenarios.Echo;

/// <summary>The same bytes there and back on a kept connection.</summary>
internal sealed class EchoWorkload(WorkloadTarget target, int messageBytes) : IWorkload
{
    public const string Step = "echo";
    private readonly ReadOnlyMemory<byte> _message = KnownBytes.Create(messageBytes, seed: 5);
    private readonly ClientPool<EchoConnection> _clients = new(() => EchoConnection.OpenAsync(target), target.MaxConnections);

    public Task PrepareAsync() => Task.CompletedTask;

    public async ValueTask<StepResult> RunAsync(IStepRunner steps)
    {
        EchoConnection client = await _clients.RentAsync().ConfigureAwait(false);
        bool isHealthy = false;
        try
        {
            StepResult result = await steps.RunAsync(
                Step, (client, _message), static state => state.client.EchoAsync(state._message)).ConfigureAwait(false);
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

/// <summary>A connection for each message.</summary>
internal sealed class EchoChurnWorkload(WorkloadTarget target) : IWorkload
{
    public const string Step = "connect-and-echo";
    private const int MessageBytes = 100;
    private readonly ReadOnlyMemory<byte> _message = KnownBytes.Create(MessageBytes, seed: 6);

    public Task PrepareAsync() => Task.CompletedTask;

    public ValueTask<StepResult> RunAsync(IStepRunner steps) =>
        steps.RunAsync(Step, (target, _message), static state => OnceAsync(state.target, state._message));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async ValueTask<StepResult> OnceAsync(WorkloadTarget target, ReadOnlyMemory<byte> message)
    {
        using EchoConnection client = await EchoConnection.OpenAsync(target).ConfigureAwait(false);
        return await client.EchoAsync(message).ConfigureAwait(false);
    }
}

/// <summary>Messages that arrive in pieces.</summary>
internal sealed class SlowEchoWorkload(WorkloadTarget target) : IWorkload
{
    public const string Step = "slow-echo";
    private const int MessageBytes = 200;
    private const int PieceBytes = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private readonly ReadOnlyMemory<byte> _message = KnownBytes.Create(MessageBytes, seed: 7);

    public Task PrepareAsync() => Task.CompletedTask;

    public ValueTask<StepResult> RunAsync(IStepRunner steps) =>
        steps.RunAsync(Step, (target, _message), static state => OnceAsync(state.target, state._message));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async ValueTask<StepResult> OnceAsync(WorkloadTarget target, ReadOnlyMemory<byte> message)
    {
        using EchoConnection client = await EchoConnection.OpenAsync(target).ConfigureAwait(false);
        return await client.EchoSlowlyAsync(message, PieceBytes, Pause).ConfigureAwait(false);
    }
}
