using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
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
    public async Task Bad_options_are_named_and_end_with_2(string arguments, string expected)
    {
        (int exitCode, string output) = await PeerPrograms.RunAsync("dotnet", [.. Program, .. arguments.Split(' ')]);

        Assert.Equal(2, exitCode);
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_ends_with_1()
    {
        using Process first = Start("--port", "0");
        try
        {
            IPEndPoint endPoint = await ReadEndPointAsync(first);
            (int exitCode, string output) = await PeerPrograms.RunAsync("dotnet", [.. Program, "--port", Text(endPoint.Port)]);

            Assert.Equal(1, exitCode);
            Assert.Contains($"error: cannot listen on {endPoint}", output, StringComparison.Ordinal);
        }
        finally
        {
            first.Kill();
        }
    }

    [SkippableTheory]
    [MemberData(nameof(VariantsAndSignals))]
    public async Task A_signal_stops_it_with_connections_open(string variant, string signal)
    {
        await IoVariants.SkipUnlessAvailableAsync(variant);
        using Process server = Start([.. IoVariants.Arguments(variant), "--port", "0", "--stop-timeout-s", Text(IoVariants.StopTimeoutSeconds)]);
        try
        {
            IPEndPoint endPoint = await ReadEndPointAsync(server);
            using KvClient client = new(endPoint);
            using KvClient midValue = new(endPoint);
            midValue.Send("set b 0 0 100\r\npart");
            Assert.Equal("STORED", client.Ask("set a 0 0 1\r\nx\r\n"));

            await PeerPrograms.RunAsync("kill", $"-{signal}", Text(server.Id));

            // Actors that do not stop in time make it end with another code.
            await server.WaitForExitAsync().WaitAsync(2 * Deadline);
            Assert.Equal(0, server.ExitCode);
            Assert.True(client.IsAtEnd());
        }
        finally
        {
            server.Kill();
        }
    }

    [SkippableTheory]
    [ClassData(typeof(IoVariants))]
    public async Task It_tells_which_backend_runs_and_counts(string variant)
    {
        await IoVariants.SkipUnlessAvailableAsync(variant);
        using Process server = Start([.. IoVariants.Arguments(variant), "--port", "0", "--stats-on-stdin"]);
        try
        {
            string description = (await server.StandardOutput.ReadLineAsync().WaitAsync(Deadline))!;
            using KvClient client = new(await ReadEndPointAsync(server));
            Assert.Equal("STORED", client.Ask("set a 0 0 1\r\nx\r\n"));
            JsonElement stats = await AskStatisticsAsync(server);
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
        finally
        {
            server.Kill();
        }
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
        await IoVariants.SkipUnlessAvailableAsync(variant);
        using Process server = Start([.. IoVariants.Arguments(variant), "--port", "0", "--stats-on-stdin"]);
        try
        {
            using KvClient client = new(await ReadEndPointAsync(server));
            AskMany(client, requests / 10);
            await AskStatisticsAsync(server);
            JsonElement before = await AskStatisticsAsync(server);
            AskMany(client, requests);
            JsonElement after = await AskStatisticsAsync(server);

            Assert.Equal(requests, after.GetProperty("requests").GetInt64() - before.GetProperty("requests").GetInt64());
            long bytes = after.GetProperty("allocatedBytes").GetInt64() - before.GetProperty("allocatedBytes").GetInt64();
            Assert.InRange((double)bytes / requests, 0, maxBytesPerRequest);
        }
        finally
        {
            server.Kill();
        }
    }

    [SkippableTheory]
    [ClassData(typeof(IoVariants))]
    public async Task Clients_that_die_leave_no_descriptor_and_no_line_in_the_log(string variant)
    {
        const int clients = 100;
        await IoVariants.SkipUnlessAvailableAsync(variant);
        using Process server = Start([.. IoVariants.Arguments(variant), "--port", "0"]);
        try
        {
            IPEndPoint endPoint = await ReadEndPointAsync(server);
            using KvClient witness = new(endPoint);
            Assert.Equal("NOT_FOUND", witness.Ask("delete a\r\n"));
            int before = SocketsOf(server);
            for (int index = 0; index < clients; index++)
            {
                using KvClient client = new(endPoint);
                client.Send(index % 3 == 0 ? "set a 0 0 1000\r\npart of it" : string.Concat(Enumerable.Repeat("get a\r\n", 2000)));
                client.Socket.LingerState = new LingerOption(index % 2 == 0, 0);
            }

            using CancellationTokenSource deadline = new(Deadline);
            using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(5));
            while (SocketsOf(server) != before || !witness.Ask("stats\r\n").Contains("STAT curr_connections 1|", StringComparison.Ordinal))
            {
                await timer.WaitForNextTickAsync(deadline.Token);
            }

            server.Kill();
            Assert.Equal("", await server.StandardError.ReadToEndAsync(deadline.Token));
        }
        finally
        {
            server.Kill();
        }
    }

    private static int SocketsOf(Process process) => new DirectoryInfo($"/proc/{process.Id}/fd").EnumerateFileSystemInfos()
        .Count(entry => entry.LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true);

    private static void AskMany(KvClient client, int requests)
    {
        for (int index = 0; index < requests; index += 2)
        {
            Assert.Equal("STORED", client.Ask("set a 0 0 3\r\nabc\r\n"));
            Assert.Equal("VALUE a 0 3|abc|END", client.Ask("get a\r\n"));
        }
    }

    private static async Task<JsonElement> AskStatisticsAsync(Process server)
    {
        await server.StandardInput.WriteLineAsync("stats");
        using JsonDocument document = JsonDocument.Parse((await server.StandardOutput.ReadLineAsync().WaitAsync(Deadline))!);
        return document.RootElement.Clone();
    }

    private static string[] Program => ProgramHost.ArgumentsOf("KvServer.dll");

    private static Process Start(params string[] arguments) => Process.Start(new ProcessStartInfo("dotnet", [.. Program, .. arguments])
    {
        RedirectStandardError = true,
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
