using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Xunit;

namespace FlexSc.Packaging.Tests.Dashboard;

/// <summary>A viewer of the dashboard that keeps what it is told.</summary>
internal sealed class Events : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpResponseMessage _answer;
    private readonly StreamReader _reader;
    private readonly ConcurrentDictionary<long, JsonElement> _documents = new();
    private readonly SemaphoreSlim _told = new(0);
    private readonly Task _reading;

    private Events(HttpResponseMessage answer, Stream content)
    {
        _answer = answer;
        _reader = new StreamReader(content);
        _reading = ReadAsync();
    }

    /// <summary>Ends when the stream does.</summary>
    public Task WhenEnded => _reading;

    /// <summary>Looks; null where there are viewers enough.</summary>
    public static async Task<Events?> TryWatchAsync(HttpClient client, Uri page)
    {
        Uri address = new($"{page}/events");
        HttpResponseMessage answer = await client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Patience);
        if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
        {
            answer.Dispose();
            return null;
        }

        Assert.Equal("text/event-stream", answer.EnsureSuccessStatusCode().Content.Headers.ContentType!.MediaType);
        return new Events(answer, await answer.Content.ReadAsStreamAsync());
    }

    /// <summary>The first document that is as wanted.</summary>
    public async Task<JsonElement> WaitForAsync(Func<JsonElement, bool> wanted)
    {
        while (true)
        {
            foreach (JsonElement document in _documents.Values)
            {
                if (wanted(document))
                {
                    return document;
                }
            }

            Assert.True(await _told.WaitAsync(Patience), $"no such document came; {_documents.Count} did");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _answer.Dispose();
        await _reading.WaitAsync(Patience);
        _reader.Dispose();
    }

    private async Task ReadAsync()
    {
        const string start = "data: ";
        try
        {
            while (await _reader.ReadLineAsync() is { } line)
            {
                if (line.StartsWith(start, StringComparison.Ordinal))
                {
                    using JsonDocument document = JsonDocument.Parse(line[start.Length..]);
                    _documents[document.RootElement.GetProperty("sequence").GetInt64()] = document.RootElement.Clone();
                    _told.Release();
                }
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // It was ended from this side.
        }
    }
}
