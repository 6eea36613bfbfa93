using System.Net;
using FlexSc.Examples.HttpServer.Protocol;

namespace FlexSc.Examples.HttpServer.Service;

internal enum IoMode
{
    /// <summary>Actors and sockets on FlexSc loops.</summary>
    FlexSc,

    /// <summary>Stock Akka.IO on the thread pool, for comparison.</summary>
    AkkaIo,
}

internal enum MessageMode
{
    /// <summary>Pooled receptions and the connection's own output; needs <see cref="IoMode.FlexSc"/>.</summary>
    Pooled,

    /// <summary>Akka.IO's own messages.</summary>
    Akka,
}

internal sealed record HttpServerOptions
{
    public static readonly HttpServerOptions Default = new();

    /// <summary>Most connections where no number was given.</summary>
    public const int MostConnectionsUnasked = 20_000;

    public IPAddress Host { get; init; } = IPAddress.Loopback;

    /// <summary>0 lets the kernel pick a free port.</summary>
    public int Port { get; init; } = 8080;

    public IoMode Io { get; init; } = IoMode.FlexSc;

    public MessageMode Messages { get; init; } = MessageMode.Pooled;

    public int Loops { get; init; } = 1;

    /// <summary>Cores for the loops, one each; empty takes those the process may use, in order.</summary>
    public IReadOnlyList<int> Cpus { get; init; } = [];

    /// <summary>Whether each loop stays on a core; without it the operating system places them, as other threads.</summary>
    public bool Pin { get; init; } = true;

    /// <summary>Who executes system calls: auto, io-uring, syscall-threads or kernel-module.</summary>
    public string Backend { get; init; } = "auto";

    /// <summary>Threads beside each loop, with the backends syscall-threads, where with 0 the loop executes the calls itself, and kernel-module.</summary>
    public int SyscallThreads { get; init; }

    /// <summary>Microseconds a loop may wait, after the first completion, for more to come together; 0 is off.</summary>
    public int BatchWaitUs { get; init; } = 100;

    /// <summary>Microseconds that each kind of a loop turn's work may take before the next one has its share.</summary>
    public int TurnBudgetUs { get; init; } = 200;

    /// <summary>Directory of static files; null serves none.</summary>
    public string? Root { get; init; }

    public HttpLimits Limits { get; init; } = HttpLimits.Default;

    /// <summary>
    /// Connections beyond are reset as soon as they are accepted; null takes what the limit on descriptors allows, up to
    /// <see cref="MostConnectionsUnasked"/>.
    /// </summary>
    public int? MaxConnections { get; init; }

    public int Backlog { get; init; } = 1024;

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

    /// <summary>Time for open connections to finish at a stop; reset beyond.</summary>
    public int StopTimeoutMs { get; init; } = 1_000;
}
