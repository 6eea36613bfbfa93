using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FlexSc.Examples.Tests;
using FlexSc.Packaging.Tests.Containers;
using FlexSc.Measuring.Servers;
using Xunit;

namespace FlexSc.Packaging.Tests.Observed;

/// <summary>The example as Prometheus and an orchestrator meet it.</summary>
public sealed class ObservedTests
{
    private static readonly ExampleProgram Program = new("Observed");
    private static readonly string[] Arguments = ["--urls", "http://127.0.0.1:0", "--Echo:Port", "0", "--FlexSc:Loops:Count", "2"];

    [Fact]
    public async Task A_scrape_shows_what_the_loops_did()
    {
        using ServerProcess server = Program.Start(Arguments);
        using HttpClient http = Client(server);
        Dictionary<string, double> before = Sums(await http.GetStringAsync("/metrics"));
        using Socket peer = new(SocketType.Stream, ProtocolType.Tcp);
        await EchoAsync(server, peer);
        string scrape;
        Dictionary<string, double> after;
        using CancellationTokenSource deadline = new(ExampleProgram.Deadline);
        do
        {
            // The exporter answers from what it has for a third of a second.
            scrape = await http.GetStringAsync("/metrics", deadline.Token);
            after = Sums(scrape);
        }
        while (after["flexsc_connections"] == before["flexsc_connections"]);

        Assert.Equal(1, after["flexsc_connections"]);
        Assert.True(after["flexsc_syscalls_total"] > before["flexsc_syscalls_total"]);
        Assert.True(after["flexsc_traps_total"] > 0);
        Assert.True(after["flexsc_completion_duration_seconds_count"] > 0);
        Assert.Contains("flexsc_loop=\"1\"", scrape, StringComparison.Ordinal);
        Assert.Contains("flexsc_system=\"observed\"", scrape, StringComparison.Ordinal);
        await EndAsync(server);
    }

    [Fact]
    public async Task It_is_healthy_where_nothing_is_the_matter()
    {
        using ServerProcess server = Program.Start([.. Arguments, "--FlexSc:Loops:Backend", "syscall-threads"]);
        using HttpClient http = Client(server);
        Assert.Equal("flexsc: Healthy: 2 loops on syscall-threads answer\n", await http.GetStringAsync("/health"));
        await EndAsync(server);
    }

    [SkippableFact]
    public async Task Under_a_filter_that_bars_io_uring_it_is_degraded_with_reason_and_remedy_and_serves()
    {
        using ServerProcess server = Program.StartBy(Confinement.WithoutIoUring(), Arguments);
        using HttpClient http = Client(server);
        using HttpResponseMessage response = await http.GetAsync("/health");
        string health = await response.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.StartsWith("flexsc: Degraded: the backend is a fallback, syscall-threads: io-uring cannot run: ", health, StringComparison.Ordinal);
        Assert.Contains("io_uring_setup answered EPERM", health, StringComparison.Ordinal);
        Assert.Contains("seccomp", health, StringComparison.Ordinal);
        using Socket peer = new(SocketType.Stream, ProtocolType.Tcp);
        await EchoAsync(server, peer);
        await EndAsync(server);
    }

    private static HttpClient Client(ServerProcess server) =>
        new() { BaseAddress = new Uri(server.Addresses.Single(static address => address.StartsWith("http", StringComparison.Ordinal))), Timeout = ExampleProgram.Deadline };

    private static async Task EchoAsync(ServerProcess server, Socket peer)
    {
        await peer.ConnectAsync(IPAddress.Loopback, server.EndPoint.Port);
        await peer.SendAsync("hello"u8.ToArray());
        byte[] answer = new byte[5];
        Assert.Equal(5, await peer.ReceiveAsync(answer).WaitAsync(ExampleProgram.Deadline));
        Assert.Equal("hello", Encoding.ASCII.GetString(answer));
    }

    private static Task EndAsync(ServerProcess server) => Task.Run(() => Assert.Equal(0, ExampleProgram.End(server, "TERM").ExitCode));

    /// <summary>The samples of each name added up, whatever their labels.</summary>
    private static Dictionary<string, double> Sums(string scrape) => scrape.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(static line => !line.StartsWith('#'))
        .Select(static line => (Name: line.Split('{', ' ')[0], Value: double.Parse(line[(line.LastIndexOf('}') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture)))
        .GroupBy(static sample => sample.Name)
        .ToDictionary(static samples => samples.Key, static samples => samples.Sum(static sample => sample.Value));
}
