using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Akka.Configuration;
using Akka.Hosting;
using FlexSc.Akka.Hosting;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Xunit;

namespace FlexSc.Akka.Tests.Hosting;

/// <summary>The dashboard with its own server.</summary>
public sealed class FlexScDashboardSpec : FlexScSpec
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient _client = new() { Timeout = Patience };

    public FlexScDashboardSpec()
        : base(ConfigurationFactory.ParseString("flexsc.loops { count = 1, pin = off, stall-warning-ms = 100 }"))
    {
        FlexTcp.For(Sys);
    }

    [Fact]
    public async Task A_loop_that_is_held_up_does_not_hold_up_the_dashboard_and_is_shown()
    {
        await using FlexScDashboard dashboard = Start();
        using ManualResetEventSlim goOn = new();
        Task<bool> blocking = FlexLoops.RunAsync(Sys, 0, _ => Task.FromResult(goOn.Wait(Patience)));
        try
        {
            using CancellationTokenSource deadline = new(Patience);
            while (!(await ReportAsync(dashboard)).GetProperty("report").GetProperty("loops")[0].GetProperty("isHeldUp").GetBoolean())
            {
                deadline.Token.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            goOn.Set();
        }

        Assert.True(await blocking.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_viewer_who_leaves_makes_room_for_another()
    {
        await using FlexScDashboard dashboard = Start(new FlexScDashboardOptions { Port = 0, MaxViewers = 1, IntervalMs = 250 });
        Uri events = new($"{dashboard.Address}/events");
        using (HttpResponseMessage first = await _client.GetAsync(events, HttpCompletionOption.ResponseHeadersRead))
        {
            Assert.Equal("text/event-stream", first.Content.Headers.ContentType!.MediaType);
            using StreamReader reader = new(await first.Content.ReadAsStreamAsync());
            long sequence = await SequenceAsync(reader);
            Assert.True(await SequenceAsync(reader) > sequence);
            using HttpResponseMessage second = await _client.GetAsync(events, HttpCompletionOption.ResponseHeadersRead);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, second.StatusCode);
        }

        using CancellationTokenSource deadline = new(Patience);
        while (true)
        {
            using HttpResponseMessage next = await _client.GetAsync(events, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
            if (next.StatusCode == HttpStatusCode.OK)
            {
                break;
            }
        }
    }

    [Theory]
    [InlineData("\0\u0001garbage\r\n\r\n", 400)]
    [InlineData("GET /flexsc\r\n\r\n", 400)]
    [InlineData("GET flexsc HTTP/1.1\r\nHost: localhost\r\n\r\n", 400)]
    [InlineData("GET /flexsc HTTP/2.0\r\nHost: localhost\r\n\r\n", 400)]
    [InlineData("GET  /flexsc HTTP/1.1\r\nHost: localhost\r\n\r\n", 400)]
    [InlineData("GET /flexsc HTTP/1.1\r\nHost: localhost\r\n folded\r\n\r\n", 400)]
    [InlineData("GET /flexsc HTTP/1.1\r\nHost : localhost\r\n\r\n", 400)]
    [InlineData("GET /flexsc HTTP/1.1\r\nHost: localhost\r\nHost: flexsc.example\r\n\r\n", 400)]
    [InlineData("GET /flexsc HTTP/1.1\nHost: localhost\n\r\n\r\n", 400)]
    [InlineData("GET /flexsc HTTP/1.1\r\n\r\n", 403)]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 404)]
    [InlineData("POST /flexsc HTTP/1.1\r\nHost: localhost\r\n\r\n", 405)]
    [InlineData("LONG", 431)]
    [InlineData("GET /flexsc HTTP/1.0\r\nHost: localhost\r\n\r\n", 200)]
    [InlineData("HEAD /flexsc/events HTTP/1.1\r\nHost: localhost\r\n\r\n", 200)]
    public async Task Raw_requests_are_answered_and_the_connection_ends(string request, int status)
    {
        await using FlexScDashboard dashboard = Start();
        string sent = request == "LONG" ? $"GET /flexsc HTTP/1.1\r\nHost: localhost\r\nX: {new string('x', 8 * 1024)}" : request;
        string answer = await ExchangeAsync(dashboard.EndPoint, sent);
        Assert.StartsWith($"HTTP/1.1 {status.ToString(CultureInfo.InvariantCulture)} ", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", answer, StringComparison.Ordinal);
        if (request.StartsWith("HEAD", StringComparison.Ordinal))
        {
            Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_begins_and_does_not_go_on_holds_nobody_up_and_ends_with_the_dashboard()
    {
        FlexScDashboard dashboard = Start();
        using Socket late = await ConnectAsync(dashboard.EndPoint);
        await late.SendAsync("GET /flex"u8.ToArray());
        using HttpResponseMessage viewer = await _client.GetAsync(
            new Uri($"{dashboard.Address}/events"), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, viewer.StatusCode);
        await dashboard.DisposeAsync().AsTask().WaitAsync(Patience);
        Assert.Equal(0, await ReceiveAsync(late));
        using Socket refused = new(SocketType.Stream, ProtocolType.Tcp);
        await Assert.ThrowsAsync<SocketException>(() => refused.ConnectAsync(dashboard.EndPoint));
    }

    [Fact]
    public async Task It_ends_with_its_system()
    {
        FlexScDashboard dashboard = Start();
        await ReportAsync(dashboard);
        await Sys.Terminate().WaitAsync(Patience);
        using CancellationTokenSource deadline = new(Patience);
        while (true)
        {
            using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(dashboard.EndPoint, deadline.Token);
            }
            catch (SocketException)
            {
                break;
            }
        }
    }

    [Fact]
    public async Task Settings_switch_it_on()
    {
        LoggedLines lines = new();
        Dictionary<string, string?> settings = new()
        {
            ["FlexSc:Loops:Count"] = "1", ["FlexSc:Loops:Pin"] = "false", ["FlexSc:Dashboard:Enabled"] = "true",
            ["FlexSc:Dashboard:Port"] = "0", ["FlexSc:Dashboard:Token"] = "correct-horse-battery",
        };
        await using FlexScHost host = await StartHostAsync(settings, lines);
        string line = await lines.WaitForAsync("the dashboard of FlexSC is at ");
        Uri address = new(line[line.IndexOf("http://", StringComparison.Ordinal)..]);
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri($"{address}/report"));
        request.Headers.Authorization = new("Bearer", "correct-horse-battery");
        using HttpResponseMessage answer = await _client.SendAsync(request);
        Assert.Contains("\"system\":\"hosted\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, (await _client.GetAsync(address)).StatusCode);

        // The section is none of a configuration's keys.
        await host.EchoAsync();
        Assert.DoesNotContain(lines.All, static line => line.Contains("is not known", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_port_in_use_is_an_error_in_the_log_and_the_program_runs()
    {
        await using FlexScDashboard first = Start();
        LoggedLines lines = new();
        Dictionary<string, string?> settings = new()
        {
            ["FlexSc:Loops:Count"] = "1", ["FlexSc:Loops:Pin"] = "false", ["FlexSc:Dashboard:Enabled"] = "true",
            ["FlexSc:Dashboard:Port"] = first.EndPoint.Port.ToString(CultureInfo.InvariantCulture),
        };
        await using FlexScHost host = await StartHostAsync(settings, lines);
        string line = await lines.WaitForAsync($"the dashboard cannot listen on {first.EndPoint}");
        Assert.Contains("take another FlexSc:Dashboard:Port", line, StringComparison.Ordinal);
        await host.EchoAsync();
    }

    [Fact]
    public async Task A_mistake_in_the_settings_ends_the_start()
    {
        Dictionary<string, string?> settings = new() { ["FlexSc:Dashboard:Enabled"] = "true", ["FlexSc:Dashboard:Address"] = "0.0.0.0" };
        OptionsValidationException failed = await Assert.ThrowsAsync<OptionsValidationException>(
            () => FlexScHost.StartAsync(settings, static (akka, configuration) => akka.WithFlexSc(configuration)));
        Assert.StartsWith("FlexSc:Dashboard:Token is missing", Assert.Single(failed.Failures), StringComparison.Ordinal);
    }

    protected override void Dispose(bool disposing)
    {
        _client.Dispose();
        base.Dispose(disposing);
    }

    private static Task<FlexScHost> StartHostAsync(Dictionary<string, string?> settings, LoggedLines lines) => FlexScHost.StartAsync(
        settings,
        static (akka, configuration) => akka.WithFlexSc(configuration).ConfigureLoggers(static log =>
        {
            log.ClearLoggers();
            log.AddLoggerFactory();
        }),
        services => services.AddLogging(log => log.AddProvider(lines)));

    private static async Task<long> SequenceAsync(StreamReader reader)
    {
        string? line = await reader.ReadLineAsync().WaitAsync(Patience);
        while (line is "")
        {
            line = await reader.ReadLineAsync().WaitAsync(Patience);
        }

        Assert.StartsWith("data: ", line, StringComparison.Ordinal);
        using JsonDocument document = JsonDocument.Parse(line!["data: ".Length..]);
        return document.RootElement.GetProperty("sequence").GetInt64();
    }

    private static async Task<Socket> ConnectAsync(IPEndPoint endPoint)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(endPoint);
        return socket;
    }

    private static async Task<string> ExchangeAsync(IPEndPoint endPoint, string request)
    {
        using Socket socket = await ConnectAsync(endPoint);
        await socket.SendAsync(Encoding.Latin1.GetBytes(request));
        StringBuilder answer = new();
        byte[] buffer = new byte[64 * 1024];
        while (await socket.ReceiveAsync(buffer).WaitAsync(Patience) is > 0 and int count)
        {
            answer.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        return answer.ToString();
    }

    private static async Task<int> ReceiveAsync(Socket socket)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[1]).WaitAsync(Patience);
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            return 0;
        }
    }

    private async Task<JsonElement> ReportAsync(FlexScDashboard dashboard) =>
        JsonDocument.Parse(await _client.GetByteArrayAsync(new Uri($"{dashboard.Address}/report"))).RootElement;

    private FlexScDashboard Start(FlexScDashboardOptions? options = null) =>
        FlexScDashboard.Start(Sys, options ?? new FlexScDashboardOptions { Port = 0 });
}
