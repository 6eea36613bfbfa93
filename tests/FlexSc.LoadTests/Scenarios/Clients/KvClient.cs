using System.Globalization;
using System.Text;
using FlexSc.LoadTests.Scenarios.Model;

namespace FlexSc.LoadTests.Scenarios.Clients;

/// <summary>memcached's text protocol from the client's side, with checks.</summary>
internal sealed class KvClient(SocketConnection connection) : IDisposable
{
    private const string Stored = "STORED";
    private const string Hit = "VALUE";

    public static async Task<KvClient> OpenAsync(WorkloadTarget target) =>
        new(await SocketConnection.OpenAsync(target.EndPoint).ConfigureAwait(false));

    /// <summary>Stores a value; the server has to say that it did.</summary>
    public async ValueTask<StepResult> SetAsync(string key, ReadOnlyMemory<byte> value)
    {
        connection.StartStep();
        byte[] head = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"set {key} 0 0 {value.Length}\r\n"));
        byte[] request = new byte[head.Length + value.Length + 2];
        head.CopyTo(request, 0);
        value.CopyTo(request.AsMemory(head.Length));
        "\r\n"u8.CopyTo(request.AsSpan(head.Length + value.Length));
        await connection.SendAsync(request).ConfigureAwait(false);
        ReadOnlyMemory<byte> line = await connection.ReadLineAsync().ConfigureAwait(false);
        return line.Span.SequenceEqual("STORED"u8)
            ? StepResult.Ok(Stored, line.Length)
            : StepResult.Fail(StepResult.WrongAnswer, $"set {key}: '{Text(line)}'");
    }

    /// <summary>Asks for a value that must be there and be the expected one.</summary>
    /// <param name="pause">How long the answer is left unread.</param>
    public async ValueTask<StepResult> GetAsync(string key, ReadOnlyMemory<byte> expected, TimeSpan pause = default)
    {
        connection.StartStep();
        await connection.SendAsync(Encoding.ASCII.GetBytes($"get {key}\r\n")).ConfigureAwait(false);
        if (pause > TimeSpan.Zero)
        {
            await connection.PauseAsync(pause).ConfigureAwait(false);
        }

        string head = Text(await connection.ReadLineAsync().ConfigureAwait(false));
        if (head != string.Create(CultureInfo.InvariantCulture, $"VALUE {key} 0 {expected.Length}"))
        {
            return StepResult.Fail(StepResult.WrongAnswer, $"get {key}: '{head}'");
        }

        bool equal = await connection.ReadExpectedAsync(expected).ConfigureAwait(false);
        bool ended = (await connection.ReadLineAsync().ConfigureAwait(false)).Length == 0
            && (await connection.ReadLineAsync().ConfigureAwait(false)).Span.SequenceEqual("END"u8);
        return equal && ended ? StepResult.Ok(Hit, expected.Length) : StepResult.Fail(StepResult.WrongAnswer, $"get {key}: other bytes than were stored");
    }

    /// <summary>Ends the session; the server has to close the connection.</summary>
    public async ValueTask<StepResult> QuitAsync()
    {
        connection.StartStep();
        await connection.SendAsync("quit\r\n"u8.ToArray()).ConfigureAwait(false);
        return await connection.IsClosedAsync().ConfigureAwait(false)
            ? StepResult.Ok("closed", 0)
            : StepResult.Fail(StepResult.WrongAnswer, "quit: the server went on");
    }

    public void Dispose() => connection.Dispose();

    private static string Text(ReadOnlyMemory<byte> line) => Encoding.ASCII.GetString(line.Span);
}
