using FlexSc.Examples.KvServer.Protocol;
using FlexSc.Examples.Shared;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>Settings of the server. Sizes and times carry their unit in the name.</summary>
internal sealed record KvServerOptions : ServerOptions
{
    public const int DefaultPort = 11211;

    public KvServerOptions() => Port = DefaultPort;

    public string Host { get; init; } = "127.0.0.1";

    /// <summary>Memory of all items; beyond it the least recently used are evicted.</summary>
    public int MemoryLimitMb { get; init; } = 64;

    /// <summary>
    /// How much of <see cref="MemoryLimitMb"/> values may take that are still arriving, in percent: clients that never finish
    /// can push out no more than that. Values beyond it are refused for want of memory.
    /// </summary>
    public int MaxArrivingPercent { get; init; } = 50;

    /// <summary>Largest key plus value.</summary>
    public int MaxItemBytes { get; init; } = 1024 * 1024;

    /// <summary>Connections beyond this are told so and closed. Lowered where the limit on descriptors is.</summary>
    public int MaxConnections { get; init; } = 16 * 1024;

    public override int MostConnections => MaxConnections;

    /// <summary>Least severe messages that are told: DEBUG, INFO, WARNING or ERROR.</summary>
    public string LogLevel { get; init; } = "WARNING";

    /// <summary>Whether the operator asked for that number, and so is to learn that it was lowered.</summary>
    public bool AsksForMaxConnections { get; init; }

    /// <summary>Replies waiting to be sent on one connection beyond which its requests are left unread.</summary>
    public int MaxUnsentBytes { get; init; } = 256 * 1024;

    /// <summary>Seconds without a request after which a connection is closed; 0 means never, as with memcached.</summary>
    public int IdleTimeoutSeconds { get; init; }

    /// <summary>Seconds that a closing connection may take to send its last replies before it is aborted.</summary>
    public int CloseTimeoutSeconds { get; init; } = 10;

    /// <summary>Seconds that the whole service has to end in order once its connections have.</summary>
    public int StopTimeoutSeconds { get; init; } = 2;

    public SessionLimits SessionLimits { get; init; } = new();

    public long MemoryLimitBytes => MemoryLimitMb * 1024L * 1024L;
}
