namespace FlexSc.Interop.Backends.Simulated;

/// <summary>How a simulated world behaves: bounds, delays in nanoseconds of its clock, and how often in a million something goes wrong.</summary>
internal sealed record SimulationProfile
{
    /// <summary>Nothing goes wrong, and everything takes a little while.</summary>
    public static SimulationProfile Calm { get; } = new();

    /// <summary>Small buffers, small segments, short writes and interruptions: what every program has to bear without an error.</summary>
    public static SimulationProfile Rough { get; } = new()
    {
        MostNetworkDelayNs = 2_000_000,
        MostEdgeDelayNs = 200_000,
        SocketBufferBytes = 4_096,
        PipeBytes = 4_096,
        MostSegmentBytes = 700,
        SplitPerMillion = 300_000,
        ShortWritePerMillion = 200_000,
        InterruptedPerMillion = 20_000,
        LateReadinessPerMillion = 20_000,
        ShortFileTransferPerMillion = 50_000,
        HandedOverPerMillion = 100_000,
        UnreachedPerMillion = 100_000,
        MostQueuedChanges = 24,
        DatagramLossPerMillion = 50_000,
        DatagramReorderPerMillion = 100_000,
        DatagramDuplicatePerMillion = 20_000,
    };

    /// <summary>As <see cref="Rough"/>, and now and then memory, descriptors, space or a device fail.</summary>
    public static SimulationProfile Hostile { get; } = Rough with
    {
        NoBuffersPerMillion = 1_000,
        NoMemoryPerMillion = 1_000,
        TooManyFilesPerMillion = 10_000,
        NoSpacePerMillion = 5_000,
        DeviceErrorPerMillion = 2_000,
    };

    /// <summary>Shortest way of a segment or datagram to the other side.</summary>
    public long LeastNetworkDelayNs { get; init; } = 5_000;

    /// <summary>Longest way of a segment or datagram.</summary>
    public long MostNetworkDelayNs { get; init; } = 100_000;

    /// <summary>Longest time from a change of a descriptor to the edge that tells of it.</summary>
    public long MostEdgeDelayNs { get; init; } = 10_000;

    /// <summary>Shortest time of a call that is not made by the loop itself.</summary>
    public long LeastCallDelayNs { get; init; } = 2_000;

    /// <summary>Longest time of such a call: one on a file.</summary>
    public long MostCallDelayNs { get; init; } = 500_000;

    /// <summary>Time after which a connect that found a full backlog, or a segment that found a partition, tries again.</summary>
    public long RetransmissionNs { get; init; } = 1_000_000_000;

    /// <summary>Bytes that one direction of a connection holds, on its way and not yet received; also datagrams' bytes of a socket.</summary>
    public int SocketBufferBytes { get; init; } = 256 * 1024;

    /// <summary>Bytes that a pipe holds.</summary>
    public int PipeBytes { get; init; } = 64 * 1024;

    /// <summary>Most bytes that arrive at once.</summary>
    public int MostSegmentBytes { get; init; } = 64 * 1024;

    /// <summary>What was sent at once arrives in parts, although it is small enough.</summary>
    public int SplitPerMillion { get; init; }

    /// <summary>Most descriptors of a process: EMFILE beyond.</summary>
    public int DescriptorLimit { get; init; } = 16_384;

    /// <summary>Bytes that all files may have together: ENOSPC beyond.</summary>
    public long FileSystemBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Changes of watched files that a process is told of and has not read: beyond, it is told that some are lost.</summary>
    public int MostQueuedChanges { get; init; } = 16_384;

    /// <summary>A send takes a part of what there is room for.</summary>
    public int ShortWritePerMillion { get; init; }

    /// <summary>A read or write of a file moves a part.</summary>
    public int ShortFileTransferPerMillion { get; init; }

    /// <summary>EINTR of calls that say so.</summary>
    public int InterruptedPerMillion { get; init; }

    /// <summary>EAGAIN although there is something to move; an edge follows.</summary>
    public int LateReadinessPerMillion { get; init; }

    /// <summary>An attempt is made later, as a syscall thread makes it, instead of at once.</summary>
    public int HandedOverPerMillion { get; init; }

    /// <summary>A cancellation does not reach the call that it is for, which goes on.</summary>
    public int UnreachedPerMillion { get; init; }

    /// <summary>ENOBUFS of a send.</summary>
    public int NoBuffersPerMillion { get; init; }

    /// <summary>ENOMEM of calls that make something.</summary>
    public int NoMemoryPerMillion { get; init; }

    /// <summary>EMFILE of calls that make a descriptor.</summary>
    public int TooManyFilesPerMillion { get; init; }

    /// <summary>ENOSPC of a write to a file.</summary>
    public int NoSpacePerMillion { get; init; }

    /// <summary>EIO of a call on a file.</summary>
    public int DeviceErrorPerMillion { get; init; }

    /// <summary>A datagram is lost.</summary>
    public int DatagramLossPerMillion { get; init; }

    /// <summary>A datagram is overtaken by later ones.</summary>
    public int DatagramReorderPerMillion { get; init; }

    /// <summary>A datagram comes twice.</summary>
    public int DatagramDuplicatePerMillion { get; init; }
}
