using System.Diagnostics;
using System.Net;
using FlexSc.Examples.HttpServer.Service;
using Xunit;

namespace FlexSc.Examples.Tests.Http;

public sealed class HttpServiceTests
{
    private const string Get = "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n";
    private const int NeverMs = int.MaxValue;
    private const string GetAndClose = "GET /plaintext HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task Clients_of_every_day_are_served(string mode)
    {
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode);
        using HttpClient client = new() { BaseAddress = fixture.BaseAddress };

        Assert.Equal("Hello, World!", await client.GetStringAsync("plaintext"));
        Assert.Equal("{\"message\":\"Hello, World!\"}", await client.GetStringAsync("json"));
        using StringContent body = new(new string('x', 500_000));
        using HttpResponseMessage posted = await client.PostAsync("json", body);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, posted.StatusCode);
        Assert.Equal(["GET", "HEAD", "OPTIONS"], posted.Content.Headers.Allow);
        Assert.Equal(3, fixture.Service.Counters.Requests);
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task A_long_pipeline_is_answered_in_full(string mode)
    {
        const int Requests = 20_000;
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode);
        using RawClient client = await fixture.ConnectAsync();
        Task sending = client.SendAsync(string.Concat(Enumerable.Repeat(Get, Requests)) + GetAndClose);
        string answer = await client.ReadToEndAsync();
        await sending;

        Assert.Equal(Requests + 1, answer.Split("Hello, World!").Length - 1);
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task A_pipeline_whose_answers_nobody_reads_is_held_up_and_then_answered(string mode)
    {
        const int Requests = 100_000;
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode);
        using RawClient client = await fixture.ConnectAsync(receiveBufferBytes: 4096);
        Task sending = client.SendAsync(string.Concat(Enumerable.Repeat(Get, Requests)) + GetAndClose);

        // While nothing is read the connection is held up; how far it came depends on the kernel's buffers.
        await fixture.Service.Counters.HeldUpConnections.WhenAsync(count => count > 0).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.InRange(fixture.Service.Counters.Requests, 1, Requests - 1);

        string answer = await client.ReadToEndAsync();
        await sending;
        Assert.Equal(Requests + 1, answer.Split("Hello, World!").Length - 1);
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task A_head_that_trickles_in_is_answered_408(string mode)
    {
        const int TimeoutMs = 300;
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode, options => options with
        {
            HeadTimeoutMs = TimeoutMs,
            Limits = options.Limits with { HeadBytes = int.MaxValue },
        });

        // The server counts from the accept, which may come before the client learns of its connection, and by a clock that
        // steps by as much as 10 ms.
        Stopwatch watch = Stopwatch.StartNew();
        using RawClient client = await fixture.ConnectAsync();
        Assert.StartsWith("HTTP/1.1 408 ", await client.TrickleAsync(), StringComparison.Ordinal);
        Assert.True(watch.ElapsedMilliseconds >= TimeoutMs - 10, $"it was answered after {watch.ElapsedMilliseconds} ms");
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task A_body_that_does_not_come_is_answered_408(string mode)
    {
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode, options => options with { BodyTimeoutMs = 200 });
        using RawClient client = await fixture.ConnectAsync();
        string answer = await client.ExchangeAsync("GET /plaintext HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");

        Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task An_idle_connection_is_closed(string mode)
    {
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode, options => options with { IdleTimeoutMs = 200 });
        using RawClient silent = await fixture.ConnectAsync();
        Assert.Equal("", await silent.ReadToEndAsync());

        Assert.EndsWith("Hello, World!", await ExchangeInTimeAsync(fixture, Get), StringComparison.Ordinal);
        await fixture.AssertNothingIsLeftAsync();
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task A_line_end_too_many_after_a_body_draws_no_answer(string mode)
    {
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(
            mode, options => options with { HeadTimeoutMs = 200, IdleTimeoutMs = 600 });
        foreach (string empty in new[] { "\r\n", "\r\n\r\n", "\r" })
        {
            string answer = await ExchangeInTimeAsync(fixture, "POST /json HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" + empty);
            Assert.StartsWith("HTTP/1.1 405 ", answer, StringComparison.Ordinal);
            Assert.Equal(2, answer.Split("HTTP/1.1 ").Length);
        }
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task Empty_lines_do_not_keep_an_idle_connection(string mode)
    {
        const int TimeoutMs = 400;
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode, options => options with { IdleTimeoutMs = TimeoutMs });
        using RawClient client = await fixture.ConnectAsync();
        Task<string> end = client.ReadToEndAsync();
        while (!end.IsCompleted)
        {
            await client.SendWhatIsTakenAsync("\r\n");
            await Task.WhenAny(end, Task.Delay(TimeoutMs / 20));
        }

        // Line ends that were not read yet make the close a reset.
        Assert.Equal("", end.Exception?.InnerException is System.Net.Sockets.SocketException ? "" : await end);
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task A_client_that_half_closes_is_answered(string mode)
    {
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode);
        using RawClient client = await fixture.ConnectAsync();
        await client.SendAsync(Get + "GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n");
        client.HalfClose();

        Assert.EndsWith("hello file", await client.ReadToEndAsync(), StringComparison.Ordinal);
        await fixture.AssertNothingIsLeftAsync();
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task Connections_beyond_the_limit_are_refused(string mode)
    {
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode, options => options with { MaxConnections = 1 });
        using RawClient first = await fixture.ConnectAsync();
        await first.SendAsync(Get);
        await first.ReadUntilAsync("Hello, World!");

        string answer = string.Empty;
        try
        {
            using RawClient second = await fixture.ConnectAsync();
            answer = await second.ReadToEndAsync();
        }
        catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException)
        {
            // A refusal is a reset, which may come while the client still connects.
        }

        Assert.Equal(string.Empty, answer);
        Assert.EndsWith("Hello, World!", await first.ExchangeAsync(GetAndClose), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task Stopping_closes_open_connections_in_time(string mode)
    {
        // Neither the idle nor the busy one ends by itself.
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(
            mode, options => options with { IdleTimeoutMs = NeverMs, WriteTimeoutMs = NeverMs, DrainMs = 200 });
        List<RawClient> idle = [];
        for (int count = 0; count < 50; count++)
        {
            RawClient client = await fixture.ConnectAsync();
            await client.SendAsync(Get);
            await client.ReadUntilAsync("Hello, World!");
            idle.Add(client);
        }

        using RawClient busy = await fixture.ConnectAsync(receiveBufferBytes: 4096);
        await busy.SendAsync("GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n");
        await busy.ReadUntilAsync("\r\n\r\n");

        await fixture.Service.StopAsync().WaitAsync(TimeSpan.FromSeconds(30));
        foreach (RawClient client in idle)
        {
            await client.ReadToEndAsync();
            client.Dispose();
        }
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task A_port_in_use_is_told(string mode)
    {
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode);
        HttpServerOptions taken = ServiceModes.OptionsOf(mode) with { Port = fixture.Service.Endpoint.Port };

        IOException exception = await Assert.ThrowsAsync<IOException>(() => HttpService.StartAsync(taken));
        Assert.Contains($"127.0.0.1:{taken.Port}", exception.Message, StringComparison.Ordinal);
        Assert.Contains("in use", exception.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task Many_connections_are_served_side_by_side(string mode)
    {
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode);
        string[] answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(async _ =>
        {
            using RawClient client = await fixture.ConnectAsync();
            return await client.ExchangeAsync(Get + Get + GetAndClose);
        }));

        Assert.All(answers, answer => Assert.Equal(3, answer.Split("Hello, World!").Length - 1));
        await fixture.AssertNothingIsLeftAsync();
    }

    /// <summary>Asks on a connection that is closed soon: a client that is late finds it closed, and asks again on another one.</summary>
    private static async Task<string> ExchangeInTimeAsync(ServiceFixture fixture, string request)
    {
        const int attempts = 50;
        for (int attempt = 0; attempt < attempts; attempt++)
        {
            using RawClient client = await fixture.ConnectAsync();
            try
            {
                if (await client.ExchangeAsync(request) is { Length: > 0 } answer)
                {
                    return answer;
                }
            }
            catch (System.Net.Sockets.SocketException)
            {
                // The close met the request.
            }
        }

        throw new IOException($"not answered in {attempts} attempts");
    }
}
