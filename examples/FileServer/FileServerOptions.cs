using FlexSc.Examples.HttpServer.Protocol;
using FlexSc.Examples.Shared;

namespace FlexSc.Examples.FileServer;

/// <summary>Settings of the server. Sizes and times carry their unit in the name.</summary>
internal sealed record FileServerOptions : ServerOptions
{
    public FileServerOptions() => Port = 8081;

    /// <summary>Address or name to listen on where no other is given.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>The folder that is served; nothing outside it can be reached.</summary>
    public string Root { get; init; } = ".";

    /// <summary>Connections at a time, each with a file at the most; more are reset. Lowered where the limit on descriptors is.</summary>
    public int MaxConnections { get; init; } = 1_000;

    /// <summary>Whether the operator asked for that number, and so is to learn that it was lowered.</summary>
    public bool AsksForMaxConnections { get; init; }

    public override int MostConnections => MaxConnections;

    /// <summary>Bytes of a file that are read at once.</summary>
    public int ChunkBytes { get; init; } = 64 * 1024;

    /// <summary>
    /// Time for a request, time between requests, and time in which a peer takes nothing of an answer: 408, the end, and a reset beyond.
    /// </summary>
    public int TimeoutSeconds { get; init; } = 30;

    /// <summary>What a connection may ask for.</summary>
    public HttpLimits Limits { get; init; } = HttpLimits.Default;
}
