using System.Net;
using System.Net.Http.Headers;
using FlexSc.LoadTests.Scenarios.Model;

namespace FlexSc.LoadTests.Scenarios.Clients;

/// <summary>HTTP requests with checks, on the connections that <see cref="HttpClient"/> keeps.</summary>
internal sealed class HttpUser : IDisposable
{
    private readonly HttpClient _client;

    public HttpUser(WorkloadTarget target)
    {
        SocketsHttpHandler handler = new()
        {
            MaxConnectionsPerServer = target.MaxConnections,
            ConnectTimeout = SocketConnection.StepTimeout,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,

            // Tracing headers are for distributed traces, and cost the generator.
            ActivityHeadersPropagator = null,
        };
        _client = new HttpClient(handler) { BaseAddress = new Uri($"http://{target.EndPoint}/"), Timeout = SocketConnection.StepTimeout };
    }

    /// <summary>Asks for a path and compares status and body.</summary>
    /// <param name="path">Without its leading slash.</param>
    /// <param name="expected">Every byte of the body.</param>
    /// <param name="close">Whether the connection is to be closed after the answer.</param>
    public async ValueTask<StepResult> GetAsync(string path, ReadOnlyMemory<byte> expected, bool close = false)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        request.Headers.ConnectionClose = close ? true : null;
        using HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseContentRead).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return Unexpected(response, path);
        }

        byte[] body = await response.Content.ReadAsByteArrayAsync().ConfigureAwait(false);
        return body.AsSpan().SequenceEqual(expected.Span)
            ? StepResult.Ok("200", body.Length)
            : StepResult.Fail(StepResult.WrongAnswer, $"GET {path}: a body of {body.Length} bytes that is not the expected one of {expected.Length}");
    }

    /// <summary>The entity tag of a file.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public async Task<EntityTagHeaderValue> EntityTagAsync(string path)
    {
        using HttpResponseMessage response = await _client.GetAsync(new Uri(path, UriKind.Relative)).ConfigureAwait(false);
        return response.Headers.ETag ?? throw new InvalidDataException($"GET {path}: {(int)response.StatusCode} without an ETag");
    }

    /// <summary>Asks whether a file has changed since its tag; it has not.</summary>
    public async ValueTask<StepResult> RevalidateAsync(string path, EntityTagHeaderValue tag)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        request.Headers.IfNoneMatch.Add(tag);
        using HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseContentRead).ConfigureAwait(false);
        return response.StatusCode == HttpStatusCode.NotModified ? StepResult.Ok("304", 0) : Unexpected(response, path);
    }

    /// <summary>Sends a body to a resource that takes none: the server has to read it to its end and refuse the method.</summary>
    public async ValueTask<StepResult> PostRefusedAsync(string path, byte[] body)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        using HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseContentRead).ConfigureAwait(false);
        return response.StatusCode == HttpStatusCode.MethodNotAllowed ? StepResult.Ok("405", 0) : Unexpected(response, path);
    }

    public void Dispose() => _client.Dispose();

    private static StepResult Unexpected(HttpResponseMessage response, string path) =>
        StepResult.Fail(((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture), $"{response.RequestMessage!.Method} {path}: {response.ReasonPhrase}");
}
