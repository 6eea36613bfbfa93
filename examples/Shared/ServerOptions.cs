using System.Net;
using System.Net.Sockets;

namespace FlexSc.Examples.Shared;

/// <summary>Who makes the socket calls.</summary>
internal enum IoMode
{
    /// <summary>FlexSC: calls go through the syscall page of the actor's loop.</summary>
    FlexSc,

    /// <summary>Stock Akka.IO on the thread pool, for comparison.</summary>
    AkkaIo,
}

/// <summary>What a connection's handler receives.</summary>
internal enum MessageMode
{
    /// <summary>Pooled receptions and the connection's own output; needs <see cref="IoMode.FlexSc"/>.</summary>
    Pooled,

    /// <summary>Akka.IO's own messages.</summary>
    Akka,
}

/// <summary>The settings that a server has because it is one. Sizes and times carry their unit in the name.</summary>
internal abstract record ServerOptions
{
    /// <summary>0 lets the kernel pick a free port.</summary>
    public int Port { get; init; }

    /// <summary>What to listen on; empty for the server's host and <see cref="Port"/>, unless there is a <see cref="UnixSocket"/>.</summary>
    public IReadOnlyList<ListenAddress> Listen { get; init; } = [];

    /// <summary>A Unix socket to listen on as well; null for none.</summary>
    public UnixSocketAddress? UnixSocket { get; init; }

    /// <summary>TLS on every address but that of the Unix socket, which nobody reads from outside; null for none.</summary>
    public ServiceCertificate? Tls { get; init; }

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

    /// <summary>The policy that decides at run time which loops get new work and which cores execute system calls; off for none.</summary>
    public string Placement { get; init; } = PlacementOptions.Off;

    /// <summary>With the policy static, the cores that execute system calls.</summary>
    public IReadOnlyList<int> SyscallCpus { get; init; } = [];

    /// <summary>Whether decisions of the placement are told on standard error.</summary>
    public bool Verbose { get; init; }

    /// <summary>Microseconds a loop may wait, after the first completion, for more to come together; 0 is off.</summary>
    public int BatchWaitUs { get; init; } = 100;

    /// <summary>Microseconds that each kind of a loop turn's work may take before the next one has its share.</summary>
    public int TurnBudgetUs { get; init; } = 200;

    /// <summary>Time in which the server may ask itself before it listens, until nothing more of it is compiled; 0 leaves that out.</summary>
    public int WarmUpMs { get; init; }

    /// <summary>Most connections at a time, of which one loop may have all.</summary>
    public abstract int MostConnections { get; }

    /// <summary>Connections that wait to be accepted.</summary>
    public int Backlog { get; init; } = 1024;

    /// <summary>
    /// Time that open connections have at a stop to end what they are at. With FlexSC nobody new is let in meanwhile, and those that are
    /// late are ended after their last byte; on stock Akka.IO they are reset.
    /// </summary>
    public int DrainMs { get; init; } = 5_000;

    /// <summary>Everything to listen on, names resolved.</summary>
    /// <param name="host">The server's host, where no address was asked for.</param>
    /// <exception cref="IOException">A name cannot be resolved.</exception>
    public async Task<IReadOnlyList<EndPoint>> EndPointsAsync(string host)
    {
        List<EndPoint> endPoints = [];
        foreach (ListenAddress address in Listen.Count > 0 || UnixSocket is not null ? Listen : [new ListenAddress(host, Port)])
        {
            endPoints.Add(await address.ResolveAsync().ConfigureAwait(false));
        }

        if (UnixSocket is { } socket)
        {
            endPoints.Add(new UnixDomainSocketEndPoint(socket.Path));
        }

        return endPoints;
    }
}
