using System.Net;
using System.Text.Json;
using FlexSc.Examples.Tests.Http;
using FlexSc.Examples.Tests;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;
using Xunit;

namespace FlexSc.Packaging.Tests.Dashboard;

/// <summary>The HTTP server with its dashboard.</summary>
public sealed class DashboardProgramTests : IDisposable
{
    private const string Token = "correct-horse-battery";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("flexsc-dashboard-");
    private readonly HttpClient _client = new() { Timeout = ExampleProgram.Deadline };

    public void Dispose()
    {
        _client.Dispose();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("pooled")]
    [InlineData("akka")]
    public async Task Its_events_tell_what_the_server_does(string messages)
    {
        using ServerProcess server = ExampleProgram.Http.Start(
            "--port", "0", "--pin", "off", "--messages", messages,
            "--dashboard", "--dashboard-interval-ms", "250", "--dashboard-viewers", "1");
        Assert.EndsWith("; dashboard at /flexsc", server.Description, StringComparison.Ordinal);
        Uri root = new($"{server.Addresses[0]}/");
        Uri page = new(root, "flexsc");
        await using (Events events = (await Events.TryWatchAsync(_client, page))!)
        {
            Assert.NotNull(events);
            Assert.Null(await Events.TryWatchAsync(_client, page));
            await events.WaitForAsync(static document => document.GetProperty("rates").GetArrayLength() == 1);
            for (int i = 0; i < 20; i++)
            {
                Assert.Equal("Hello, World!", await _client.GetStringAsync(new Uri(root, "plaintext")));
            }

            JsonElement busy = await events.WaitForAsync(static document =>
                Total(document, "trapsPerRequest") > 0 && Total(document, "meanMicroseconds") > 0);
            Assert.Equal(
                Total(busy, "trapsPerSecond")!.Value / Total(busy, "requestsPerSecond")!.Value, Total(busy, "trapsPerRequest")!.Value,
                tolerance: 1e-9);
            Assert.True(Total(busy, "connections") >= 1);
            JsonElement report = busy.GetProperty("report");
            Assert.Equal("http", report.GetProperty("system").GetString());
            Assert.Equal(server.ProcessId, report.GetProperty("processId").GetInt32());
        }

        // Who has gone makes room, as soon as the server has seen it.
        using CancellationTokenSource deadline = new(ExampleProgram.Deadline);
        Events? next = null;
        while (next is null)
        {
            deadline.Token.ThrowIfCancellationRequested();
            next = await Events.TryWatchAsync(_client, page);
        }

        // A stream has no end of its own: the server's stop is one.
        ProgramResult end = ExampleProgram.End(server, "TERM");
        Assert.Equal((0, ""), (end.ExitCode, end.Error));
        await next.WhenEnded.WaitAsync(ExampleProgram.Deadline);
        await next.DisposeAsync();
    }

    [Fact]
    public async Task Pages_and_other_answers_keep_their_order_on_one_connection()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "flexscope"), "a file");
        using ServerProcess server = ExampleProgram.Http.Start("--port", "0", "--pin", "off", "--dashboard", "--root", _folder.FullName);
        using RawClient client = await RawClient.ConnectAsync(server.EndPoint);
        const string head = " HTTP/1.1\r\nHost: localhost\r\n";
        string answers = await client.ExchangeAsync(
            $"GET /flexsc{head}\r\nGET /flexscope{head}\r\nHEAD /flexsc/events{head}\r\nGET /plaintext{head}\r\n");
        string[] statuses = [.. answers.Split("HTTP/1.1 ").Skip(1).Select(static answer => answer[..3])];

        // The head of a stream says that the connection ends with it.
        Assert.Equal(["200", "200", "200"], statuses);
        Assert.Contains("\r\n\r\na file", answers, StringComparison.Ordinal);
        using RawClient other = await RawClient.ConnectAsync(server.EndPoint);
        answers = await other.ExchangeAsync(
            $"GET /flexsc/report?x=y{head}\r\nOPTIONS /flexsc{head}\r\nGET /flexsc HTTP/1.1\r\nHost: flexsc.example\r\n\r\n"
            + $"POST /flexsc{head}\r\nGET /flexsc/none{head}\r\nGET /plaintext{head}Connection: close\r\n\r\n");
        statuses = [.. answers.Split("HTTP/1.1 ").Skip(1).Select(static answer => answer[..3])];
        Assert.Equal(["200", "405", "403", "405", "404", "200"], statuses);
        Assert.EndsWith("Hello, World!", answers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_option_there_is_none()
    {
        using ServerProcess server = ExampleProgram.Http.Start("--port", "0", "--pin", "off");
        using HttpResponseMessage answer = await _client.GetAsync(new Uri($"{server.Addresses[0]}/flexsc"));
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Elsewhere_than_on_the_loopback_it_asks_for_the_token()
    {
        string tokenPath = Path.Combine(_folder.FullName, "token");
        File.WriteAllText(tokenPath, $"{Token}\nnot this\n");
        using ServerProcess server = ExampleProgram.Http.Start(
            "--port", "0", "--host", "0.0.0.0", "--pin", "off", "--tls-dev", "--dashboard", "--dashboard-token-file", tokenPath);
        using SocketsHttpHandler handler = new() { AllowAutoRedirect = false };
#pragma warning disable CA5359 // the certificate is tried elsewhere
        handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        using HttpClient client = new(handler)
        {
            Timeout = ExampleProgram.Deadline,
            BaseAddress = new Uri($"https://127.0.0.1:{server.EndPoint.Port}"),
        };
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/flexsc")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/flexsc?token=not+this+not+this")).StatusCode);
        HttpResponseMessage signedIn = await client.GetAsync($"/flexsc?token={Token}");
        Assert.Equal(HttpStatusCode.SeeOther, signedIn.StatusCode);
        Assert.EndsWith("; HttpOnly; SameSite=Lax; Secure", signedIn.Headers.GetValues("Set-Cookie").Single(), StringComparison.Ordinal);

        // The handler keeps the cookie.
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/flexsc")).StatusCode);
        Assert.Contains("\"system\":\"http\"", await client.GetStringAsync("/flexsc/report"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--dashboard-token-file is missing: whoever reaches 0.0.0.0", "--dashboard", "--host", "0.0.0.0")]
    [InlineData("--dashboard-token-file is missing: whoever reaches ::", "--dashboard", "--listen", "127.0.0.1:0", "--listen", "[::]:0")]
    [InlineData("--dashboard-token-file has no meaning without --dashboard", "--dashboard-token-file", "a")]
    [InlineData("--dashboard has no meaning with --io akka-io", "--dashboard", "--io", "akka-io")]
    [InlineData("--dashboard-interval-ms must be a number from 250 to 10000", "--dashboard", "--dashboard-interval-ms", "1")]
    public void Bad_options_are_named(string told, params string[] options)
    {
        ProgramResult result = ExampleProgram.Http.Run(options);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(told, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_that_is_short_or_not_there_ends_the_start()
    {
        string tokenPath = Path.Combine(_folder.FullName, "token");
        ProgramResult result = ExampleProgram.Http.Run("--port", "0", "--dashboard", "--dashboard-token-file", tokenPath);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(tokenPath, result.Error, StringComparison.Ordinal);
        File.WriteAllText(tokenPath, "short\n");
        result = ExampleProgram.Http.Run("--port", "0", "--dashboard", "--dashboard-token-file", tokenPath);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("has 5 characters, a token has 16 or more", result.Error, StringComparison.Ordinal);
    }

    private static double? Total(JsonElement document, string name) =>
        document.GetProperty("totals").GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;
}
