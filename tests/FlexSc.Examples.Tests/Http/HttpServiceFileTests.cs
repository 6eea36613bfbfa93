using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using Xunit;

namespace FlexSc.Examples.Tests.Http;

public sealed class HttpServiceFileTests
{
    private const string Close = "HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task A_file_comes_with_type_length_and_validators(string mode)
    {
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode);
        using HttpClient client = new() { BaseAddress = fixture.BaseAddress };
        using HttpResponseMessage response = await client.GetAsync("hello.txt");

        Assert.Equal("hello file", await response.Content.ReadAsStringAsync());
        Assert.Equal("text/plain; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(10, response.Content.Headers.ContentLength);
        Assert.NotNull(response.Headers.ETag);
        DateTime modified = File.GetLastWriteTimeUtc(Path.Combine(fixture.Root, "hello.txt"));
        Assert.InRange(modified - response.Content.Headers.LastModified!.Value.UtcDateTime, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.Equal("", await client.GetStringAsync("empty.css"));
        Assert.Equal("hello file", await client.GetStringAsync("inside"));
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task Validators_save_the_body(string mode)
    {
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode);
        using HttpClient client = new() { BaseAddress = fixture.BaseAddress };
        using HttpResponseMessage first = await client.GetAsync("hello.txt");

        using HttpRequestMessage byTag = new(HttpMethod.Get, "hello.txt");
        byTag.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using HttpResponseMessage tagAnswer = await client.SendAsync(byTag);
        Assert.Equal(HttpStatusCode.NotModified, tagAnswer.StatusCode);
        Assert.Equal(first.Headers.ETag, tagAnswer.Headers.ETag);

        using HttpRequestMessage byDate = new(HttpMethod.Get, "hello.txt");
        byDate.Headers.IfModifiedSince = first.Content.Headers.LastModified;
        using HttpResponseMessage dateAnswer = await client.SendAsync(byDate);
        Assert.Equal(HttpStatusCode.NotModified, dateAnswer.StatusCode);
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task Tags_on_several_lines_are_one_list(string mode)
    {
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode);
        using HttpClient client = new() { BaseAddress = fixture.BaseAddress };
        using HttpResponseMessage first = await client.GetAsync("hello.txt");
        string tag = first.Headers.ETag!.ToString();
        foreach ((string fields, string status) in new[]
        {
            ($"If-None-Match: {tag}\r\nIf-None-Match: \"x\"", "304"),
            ($"If-None-Match: \"x\"\r\nIf-None-Match: {tag}", "304"),
            ("If-None-Match: \"x\"\r\nIf-None-Match: \"y\"", "200"),
            ($"If-Match: {tag}\r\nIf-Match: \"x\"", "200"),
            ($"If-Match: \"x\"\r\nIf-Match: {tag}", "200"),
            ("If-Match: \"x\"\r\nIf-Match: \"y\"", "412"),
        })
        {
            using RawClient raw = await fixture.ConnectAsync();
            string answer = await raw.ExchangeAsync($"GET /hello.txt HTTP/1.1\r\nHost: a\r\n{fields}\r\nConnection: close\r\n\r\n");
            Assert.Equal($"HTTP/1.1 {status} for {fields}", $"{answer[..12]} for {fields}");
        }
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task A_file_of_a_far_year_is_served(string mode)
    {
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode);
        string path = Path.Combine(fixture.Root, "hello.txt");
        DateTime farYear = new(2300, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(path, farYear);
        Skip.If(File.GetLastWriteTimeUtc(path) != farYear, $"the file system of {fixture.Root} does not keep the year {farYear.Year}");
        using HttpClient client = new() { BaseAddress = fixture.BaseAddress };
        using HttpResponseMessage response = await client.GetAsync("hello.txt");

        Assert.Equal("hello file", await response.Content.ReadAsStringAsync());
        Assert.True(response.Content.Headers.LastModified <= response.Headers.Date, "Last-Modified is later than Date");
        Assert.InRange(response.Content.Headers.LastModified!.Value.UtcDateTime, DateTime.UtcNow.AddMinutes(-1), DateTime.UtcNow);
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task Ranges_select_bytes(string mode)
    {
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode);
        using HttpClient client = new() { BaseAddress = fixture.BaseAddress };
        using HttpRequestMessage request = new(HttpMethod.Get, "big.bin");
        request.Headers.Range = new RangeHeaderValue(1_000_001, 1_999_999);
        using HttpResponseMessage response = await client.SendAsync(request);

        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal("bytes 1000001-1999999/8388608", response.Content.Headers.ContentRange!.ToString());
        Assert.Equal(fixture.BigFile[1_000_001..2_000_000], await response.Content.ReadAsByteArrayAsync());

        using HttpRequestMessage beyond = new(HttpMethod.Get, "hello.txt");
        beyond.Headers.Range = new RangeHeaderValue(10, null);
        using HttpResponseMessage refused = await client.SendAsync(beyond);
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, refused.StatusCode);
        Assert.Equal("bytes */10", refused.Content.Headers.ContentRange!.ToString());
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task Nothing_outside_the_root_is_served(string mode)
    {
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode);
        foreach (string path in new[]
        {
            "/../secret.txt", "/dir/../../secret.txt", "/%2e%2e/secret.txt", "/%2E%2E%2fsecret.txt", "/..%2fsecret.txt",
            "//secret.txt", "/outside", "/absolute", "/bare/", "/none", "/hello.txt/", "/hello.txt/x", "/%00",
            "http://a/../secret.txt",
        })
        {
            using RawClient client = await fixture.ConnectAsync();
            string answer = await client.ExchangeAsync($"GET {path} {Close}");
            Assert.Matches(@"\AHTTP/1\.1 40[04] ", answer);
            Assert.DoesNotContain("secret", answer, StringComparison.Ordinal);
        }

        await fixture.AssertNothingIsLeftAsync();
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task A_link_with_dots_is_served_while_names_change(string mode)
    {
        const int Requests = 2_000;
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode, options => options with { FileCacheBytes = 0 });
        File.CreateSymbolicLink(Path.Combine(fixture.Root, "dir", "up"), "../hello.txt");
        string name = Path.Combine(fixture.Root, "name");
        File.WriteAllText(name, "");
        using CancellationTokenSource enough = new();
        Task renaming = Task.Run(() =>
        {
            while (!enough.IsCancellationRequested)
            {
                File.Move(name, name + "2");
                File.Move(name + "2", name);
            }
        });

        using RawClient client = await fixture.ConnectAsync();
        string answer = await client.ExchangeAsync(
            string.Concat(Enumerable.Repeat("GET /dir/up HTTP/1.1\r\nHost: a\r\n\r\n", Requests)) + $"GET /dir/up {Close}");
        await enough.CancelAsync();
        await renaming;
        Assert.Equal(Requests + 1, answer.Split("HTTP/1.1 200 ").Length - 1);
        Assert.Equal(Requests + 1, answer.Split("hello file").Length - 1);
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task Directories_lead_to_their_index(string mode)
    {
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode);
        using RawClient bare = await fixture.ConnectAsync();
        string redirect = await bare.ExchangeAsync($"GET /dir {Close}");
        using RawClient slash = await fixture.ConnectAsync();
        string index = await slash.ExchangeAsync($"GET /dir/ {Close}");

        Assert.StartsWith("HTTP/1.1 301 ", redirect, StringComparison.Ordinal);
        Assert.Contains("\r\nLocation: /dir/\r\n", redirect, StringComparison.Ordinal);
        using RawClient query = await fixture.ConnectAsync();
        Assert.Contains("\r\nLocation: /dir/?a=b&c=%20d\r\n", await query.ExchangeAsync($"GET /dir?a=b&c=%20d {Close}"), StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n<p>index</p>", index, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task Files_and_pages_of_one_pipeline_come_in_order(string mode)
    {
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode);
        using RawClient client = await fixture.ConnectAsync();
        string answer = await client.ExchangeAsync(
            "GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\nGET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n"
            + "HEAD /big.bin HTTP/1.1\r\nHost: a\r\n\r\nGET /none HTTP/1.1\r\nHost: a\r\n\r\n"
            + $"GET /dir/ HTTP/1.1\r\nHost: a\r\n\r\nGET /json {Close}");

        Assert.Matches(@"(?s)hello file.*Hello, World!HTTP.*Length: 8388608\r\n\r\nHTTP.* 404 .*<p>index</p>.*message", answer);
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task A_big_file_reaches_a_slow_reader_whole(string mode)
    {
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode);
        using RawClient client = await fixture.ConnectAsync(receiveBufferBytes: 4096);
        await client.SendAsync($"GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\nGET /plaintext {Close}");
        await client.ReadUntilAsync("\r\n\r\n");

        string all = await client.ReadToEndAsync();
        int bodyStart = all.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        Assert.Equal(fixture.BigFile, all.Substring(bodyStart, ServiceFixture.BigFileBytes).Select(character => (byte)character));
        Assert.EndsWith("Hello, World!", all, StringComparison.Ordinal);
        await fixture.AssertNothingIsLeftAsync();
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task A_reader_that_stalls_is_given_up(string mode)
    {
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode, options => options with { WriteTimeoutMs = 300 });
        using RawClient client = await fixture.ConnectAsync(receiveBufferBytes: 4096);
        await client.SendAsync("GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n");
        await client.ReadUntilAsync("\r\n\r\n");

        await fixture.AssertNothingIsLeftAsync();
    }

    // The client takes a little, and each time before the limit; the kernels between hold far more than it takes. The limit is a
    // fraction of the time that all of it needs.
    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task A_reader_that_is_slow_and_steady_is_served(string mode)
    {
        // Well above the pauses that TCP's own retransmission makes, which double from 200 ms on.
        const int TimeoutMs = 5_000;
        const int BytesPerRead = 10_000;
        const int ReadPauseMs = 100;
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode, options => options with { WriteTimeoutMs = TimeoutMs });
        using RawClient client = await fixture.ConnectAsync(receiveBufferBytes: 64 * 1024);
        await client.SendAsync($"GET /big.bin {Close}");
        Stopwatch watch = Stopwatch.StartNew();
        while (watch.ElapsedMilliseconds < TimeoutMs * 13 / 10)
        {
            Assert.InRange(await client.ReceiveAsync(BytesPerRead), 1, BytesPerRead);
            await Task.Delay(ReadPauseMs);
        }

        string all = await client.ReadToEndAsync();
        int bodyStart = all.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        Assert.Equal(fixture.BigFile, all[bodyStart..].Select(character => (byte)character));
        await fixture.AssertNothingIsLeftAsync();
    }

    // The end must not take from the client what is on its way to it: no reset before the last byte that the kernel had.
    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task A_reader_that_stalled_gets_what_is_queued_and_then_the_end(string mode)
    {
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode, options => options with { WriteTimeoutMs = 300 });
        using RawClient client = await fixture.ConnectAsync(receiveBufferBytes: 16 * 1024);
        await client.SendAsync("GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n");
        await fixture.AssertNothingIsLeftAsync(atLeastRequests: 1);

        string all = await client.ReadToEndAsync();
        int bodyStart = all.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        Assert.InRange(all.Length - bodyStart, 64 * 1024, ServiceFixture.BigFileBytes - 1);
        Assert.Equal(fixture.BigFile[..(all.Length - bodyStart)], all[bodyStart..].Select(character => (byte)character));
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task A_client_that_vanishes_in_a_file_leaves_nothing(string mode)
    {
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode);
        for (int round = 0; round < 20; round++)
        {
            RawClient client = await fixture.ConnectAsync(receiveBufferBytes: 4096);
            await client.SendAsync("GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n");
            if (round % 2 == 0)
            {
                await client.ReadUntilAsync("\r\n\r\n");
            }

            client.Reset();
        }

        await fixture.AssertNothingIsLeftAsync();
    }
}
