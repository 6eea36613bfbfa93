using System.Net;

namespace FlexSc.Measuring.Load;

/// <summary>What is asked for, and what has to come.</summary>
/// <param name="Path">The path of the request.</param>
/// <param name="Body">The whole body of the answer.</param>
internal sealed record HttpExchange(string Path, byte[] Body)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public static HttpExchange Hello { get; } = new("/plaintext", "Hello, World!"u8.ToArray());

    /// <summary>The same over TLS, whatever the server's certificate.</summary>
    public static HttpExchange HelloOverTls { get; } = Hello with { Scheme = Uri.UriSchemeHttps };

    public string Scheme { get; init; } = Uri.UriSchemeHttp;

    /// <summary>Sends one request and compares the answer.</summary>
    /// <exception cref="MeasurementException">It is not what it should be.</exception>
    public void Verify(IPEndPoint server)
    {
        byte[] body = Fetch(server);
        if (!body.AsSpan().SequenceEqual(Body))
        {
            throw new MeasurementException($"{Path} answered {body.Length} bytes that are not the {Body.Length} expected");
        }
    }

    /// <summary>The body of the answer.</summary>
    /// <exception cref="MeasurementException">There is none, or its status is no success.</exception>
    public byte[] Fetch(IPEndPoint server)
    {
        using HttpClientHandler handler = new() { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator };
        using HttpClient client = new(handler) { Timeout = Limit };
        try
        {
            return client.GetByteArrayAsync(new Uri($"{Scheme}://{server}{Path}")).GetAwaiter().GetResult();
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
        {
            throw new MeasurementException($"{Path} was not answered: {failure.Message}");
        }
    }
}
