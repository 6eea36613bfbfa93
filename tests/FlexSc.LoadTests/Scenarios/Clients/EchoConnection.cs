using FlexSc.LoadTests.Scenarios.Model;

namespace FlexSc.LoadTests.Scenarios.Clients;

/// <summary>Sends bytes and expects the same back.</summary>
internal sealed class EchoConnection(SocketConnection connection) : IDisposable
{
    private const string Echoed = "echoed";

    public static async Task<EchoConnection> OpenAsync(WorkloadTarget target) =>
        new(await SocketConnection.OpenAsync(target.EndPoint).ConfigureAwait(false));

    /// <summary>Sends all and reads at the same time: more than fits the socket buffers comes back while it is still sent.</summary>
    public async ValueTask<StepResult> EchoAsync(ReadOnlyMemory<byte> bytes)
    {
        connection.StartStep();
        Task send = connection.SendAsync(bytes).AsTask();
        bool equal = await connection.ReadExpectedAsync(bytes).ConfigureAwait(false);
        await send.ConfigureAwait(false);
        return Result(equal, bytes.Length);
    }

    /// <summary>Sends in pieces with pauses between.</summary>
    public async ValueTask<StepResult> EchoSlowlyAsync(ReadOnlyMemory<byte> bytes, int pieceBytes, TimeSpan pause)
    {
        connection.StartStep();
        for (int sent = 0; sent < bytes.Length; sent += pieceBytes)
        {
            await connection.SendAsync(bytes.Slice(sent, Math.Min(pieceBytes, bytes.Length - sent))).ConfigureAwait(false);
            await connection.PauseAsync(pause).ConfigureAwait(false);
        }

        return Result(await connection.ReadExpectedAsync(bytes).ConfigureAwait(false), bytes.Length);
    }

    public void Dispose() => connection.Dispose();

    private static StepResult Result(bool equal, int count) => equal
        ? StepResult.Ok(Echoed, count)
        : StepResult.Fail(StepResult.WrongAnswer, "other bytes came back than were sent");
}
