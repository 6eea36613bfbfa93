using System.Text.Json;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;
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
    [InlineData("--cpus", "1,1", "twice")]
    [InlineData("--pin", "maybe", "maybe")]
    [InlineData("--syscall-threads", "65", "--syscall-threads")]
    [InlineData("--max-file-calls", "0", "--max-file-calls")]
    [InlineData("--root", "/does/not/exist", "/does/not/exist")]
    [InlineData("--max-headers", "0", "--max-headers")]
    [InlineData("--surprise", "1", "--surprise")]
    public void A_bad_option_exits_2_and_is_named(string option, string value, string named)
    {
        ProgramResult result = ExampleProgram.Http.Run(option, value);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(named, result.Error, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task A_port_in_use_exits_1(string mode)
    {
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode);
        int port = fixture.Service.Endpoint.Port;
        ProgramResult result = ExampleProgram.Http.Run(["--port", $"{port}", .. ServiceModes.ArgumentsOf(mode)]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"127.0.0.1:{port}", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--cpus", "0")]
    [InlineData("--pin", "off")]
    [InlineData("--backend", "io-uring")]
    [InlineData("--syscall-threads", "1")]
    [InlineData("--messages", "pooled")]
    public void Options_of_FlexSC_are_refused_with_stock_Akka_IO(string option, string value)
    {
        ProgramResult result = ExampleProgram.Http.Run("--io", "akka-io", option, value);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"{option}", result.Error, StringComparison.Ordinal);
        Assert.Contains("--io akka-io", result.Error, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task The_program_serves_reports_and_stops_on_a_signal(string mode)
    {
        await ServiceModes.SkipUnlessAvailableAsync(mode);
        foreach (string signal in new[] { "TERM", "INT" })
        {
            using ServerProcess server = ExampleProgram.Http.Start(["--port", "0", "--stats-on-stdin", .. ServiceModes.ArgumentsOf(mode)]);
            using RawClient client = await RawClient.ConnectAsync(server.EndPoint);
            await client.SendAsync("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n");
            await client.ReadUntilAsync("Hello, World!");

            JsonElement stats = ExampleProgram.Stats(server);
            Assert.Equal(1, stats.GetProperty("requests").GetInt64());
            Assert.Equal(1, stats.GetProperty("connections").GetInt32());
            Assert.True(stats.GetProperty("allocatedBytes").GetInt64() > 0);
            Assert.True(stats.GetProperty("cpuMs").GetDouble() > 0);
            AssertLoops(mode, stats.GetProperty("loops"));

            ProgramResult end = ExampleProgram.End(server, signal);
            Assert.Equal((0, ""), (end.ExitCode, end.Error));
        }
    }

    [SkippableTheory]
    [ClassData(typeof(FlexScModes))]
    public async Task A_request_allocates_no_more_than_its_budget(string mode)
    {
        const int Requests = 5000;
        const int MostRounds = 5;
        int budgetBytes = mode.StartsWith(ServiceModes.FlexScPooled, StringComparison.Ordinal) ? 16 : 300;
        await ServiceModes.SkipUnlessAvailableAsync(mode);
        using ServerProcess server = ExampleProgram.Http.Start(["--port", "0", "--stats-on-stdin", .. ServiceModes.ArgumentsOf(mode)]);
        using RawClient client = await RawClient.ConnectAsync(server.EndPoint);

        // What the first report sets up, and what the first requests do, is no request's. What timers and the compiler allocate meanwhile
        // is none's either, and is the more the longer the requests take: so the least of some rounds.
        server.StatsLine();
        await ServeAsync();
        double leastBytes = double.MaxValue;
        int rounds = 0;
        for (; rounds < MostRounds && leastBytes > budgetBytes; rounds++)
        {
            long before = AllocatedBytes();
            await ServeAsync();
            leastBytes = Math.Min(leastBytes, (AllocatedBytes() - before) / (double)Requests);
        }

        Assert.Equal((rounds + 1) * Requests, ExampleProgram.Stats(server).GetProperty("requests").GetInt64());
        Assert.InRange(leastBytes, 0, budgetBytes);

        long AllocatedBytes() => ExampleProgram.Stats(server).GetProperty("allocatedBytes").GetInt64();

        async Task ServeAsync()
        {
            for (int request = 0; request < Requests; request++)
            {
                await client.SendAsync("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n");
                await client.ReadUntilAsync("Hello, World!");
                client.Forget();
            }
        }
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task Descriptors_return_to_those_of_the_start(string mode)
    {
        await ServiceModes.SkipUnlessAvailableAsync(mode);
        string root = Directory.CreateTempSubdirectory("flexsc-http-").FullName;
        await File.WriteAllBytesAsync(Path.Combine(root, "big.bin"), new byte[1_000_000]);
        using ServerProcess server = ExampleProgram.Http.Start(["--port", "0", "--root", root, "--stats-on-stdin", .. ServiceModes.ArgumentsOf(mode)]);
        int before = ExampleProgram.CountDescriptors(server, root);
        for (int round = 0; round < 3; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 50).Select(async index =>
            {
                using RawClient client = await RawClient.ConnectAsync(server.EndPoint, receiveBufferBytes: 4096);
                await client.SendAsync("GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n");
                await client.ReadUntilAsync("\r\n\r\n");
                if (index % 2 == 0)
                {
                    client.Reset();
                }
            }));
        }

        // Each question is answered by the server, after what it has done before.
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(30));
        while (ExampleProgram.CountDescriptors(server, root) != before && !deadline.IsCancellationRequested)
        {
            server.StatsLine();
        }

        Assert.Equal(before, ExampleProgram.CountDescriptors(server, root));
        JsonElement stats = ExampleProgram.Stats(server);
        Assert.Equal((0, 0), (stats.GetProperty("connections").GetInt32(), stats.GetProperty("openFiles").GetInt32()));
        Directory.Delete(root, recursive: true);
    }

    private static void AssertLoops(string mode, JsonElement loops)
    {
        if (mode == ServiceModes.AkkaIo)
        {
            Assert.Equal(0, loops.GetArrayLength());
            return;
        }

        JsonElement loop = Assert.Single(loops.EnumerateArray());
        Assert.Equal(0, loop.GetProperty("index").GetInt32());
        Assert.Contains(loop.GetProperty("backend").GetString()!, string.Join(' ', ServiceModes.ArgumentsOf(mode)), StringComparison.Ordinal);
        Assert.True(loop.GetProperty("cpu").GetInt32() >= 0);
        Assert.True(loop.GetProperty("turns").GetInt64() > 0);
        Assert.True(loop.GetProperty("submissions").GetInt64() > 0);
        Assert.True(loop.GetProperty("traps").GetInt64() > 0);
        Assert.Equal(1, loop.GetProperty("connections").GetInt32());
    }
}
