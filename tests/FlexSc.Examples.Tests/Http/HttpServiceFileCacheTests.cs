using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using Xunit;

namespace FlexSc.Examples.Tests.Http;

public sealed class HttpServiceFileCacheTests
{
    private const int ForEver = int.MaxValue;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task A_small_file_is_sent_again_from_memory(string mode)
    {
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode, options => options with { FileCacheAgeMs = ForEver });
        using HttpClient client = new() { BaseAddress = fixture.BaseAddress };
        using HttpResponseMessage read = await client.GetAsync("hello.txt");
        File.Delete(Path.Combine(fixture.Root, "hello.txt"));

        using HttpResponseMessage cached = await client.GetAsync("hello.txt");
        Assert.Equal("hello file", await cached.Content.ReadAsStringAsync());
        Assert.Equal(Described(read), Described(cached));

        using HttpRequestMessage head = new(HttpMethod.Head, "hello.txt");
        using HttpResponseMessage headOnly = await client.SendAsync(head);
        Assert.Equal(Described(read), Described(headOnly));

        using HttpRequestMessage part = new(HttpMethod.Get, "hello.txt");
        part.Headers.Range = new RangeHeaderValue(6, null);
        using HttpResponseMessage partial = await client.SendAsync(part);
        Assert.Equal(HttpStatusCode.PartialContent, partial.StatusCode);
        Assert.Equal("file", await partial.Content.ReadAsStringAsync());

        using HttpRequestMessage known = new(HttpMethod.Get, "hello.txt");
        known.Headers.IfNoneMatch.Add(read.Headers.ETag!);
        using HttpResponseMessage unchanged = await client.SendAsync(known);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task A_pipeline_of_cached_files_is_answered_in_order(string mode)
    {
        const int Requests = 5_000;
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode);
        using RawClient client = await fixture.ConnectAsync();
        string answer = await client.ExchangeAsync(
            string.Concat(Enumerable.Repeat("GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\nGET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n", Requests))
            + "GET /dir/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

        string[] bodies = answer.Split("\r\n\r\n");
        Assert.Equal((2 * Requests) + 2, bodies.Length);
        for (int i = 0; i < Requests; i++)
        {
            Assert.StartsWith("hello file", bodies[(2 * i) + 1], StringComparison.Ordinal);
            Assert.StartsWith("Hello, World!", bodies[(2 * i) + 2], StringComparison.Ordinal);
        }

        Assert.EndsWith("<p>index</p>", answer, StringComparison.Ordinal);
        await fixture.AssertNothingIsLeftAsync();
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task A_changed_file_is_noticed(string mode)
    {
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode);
        using HttpClient client = new() { BaseAddress = fixture.BaseAddress };
        Assert.Equal("hello file", await client.GetStringAsync("hello.txt"));

        File.WriteAllText(Path.Combine(fixture.Root, "hello.txt"), "other text");
        Stopwatch sinceChange = Stopwatch.StartNew();
        while (await client.GetStringAsync("hello.txt") is not "other text")
        {
            Assert.True(sinceChange.Elapsed < Deadline, "the change is not noticed");
        }

        File.Delete(Path.Combine(fixture.Root, "hello.txt"));
        sinceChange.Restart();
        while ((await client.GetAsync("hello.txt")).StatusCode != HttpStatusCode.NotFound)
        {
            Assert.True(sinceChange.Elapsed < Deadline, "the removal is not noticed");
        }
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task A_replaced_file_of_the_same_time_and_length_is_noticed(string mode)
    {
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode, options => options with { FileCacheAgeMs = 100 });
        using HttpClient client = new() { BaseAddress = fixture.BaseAddress };
        string path = Path.Combine(fixture.Root, "hello.txt");
        DateTime modified = File.GetLastWriteTimeUtc(path);
        using HttpResponseMessage before = await client.GetAsync("hello.txt");

        // Once in place, as an editor may, and once by another file under the same name, as rsync does.
        foreach (string text in new[] { "other text", "third text" })
        {
            string written = text[0] == 'o' ? path : path + ".new";
            File.WriteAllText(written, text);
            File.SetLastWriteTimeUtc(written, modified);
            if (written != path)
            {
                File.Move(written, path, overwrite: true);
            }

            Stopwatch sinceChange = Stopwatch.StartNew();
            while (await client.GetStringAsync("hello.txt") != text)
            {
                Assert.True(sinceChange.Elapsed < Deadline, "the change is not noticed");
            }

            using HttpRequestMessage known = new(HttpMethod.Get, "hello.txt");
            known.Headers.IfNoneMatch.Add(before.Headers.ETag!);
            using HttpResponseMessage answer = await client.SendAsync(known);
            Assert.Equal((HttpStatusCode.OK, text), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        }
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task Without_memory_every_request_reads_the_file(string mode)
    {
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode, options => options with { FileCacheBytes = 0 });
        using HttpClient client = new() { BaseAddress = fixture.BaseAddress };
        Assert.Equal("hello file", await client.GetStringAsync("hello.txt"));
        File.WriteAllText(Path.Combine(fixture.Root, "hello.txt"), "other text");
        Assert.Equal("other text", await client.GetStringAsync("hello.txt"));
    }

    private static string Described(HttpResponseMessage response) =>
        $"{response.StatusCode} {response.Headers.ETag} {response.Headers.AcceptRanges} {response.Content.Headers.ContentType} "
        + $"{response.Content.Headers.ContentLength} {response.Content.Headers.LastModified:O}";
}
