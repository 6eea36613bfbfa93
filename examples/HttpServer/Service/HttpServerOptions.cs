using System.Net;
using FlexSc.Akka.Hosting;
using FlexSc.Examples.HttpServer.Protocol;
using FlexSc.Examples.Shared;

namespace FlexSc.Examples.HttpServer.Service;

internal sealed record HttpServerOptions : ServerOptions
{
    public static readonly HttpServerOptions Default = new();

    /// <summary>Most connections where no number was given.</summary>
    public const int MostConnectionsUnasked = 20_000;

    public HttpServerOptions() => Port = 8080;

    public IPAddress Host { get; init; } = IPAddress.Loopback;

    /// <summary>Directory of static files; null serves none.</summary>
    public string? Root { get; init; }

    public HttpLimits Limits { get; init; } = HttpLimits.Default;

    /// <summary>The dashboard at <c>/flexsc</c>; null for none. Its address and port are the server's.</summary>
    public FlexScDashboardOptions? Dashboard { get; init; }

    /// <summary>
    /// Connections beyond are reset as soon as they are accepted; null takes what the limit on descriptors allows, up to
    /// <see cref="MostConnectionsUnasked"/>.
    /// </summary>
    public int? MaxConnections { get; init; }

    public override int MostConnections => MaxConnections ?? MostConnectionsUnasked;

    /// <summary>Time for a head from its first byte to its last; 408 beyond.</summary>
    public int HeadTimeoutMs { get; init; } = 10_000;

    /// <summary>Time for a body from the end of its head; 408 beyond.</summary>
    public int BodyTimeoutMs { get; init; } = 30_000;

    /// <summary>Time between requests; the connection is closed beyond.</summary>
    public int IdleTimeoutMs { get; init; } = 60_000;

    /// <summary>Time in which the peer takes nothing of a response; the connection is ended beyond.</summary>
    public int WriteTimeoutMs { get; init; } = 30_000;

    /// <summary>Time for the peer to close after a half-close; aborted beyond.</summary>
    public int LingerTimeoutMs { get; init; } = 2_000;

    /// <summary>How often deadlines are looked at, and so how late they may fire.</summary>
    public int SweepIntervalMs { get; init; } = 250;

    public int FileChunkBytes { get; init; } = 64 * 1024;

    /// <summary>Memory for files that fit one chunk, kept to be sent again; 0 keeps none.</summary>
    public long FileCacheBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>How old a file from memory may be: the time by which a change is noticed.</summary>
    public int FileCacheAgeMs { get; init; } = 1_000;

    /// <summary>Calls on files under way at once on each loop, each with a chunk of memory; more wait for their turn.</summary>
    public int MaxFileCalls { get; init; } = 64;
}
