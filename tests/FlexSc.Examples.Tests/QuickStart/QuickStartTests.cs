using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using FlexSc.Examples.Tests.Kv;
using Xunit;

namespace FlexSc.Examples.Tests.QuickStart;

/// <summary>The same program with and without the lines that put it on FlexSC.</summary>
public sealed class QuickStartTests
{
    private const string Announcement = "listening on ";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("--io akka-io", "/system/IO-TCP/", "TERM")]
    [InlineData("--io flexsc", "/system/IO-FLEXSC-TCP/", "TERM")]
    [InlineData("--io flexsc --actors-on-loops", "/system/IO-FLEXSC-TCP/", "INT")]
    [InlineData("--io akka-io --actors-on-loops", "/system/IO-TCP/", "INT")]
    public async Task It_tells_who_serves_echoes_and_ends_on_a_signal(string options, string expectedPath, string signal)
    {
        using Process program = Start(options);
        try
        {
            string[] lines = await ReadToAnnouncementAsync(program);
            Assert.Contains(lines, line => line.StartsWith($"sockets are served by {expectedPath}", StringComparison.Ordinal));
            Assert.Contains("the client was answered: hello", lines);
            using Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = (int)Deadline.TotalMilliseconds };
            socket.Connect(IPEndPoint.Parse(lines[^1][Announcement.Length..]));
            Assert.Equal("and back", Echo(socket, "and back"u8));

            await PeerPrograms.RunAsync("kill", $"-{signal}", program.Id.ToString(CultureInfo.InvariantCulture));
            await program.WaitForExitAsync().WaitAsync(Deadline);

            Assert.Equal(0, program.ExitCode);
        }
        finally
        {
            program.Kill();
        }
    }

    [Fact]
    public async Task A_port_in_use_ends_with_1_and_a_wrong_one_is_refused()
    {
        using Socket holder = new(SocketType.Stream, ProtocolType.Tcp);
        holder.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        holder.Listen();
        string port = ((IPEndPoint)holder.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture);

        (int exitCode, string output) = await PeerPrograms.RunAsync("dotnet", [.. Program, "--port", port]);
        Assert.Equal(1, exitCode);
        Assert.Contains($"error: cannot listen on 127.0.0.1:{port}", output, StringComparison.Ordinal);

        (exitCode, output) = await PeerPrograms.RunAsync("dotnet", [.. Program, "--port", "65536"]);
        Assert.NotEqual(0, exitCode);
        Assert.Contains("--port must be a number from 0 to 65535", output, StringComparison.Ordinal);
    }

    private static string[] Program => ProgramHost.ArgumentsOf("QuickStart.dll");

    private static Process Start(string options) => Process.Start(
        new ProcessStartInfo("dotnet", [.. Program, "--port", "0", .. options.Split(' ')]) { RedirectStandardOutput = true })!;

    private static async Task<string[]> ReadToAnnouncementAsync(Process program)
    {
        List<string> lines = [];
        using CancellationTokenSource deadline = new(Deadline);
        while (await program.StandardOutput.ReadLineAsync(deadline.Token) is { } line)
        {
            lines.Add(line);
            if (line.StartsWith(Announcement, StringComparison.Ordinal))
            {
                return [.. lines];
            }
        }

        throw new EndOfStreamException($"the program ended before it listened: {string.Join('\n', lines)}");
    }

    private static string Echo(Socket socket, ReadOnlySpan<byte> text)
    {
        socket.Send(text);
        byte[] echoed = new byte[text.Length];
        for (int count = 0; count < echoed.Length;)
        {
            int more = socket.Receive(echoed.AsSpan(count));
            Assert.True(more > 0, "the connection ended before the echo");
            count += more;
        }

        return System.Text.Encoding.ASCII.GetString(echoed);
    }
}
