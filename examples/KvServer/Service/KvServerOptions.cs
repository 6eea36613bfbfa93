using FlexSc.Examples.KvServer.Protocol;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>Who does the socket calls.</summary>
internal enum IoMode
{
    /// <summary>FlexSC: calls go through the syscall page of the actor's loop.</summary>
    FlexSc,

    /// <summary>The stock Akka.IO, for comparison.</summary>
    AkkaIo,
}

/// <summary>What a connection's handler receives.</summary>
internal enum MessageMode
{
    /// <summary>Pooled messages and direct output; FlexSC only.</summary>
    Pooled,

    /// <summary>Akka.IO's own messages.</summary>
    Akka,
}

/// <summary>Settings of the server. Sizes and times carry their unit in the name.</summary>
internal sealed record KvServerOptions
{
    public const int DefaultPort = 11211;

    public string Host { get; init; } = "127.0.0.1";

    /// <summary>0 lets the kernel pick one.</summary>
    public int Port { get; init; } = DefaultPort;

    public int Loops { get; init; } = 1;

    /// <summary>Cores the loops are pinned to; empty leaves the choice to FlexSC.</summary>
    public IReadOnlyList<int> Cpus { get; init; } = [];

    /// <summary>Whether each loop stays on a core; without it the operating system places them, as other threads.</summary>
    public bool Pin { get; init; } = true;

    public string Backend { get; init; } = "auto";

    /// <summary>Threads beside each loop that execute its calls, with the backends syscall-threads, where with 0 the loop does, and kernel-module.</summary>
    public int SyscallThreads { get; init; }

    /// <summary>Microseconds a loop may wait, after the first completion, for more to come together; 0 is off.</summary>
    public int BatchWaitUs { get; init; } = 100;

    /// <summary>Microseconds that each kind of a loop turn's work may take before the next one has its share.</summary>
    public int TurnBudgetUs { get; init; } = 200;

    public IoMode Io { get; init; } = IoMode.FlexSc;

    public MessageMode Messages { get; init; } = MessageMode.Pooled;

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

    /// <summary>Seconds that the whole service has to end in order.</summary>
    public int StopTimeoutSeconds { get; init; } = 2;

    public int Backlog { get; init; } = 1024;

    public SessionLimits SessionLimits { get; init; } = new();

    public long MemoryLimitBytes => MemoryLimitMb * 1024L * 1024L;
}
