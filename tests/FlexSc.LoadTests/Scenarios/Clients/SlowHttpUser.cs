using System.Globalization;
using System.Text;
using FlexSc.LoadTests.Scenarios.Model;

namespace FlexSc.LoadTests.Scenarios.Clients;

/// <summary>Clients that a server must not wait for: one that trickles its request in, one that leaves the answer unread.</summary>
internal static class SlowHttpUser
{
    private const int PieceBytes = 8;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Sends a request in pieces of a few bytes.</summary>
    public static async ValueTask<StepResult> TrickleAsync(WorkloadTarget target, string path, ReadOnlyMemory<byte> expected)
    {
        using SocketConnection connection = await SocketConnection.OpenAsync(target.EndPoint).ConfigureAwait(false);
        connection.StartStep();
        ReadOnlyMemory<byte> request = RequestFor(target, path);
        for (int sent = 0; sent < request.Length; sent += PieceBytes)
        {
            await connection.SendAsync(request.Slice(sent, Math.Min(PieceBytes, request.Length - sent))).ConfigureAwait(false);
            await connection.PauseAsync(Pause).ConfigureAwait(false);
        }

        return await ReadResponseAsync(connection, path, expected).ConfigureAwait(false);
    }

    /// <summary>Asks for a body that is larger than the socket buffers and does not read it for a while.</summary>
    public static async ValueTask<StepResult> ReadLateAsync(WorkloadTarget target, string path, ReadOnlyMemory<byte> expected, TimeSpan pause)
    {
        using SocketConnection connection = await SocketConnection.OpenAsync(target.EndPoint).ConfigureAwait(false);
        connection.StartStep();
        await connection.SendAsync(RequestFor(target, path)).ConfigureAwait(false);
        await connection.PauseAsync(pause).ConfigureAwait(false);
        return await ReadResponseAsync(connection, path, expected).ConfigureAwait(false);
    }

    private static byte[] RequestFor(WorkloadTarget target, string path) =>
        Encoding.ASCII.GetBytes($"GET /{path} HTTP/1.1\r\nHost: {target.EndPoint}\r\nConnection: close\r\n\r\n");

    private static async ValueTask<StepResult> ReadResponseAsync(SocketConnection connection, string path, ReadOnlyMemory<byte> expected)
    {
        const string LengthField = "Content-Length:";
        string status = Encoding.ASCII.GetString((await connection.ReadLineAsync().ConfigureAwait(false)).Span);
        int? length = null;
        while (true)
        {
            string line = Encoding.ASCII.GetString((await connection.ReadLineAsync().ConfigureAwait(false)).Span);
            if (line.Length == 0)
            {
                break;
            }

            if (line.StartsWith(LengthField, StringComparison.OrdinalIgnoreCase))
            {
                length = int.Parse(line.AsSpan(LengthField.Length).Trim(), CultureInfo.InvariantCulture);
            }
        }

        if (!status.StartsWith("HTTP/1.1 200", StringComparison.Ordinal) || length != expected.Length)
        {
            return StepResult.Fail(StepResult.WrongAnswer, $"GET {path}: '{status}' with {length} bytes");
        }

        return await connection.ReadExpectedAsync(expected).ConfigureAwait(false)
            ? StepResult.Ok("200", expected.Length)
            : StepResult.Fail(StepResult.WrongAnswer, $"GET {path}: other bytes than the file's");
    }
}
