using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using FlexSc.Measuring.Machine;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;
using Xunit;

namespace FlexSc.Examples.Tests.Kv;

/// <summary>The program as an operator meets it: options, exit codes, signals.</summary>
public sealed class ProgramTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>Each variant with each signal.</summary>
    public static TheoryData<string, string> VariantsAndSignals
    {
        get
        {
            TheoryData<string, string> cases = [];
            foreach (string variant in IoVariants.All)
            {
                cases.Add(variant, "TERM");
                cases.Add(variant, "INT");
            }

            return cases;
        }
    }

    [Theory]
    [InlineData("--port 99999", "--port must be a number from 0 to 65535")]
    [InlineData("--port x", "--port must be a number")]
    [InlineData("--cpus 3-1", "--cpus takes core numbers")]
    [InlineData("--cpus 0,0", "names a core twice")]
    [InlineData("--cpus 0,1 --loops 1", "name one core for each")]
    [InlineData("--cpus 0 --pin off", "--cpus has no meaning with --pin off")]
    [InlineData("--io akka-io --pin off", "--pin has no meaning with --io akka-io")]
    [InlineData("--io akka-io --cpus 0", "--cpus has no meaning with --io akka-io")]
    [InlineData("--io akka-io --backend io-uring", "--backend has no meaning")]
    [InlineData("--memory-limit-mb 1", "raise the first or lower the second")]
    [InlineData("--backend magic", "magic")]
    [InlineData("--nonsense", "--nonsense")]
    [InlineData("--syscall-threads 65", "--syscall-threads must be a number from 0 to 64")]
    [InlineData("--syscall-threads 2 --backend io-uring", "--syscall-threads has no meaning with --backend io-uring")]
    [InlineData("--io akka-io --syscall-threads 2", "--syscall-threads has no meaning with --io akka-io")]
    public void Bad_options_are_named_and_end_with_2(string arguments, string expected)
    {
        ProgramResult result = ExampleProgram.Kv.Run(arguments.Split(' '));

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_port_in_use_ends_with_1()
    {
        using ServerProcess first = ExampleProgram.Kv.Start("--port", "0");
        ProgramResult result = ExampleProgram.Kv.Run("--port", $"{first.EndPoint.Port}");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"error: cannot listen on {first.EndPoint}", result.Error, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [MemberData(nameof(VariantsAndSignals))]
    public async Task A_signal_stops_it_with_connections_open(string variant, string signal)
    {
        await IoVariants.SkipUnlessAvailableAsync(variant);
        using ServerProcess server = ExampleProgram.Kv.Start(
            [.. IoVariants.Arguments(variant), "--port", "0", "--drain-ms", "50", "--stop-timeout-s", $"{IoVariants.StopTimeoutSeconds}"]);
        using KvClient client = new(server.EndPoint);
        using KvClient midValue = new(server.EndPoint);
        midValue.Send("set b 0 0 100\r\npart");
        Assert.Equal("STORED", client.Ask("set a 0 0 1\r\nx\r\n"));

        // Actors that do not stop in time make it end with another code.
        Assert.Equal(0, ExampleProgram.End(server, signal).ExitCode);
        Assert.True(client.IsAtEnd());
    }

    [SkippableTheory]
    [ClassData(typeof(IoVariants))]
    public async Task It_tells_which_backend_runs_and_counts(string variant)
    {
        await IoVariants.SkipUnlessAvailableAsync(variant);
        using ServerProcess server = ExampleProgram.Kv.Start([.. IoVariants.Arguments(variant), "--port", "0", "--stats-on-stdin"]);
        string description = server.Description;
        using KvClient client = new(server.EndPoint);
        Assert.Equal("STORED", client.Ask("set a 0 0 1\r\nx\r\n"));
        JsonElement stats = ExampleProgram.Stats(server);
        Assert.Equal(1, stats.GetProperty("requests").GetInt64());
        Assert.True(stats.GetProperty("allocatedBytes").GetInt64() > 0);
        Assert.True(stats.GetProperty("cpuMs").GetDouble() > 0);
        if (variant == IoVariants.AkkaIo)
        {
            Assert.Contains("stock Akka.IO", description, StringComparison.Ordinal);
            Assert.Empty(stats.GetProperty("loops").EnumerateArray());
            return;
        }

        JsonElement loop = Assert.Single(stats.GetProperty("loops").EnumerateArray());
        string backend = IoVariants.Options(variant).Backend;
        Assert.StartsWith($"sockets: FlexSC, backend {backend}", description, StringComparison.Ordinal);
        Assert.Contains($"on core {loop.GetProperty("cpu").GetInt32()}, because it was asked for", description, StringComparison.Ordinal);
        Assert.Equal(0, loop.GetProperty("index").GetInt32());
        Assert.Equal(backend, loop.GetProperty("backend").GetString());
        Assert.Equal(1, loop.GetProperty("connections").GetInt32());
        Assert.All(["turns", "submissions", "traps"], name => Assert.True(loop.GetProperty(name).GetInt64() > 0, name));
    }

    [SkippableTheory]
    [InlineData(IoVariants.FlexScPooled)]
    [InlineData(IoVariants.PooledByLoop)]
    [InlineData(IoVariants.PooledByThreads)]
    public async Task A_request_by_pooled_messages_allocates_nothing(string variant)
    {
        // Room for what the question itself and the runtime's own threads allocate; one object for each request would pass it.
        const double maxBytesPerRequest = 16;
        const int requests = 20_000;
        const int attempts = 3;
        await IoVariants.SkipUnlessAvailableAsync(variant);
        using ServerProcess server = ExampleProgram.Kv.Start([.. IoVariants.Arguments(variant), "--port", "0", "--stats-on-stdin"]);
        using KvClient client = new(server.EndPoint);
        AskMany(client, requests / 10);

        // What allocates by the clock counts for more requests on a machine that is slow for a while: one object for each would be there each time.
        double least = double.MaxValue;
        for (int attempt = 0; attempt < attempts && least > maxBytesPerRequest; attempt++)
        {
            server.StatsLine();
            JsonElement before = ExampleProgram.Stats(server);
            AskMany(client, requests);
            JsonElement after = ExampleProgram.Stats(server);
            Assert.Equal(requests, after.GetProperty("requests").GetInt64() - before.GetProperty("requests").GetInt64());
            long bytes = after.GetProperty("allocatedBytes").GetInt64() - before.GetProperty("allocatedBytes").GetInt64();
            least = Math.Min(least, (double)bytes / requests);
        }

        Assert.InRange(least, 0, maxBytesPerRequest);
    }

    [SkippableTheory]
    [ClassData(typeof(IoVariants))]
    public async Task Clients_that_die_leave_no_descriptor_and_no_line_in_the_log(string variant)
    {
        const int clients = 100;
        await IoVariants.SkipUnlessAvailableAsync(variant);
        using ServerProcess server = ExampleProgram.Kv.Start([.. IoVariants.Arguments(variant), "--port", "0"]);
        IPEndPoint endPoint = server.EndPoint;
        using KvClient witness = new(endPoint);
        Assert.Equal("NOT_FOUND", witness.Ask("delete a\r\n"));
        int before = ExampleProgram.CountDescriptors(server);
        for (int index = 0; index < clients; index++)
        {
            using KvClient client = new(endPoint);
            client.Send(index % 3 == 0 ? "set a 0 0 1000\r\npart of it" : string.Concat(Enumerable.Repeat("get a\r\n", 2000)));
            client.Socket.LingerState = new LingerOption(index % 2 == 0, 0);
        }

        using CancellationTokenSource deadline = new(Deadline);
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(5));
        while (ExampleProgram.CountDescriptors(server) != before || !witness.Ask("stats\r\n").Contains("STAT curr_connections 1|", StringComparison.Ordinal))
        {
            await timer.WaitForNextTickAsync(deadline.Token);
        }

        server.Signal(NativeCalls.SignalKill);
        Assert.Equal("", server.WaitForEnd(Deadline).Error);
    }

    private static void AskMany(KvClient client, int requests)
    {
        for (int index = 0; index < requests; index += 2)
        {
            Assert.Equal("STORED", client.Ask("set a 0 0 3\r\nabc\r\n"));
            Assert.Equal("VALUE a 0 3|abc|END", client.Ask("get a\r\n"));
        }
    }
}
