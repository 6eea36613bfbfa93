using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Xunit;

namespace FlexSc.Examples.Tests.Kv;

/// <summary>The program as an operator meets it: options, exit codes, signals.</summary>
public sealed class ProgramTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("--port 99999", "--port must be a number from 0 to 65535")]
    [InlineData("--port x", "--port must be a number")]
    [InlineData("--cpus 3-1", "--cpus takes core numbers")]
    [InlineData("--cpus 0,0", "names a core twice")]
    [InlineData("--cpus 0,1 --loops 1", "name one core for each")]
    [InlineData("--io akka-io --cpus 0", "--cpus has no meaning with --io akka-io")]
    [InlineData("--io akka-io --backend io-uring", "--backend has no meaning")]
    [InlineData("--memory-limit-mb 1", "raise the first or lower the second")]
    [InlineData("--backend magic", "magic")]
    [InlineData("--nonsense", "--nonsense")]
    public async Task Bad_options_are_named_and_end_with_2(string arguments, string expected)
    {
        (int exitCode, string output) = await PeerPrograms.RunAsync("dotnet", [.. Program, .. arguments.Split(' ')]);

        Assert.Equal(2, exitCode);
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_ends_with_1()
    {
        using Process first = Start("--io", "akka-io", "--port", "0");
        try
        {
            IPEndPoint endPoint = await ReadEndPointAsync(first);
            (int exitCode, string output) = await PeerPrograms.RunAsync("dotnet", [.. Program, "--io", "akka-io", "--port", Text(endPoint.Port)]);

            Assert.Equal(1, exitCode);
            Assert.Contains($"error: cannot listen on {endPoint}", output, StringComparison.Ordinal);
        }
        finally
        {
            first.Kill();
        }
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_signal_stops_it_in_two_seconds_with_connections_open(string signal)
    {
        using Process server = Start("--io", "akka-io", "--port", "0", "--stats-on-stdin");
        try
        {
            using KvClient client = new(await ReadEndPointAsync(server));
            Assert.Equal("STORED", client.Ask("set a 0 0 1\r\nx\r\n"));
            await server.StandardInput.WriteLineAsync("stats");
            using JsonDocument stats = JsonDocument.Parse((await server.StandardOutput.ReadLineAsync())!);
            Assert.Equal(1, stats.RootElement.GetProperty("requests").GetInt64());
            Assert.True(stats.RootElement.GetProperty("allocatedBytes").GetInt64() > 0);
            Assert.True(stats.RootElement.GetProperty("cpuMs").GetDouble() > 0);

            Stopwatch watch = Stopwatch.StartNew();
            await PeerPrograms.RunAsync("kill", $"-{signal}", Text(server.Id));
            await server.WaitForExitAsync().WaitAsync(Deadline);

            Assert.Equal(0, server.ExitCode);
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));
            Assert.True(client.IsAtEnd());
        }
        finally
        {
            server.Kill();
        }
    }

    private static string[] Program => ProgramHost.ArgumentsOf("KvServer.dll");

    private static Process Start(params string[] arguments) => Process.Start(new ProcessStartInfo("dotnet", [.. Program, .. arguments])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!;

    private static async Task<IPEndPoint> ReadEndPointAsync(Process server)
    {
        const string announcement = "listening on ";
        using CancellationTokenSource deadline = new(Deadline);
        while (await server.StandardOutput.ReadLineAsync(deadline.Token) is { } line)
        {
            if (line.StartsWith(announcement, StringComparison.Ordinal))
            {
                return IPEndPoint.Parse(line[announcement.Length..]);
            }
        }

        throw new EndOfStreamException("the server ended before it listened");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
