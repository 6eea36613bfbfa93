namespace FlexSc.Examples.HttpServer.Protocol;

/// <summary>Bounds on what one connection may ask for. Each has a defined answer when it is hit.</summary>
internal sealed record HttpLimits
{
    public static readonly HttpLimits Default = new();

    /// <summary>Longest request line, without its line end; 414 beyond.</summary>
    public int RequestLineBytes { get; init; } = 8 * 1024;

    /// <summary>Longest request head (request line and all fields); 431 beyond.</summary>
    public int HeadBytes { get; init; } = 16 * 1024;

    /// <summary>Most header fields in a head; 431 beyond.</summary>
    public int HeaderCount { get; init; } = 100;

    /// <summary>Longest request body, chunked or not; 413 beyond.</summary>
    public long BodyBytes { get; init; } = 1024 * 1024;

    /// <summary>Longest chunk-size line with its extensions; 400 beyond.</summary>
    public int ChunkLineBytes { get; init; } = 256;

    /// <summary>Longest trailer section of a chunked body; 431 beyond.</summary>
    public int TrailerBytes { get; init; } = 4 * 1024;

    /// <summary>
    /// Input held while a response is under way; the connection is closed beyond. Reading is suspended long before, but
    /// with Akka.IO's push mode what was read until the suspension is heeded has to go somewhere.
    /// </summary>
    public int PendingInputBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Unsent output at which no further request of the connection is answered until it drains.</summary>
    public long UnsentOutputBytes { get; init; } = 256 * 1024;
}
