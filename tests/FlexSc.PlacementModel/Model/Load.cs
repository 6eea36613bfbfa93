namespace FlexSc.PlacementModel.Model;

/// <summary>What clients and actors do for a while, for each core of the machine. Clients are elsewhere and take no core.</summary>
internal sealed record Load
{
    /// <summary>Seconds that it lasts.</summary>
    public required double Seconds { get; init; }

    /// <summary>Connections that each have one request under way, and ask again when it is answered.</summary>
    public int ConnectionsPerCore { get; init; }

    /// <summary>Microseconds between an answer and the next request: the network and the client.</summary>
    public double ThinkMicroseconds { get; init; } = 100;

    /// <summary>
    /// Requests a second that come whatever happens, for each core's worth that the machine can do (<see cref="Cores.Capacity"/>); 0 for
    /// those above.
    /// </summary>
    public double OfferedPerSecondPerCore { get; init; }

    /// <summary>Microseconds of the handler for each request.</summary>
    public double UserMicroseconds { get; init; }

    /// <summary>Socket calls of each request.</summary>
    public double Calls { get; init; } = 2;

    /// <summary>Nanoseconds of each call in the kernel; null for the measured ones of a socket call.</summary>
    public double? KernelNs { get; init; }

    /// <summary>Part of the requests that wait for the disk: 0 to 1.</summary>
    public double DiskShare { get; init; }

    /// <summary>Microseconds of a read of the disk.</summary>
    public double DiskMicroseconds { get; init; }

    /// <summary>An actor on loop 0 is told something so often, a second; 0 for none.</summary>
    public double ActorMessagesPerSecond { get; init; }

    /// <summary>Microseconds that it computes for each.</summary>
    public double ActorComputeMicroseconds { get; init; }

    /// <summary>Microseconds that it sleeps for each, and holds up whatever thread it runs on.</summary>
    public double ActorBlockMicroseconds { get; init; }

    /// <summary>The process' quota from here on, in parts of its cores; null for none.</summary>
    public double? QuotaOfCores { get; init; }
}
