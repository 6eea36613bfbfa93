using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Xunit;

namespace FlexSc.Examples.Tests.Http;

public sealed class HttpProgramTests
{
    [Theory]
    [InlineData("--port", "65536", "65536")]
    [InlineData("--port", "x", "--port")]
    [InlineData("--host", "nowhere", "nowhere")]
    [InlineData("--backend", "magic", "magic")]
    [InlineData("--cpus", "3-1", "3-1")]
    [InlineData("--cpus", "0,1", "--loops")]
    [InlineData("--root", "/does/not/exist", "/does/not/exist")]
    [InlineData("--max-headers", "0", "--max-headers")]
    [InlineData("--surprise", "1", "--surprise")]
    public async Task A_bad_option_exits_2_and_is_named(string option, string value, string named)
    {
        using ServerProcess server = new(option, value);
        (int exitCode, string error) = await server.WaitForExitAsync();

        Assert.Equal(2, exitCode);
        Assert.Contains(named, error, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task A_port_in_use_exits_1(string mode)
    {
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode);
        int port = fixture.Service.Endpoint.Port;
        using ServerProcess server = new(["--port", $"{port}", .. ServiceModes.ArgumentsOf(mode)]);
        (int exitCode, string error) = await server.WaitForExitAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains($"127.0.0.1:{port}", error, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task The_program_serves_reports_and_stops_on_a_signal(string mode)
    {
        await ServiceModes.SkipUnlessAvailableAsync(mode);
        foreach (string signal in new[] { "TERM", "INT" })
        {
            using ServerProcess server = new(["--port", "0", "--stats-on-stdin", .. ServiceModes.ArgumentsOf(mode)]);
            string line = await server.ReadUntilLineAsync("listening on ");
            IPEndPoint endpoint = IPEndPoint.Parse(line["listening on http://".Length..]);
            using RawClient client = await RawClient.ConnectAsync(endpoint);
            await client.SendAsync("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n");
            await client.ReadUntilAsync("Hello, World!");

            await server.WriteLineAsync("stats");
            using JsonDocument stats = JsonDocument.Parse(await server.ReadUntilLineAsync("{"));
            Assert.Equal(1, stats.RootElement.GetProperty("requests").GetInt64());
            Assert.Equal(1, stats.RootElement.GetProperty("connections").GetInt32());
            Assert.True(stats.RootElement.GetProperty("allocatedBytes").GetInt64() > 0);
            Assert.True(stats.RootElement.GetProperty("cpuMs").GetDouble() > 0);

            Stopwatch watch = Stopwatch.StartNew();
            await server.SignalAsync(signal);
            (int exitCode, string error) = await server.WaitForExitAsync();
            Assert.Equal((0, ""), (exitCode, error));
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        }
    }
}
