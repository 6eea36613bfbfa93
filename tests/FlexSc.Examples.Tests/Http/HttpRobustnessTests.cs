using System.Diagnostics;
using System.Text;
using FlexSc.Examples.HttpServer.Service;
using Xunit;

namespace FlexSc.Examples.Tests.Http;

/// <summary>Clients that misbehave: they get their answer, the others do not notice, and nothing is left of them.</summary>
public sealed class HttpRobustnessTests
{
    private const string PartOfHead = "GET /plaintext HTTP/1.1\r\nHo";
    private const string GetBigFile = "GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n";

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public Task A_client_that_is_killed_in_a_request(string mode) => DisturbsNobodyAsync(mode, async fixture =>
    {
        for (int round = 0; round < 5; round++)
        {
            int port = fixture.Service.Endpoint.Port;
            string script = $"exec 3<>/dev/tcp/127.0.0.1/{port} && printf 'GET /plaintext HTTP/1.1\\r\\nHo' >&3 && echo sent && read -r end";
            ProcessStartInfo start = new("bash", ["-c", script]) { RedirectStandardInput = true, RedirectStandardOutput = true };
            using Process client = Process.Start(start)!;
            Assert.Equal("sent", await client.StandardOutput.ReadLineAsync());
            client.Kill();
            await client.WaitForExitAsync();
        }
    });

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public Task A_half_close_in_a_request(string mode) => DisturbsNobodyAsync(mode, async fixture =>
    {
        foreach (string part in new[] { "", PartOfHead, "POST /json HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc" })
        {
            using RawClient client = await fixture.ConnectAsync();
            await client.SendAsync(part);
            client.HalfClose();
            Assert.Equal("", await client.ReadToEndAsync());
        }
    });

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public Task Resets_at_every_stage(string mode) => DisturbsNobodyAsync(mode, async fixture =>
    {
        for (int round = 0; round < 50; round++)
        {
            RawClient silent = await fixture.ConnectAsync();
            silent.Reset();
            RawClient asking = await fixture.ConnectAsync();
            await asking.SendAsync(PartOfHead);
            asking.Reset();
            RawClient reading = await fixture.ConnectAsync(receiveBufferBytes: 4096);
            await reading.SendAsync(GetBigFile);
            await reading.ReadUntilAsync("\r\n\r\n");
            reading.Reset();
        }
    });

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public Task Garbage(string mode) => DisturbsNobodyAsync(mode, async fixture =>
    {
        const int Seed = 2;
        const int MaxBytes = 100_000;
        Random random = new(Seed);
        for (int round = 0; round < 20; round++)
        {
            byte[] bytes = new byte[random.Next(1, MaxBytes)];
            random.NextBytes(bytes);
            using RawClient client = await fixture.ConnectAsync();
            Task sending = client.SendWhatIsTakenAsync(Encoding.Latin1.GetString(bytes) + "\r\n\r\n");
            Assert.Matches(@"\AHTTP/1\.1 (4|5)\d\d ", await client.ReadUntilAsync("\r\n\r\n"));
            client.Reset();
            await Task.WhenAny(sending);
        }
    });

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public Task Requests_beyond_the_limits(string mode) => DisturbsNobodyAsync(mode, async fixture =>
    {
        foreach ((string bytes, string status) in new[]
        {
            ("\x16\x03\x01\x02\0\x01\0\x01", "400"),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: " + new string('x', 1_000_000), "431"),
            ("GET /" + new string('x', 1_000_000), "414"),
            ("POST /json HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n" + new string('x', 1_000_000), "413"),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
        })
        {
            using RawClient client = await fixture.ConnectAsync();
            Task sending = client.SendWhatIsTakenAsync(bytes);
            Assert.StartsWith($"HTTP/1.1 {status} ", await client.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);
            client.Reset();
            await Task.WhenAny(sending);
        }
    });

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public Task Requests_that_trickle_in(string mode) => DisturbsNobodyAsync(
        mode,
        async fixture =>
        {
            string[] answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(async _ =>
            {
                using RawClient client = await fixture.ConnectAsync();
                return await client.TrickleAsync();
            }));
            Assert.All(answers, answer => Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal));
        },
        options => options with { HeadTimeoutMs = 200 });

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public Task More_files_than_calls_at_once(string mode) => DisturbsNobodyAsync(
        mode,
        async fixture =>
        {
            await Task.WhenAll(Enumerable.Range(0, 40).Select(async _ =>
            {
                using RawClient client = await fixture.ConnectAsync();
                string answer = await client.ExchangeAsync(
                    "GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\nGET /none HTTP/1.1\r\nHost: a\r\n\r\n"
                    + "GET /big.bin HTTP/1.1\r\nHost: a\r\nRange: bytes=100-200099\r\nConnection: close\r\n\r\n");
                Assert.Contains("hello file", answer, StringComparison.Ordinal);
                string expected = Encoding.Latin1.GetString(fixture.BigFile, 100, 200_000);
                Assert.EndsWith(expected, answer, StringComparison.Ordinal);
            }));
        },
        options => options with { MaxFileCalls = 1 });

    private static async Task DisturbsNobodyAsync(
        string mode, Func<ServiceFixture, Task> misbehave, Func<HttpServerOptions, HttpServerOptions>? change = null)
    {
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode, change);
        await using (Bystander bystander = await Bystander.StartAsync(fixture))
        {
            Task misbehaving = misbehave(fixture);
            await bystander.IsServedAsync();
            await misbehaving;
            await bystander.IsServedAsync();
        }

        await fixture.AssertNothingIsLeftAsync();
    }
}
