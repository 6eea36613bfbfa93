namespace FlexSc.Interop.Capabilities;

/// <summary>
/// What io_uring answered when it was tried. An errno is null when the call was not tried, because one before it failed; 0 when
/// it succeeded; else the positive errno.
/// </summary>
internal sealed record IoUringCapabilities
{
    /// <summary>io_uring_setup with what the io-uring backend uses: SINGLE_ISSUER and DEFER_TASKRUN (Linux 6.1), and the loop's ring sizes.</summary>
    public int? SetupError { get; init; }

    /// <summary>io_uring_setup of a ring of one slot without flags; tried only when <see cref="SetupError"/> is not 0, to tell why.</summary>
    public int? PlainSetupError { get; init; }

    /// <summary>io_uring_enter with nothing to do.</summary>
    public int? EnterError { get; init; }

    /// <summary>io_uring_register with IORING_REGISTER_PROBE, which lists the opcodes (Linux 5.6).</summary>
    public int? ProbeError { get; init; }

    /// <summary>io_uring_register with IORING_REGISTER_PBUF_RING, a ring of provided buffers (Linux 5.19).</summary>
    public int? ProvidedBufferRingError { get; init; }

    /// <summary>io_uring_setup with SQPOLL, a kernel thread that polls for submissions (without privilege since Linux 5.13).</summary>
    public int? SqPollError { get; init; }

    /// <summary>Bits IORING_FEAT_* of the ring.</summary>
    public uint Features { get; init; }

    /// <summary>Opcodes that the kernel executes, by number.</summary>
    public IReadOnlyList<byte> Opcodes { get; init; } = [];

    /// <summary>
    /// Bytes that the rings of one loop, the one of provided buffers among them, count against RLIMIT_MEMLOCK: measured when the
    /// ring was set up, else an estimate.
    /// </summary>
    public long RingBytes { get; init; }
}
