using System.Runtime.InteropServices;

namespace FlexSc.Interop.Backends.IoUring;

/// <summary>
/// Constants of include/uapi/linux/io_uring.h, with the kernel that brought each where it is newer than 5.6.
/// Tmds.LibC stops at Linux 5.7, so they are our own; a test compares them with the system's header.
/// </summary>
internal static class IoUringUapi
{
    public const uint SetupSqPoll = 1u << 1;
    public const uint SetupSqAff = 1u << 2;
    public const uint SetupCqSize = 1u << 3;
    public const uint SetupAttachWq = 1u << 5;
    public const uint SetupSubmitAll = 1u << 7; // 5.18
    public const uint SetupTaskRunFlag = 1u << 9; // 5.19
    public const uint SetupSingleIssuer = 1u << 12; // 6.0
    public const uint SetupDeferTaskRun = 1u << 13; // 6.1

    public const uint FeatureSingleMmap = 1u << 0;
    public const uint FeatureNoDrop = 1u << 1;
    public const uint FeatureExtArg = 1u << 8; // 5.11
    public const uint FeatureMinTimeout = 1u << 15; // 6.12

    public const long OffsetSqRing = 0;
    public const long OffsetSqes = 0x10000000;

    public const uint EnterGetEvents = 1u << 0;
    public const uint EnterSqWakeup = 1u << 1;
    public const uint EnterSqWait = 1u << 2; // 5.10
    public const uint EnterExtArg = 1u << 3;

    public const uint SqNeedWakeup = 1u << 0;
    public const uint SqCqOverflow = 1u << 1;
    public const uint SqTaskRun = 1u << 2;

    public const uint FsyncDataSync = 1u << 0;

    public const uint AsyncCancelAll = 1u << 0; // 5.19
    public const uint AsyncCancelAny = 1u << 2; // 5.19

    public const byte SqeBufferSelect = 1 << 5;
    public const ushort AcceptMultishot = 1 << 0; // 5.19
    public const ushort RecvMultishot = 1 << 1; // 6.0

    public const uint CqeBuffer = 1u << 0;
    public const uint CqeMore = 1u << 1;
    public const int CqeBufferShift = 16;

    public const uint RegisterEventDescriptor = 4;
    public const uint UnregisterEventDescriptor = 5;
    public const uint RegisterWorkerAffinity = 17; // 5.14
    public const uint RegisterMaxWorkers = 19; // 5.15
    public const uint RegisterProvidedBufferRing = 22; // 5.19
    public const uint UnregisterProvidedBufferRing = 23; // 5.19
}

/// <summary>Submission queue entry: <c>struct io_uring_sqe</c>, 64 bytes, the members used here.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct SubmissionQueueEntry
{
    [FieldOffset(0)]
    public byte Opcode;

    [FieldOffset(1)]
    public byte Flags;

    [FieldOffset(2)]
    public ushort IoPriority;

    [FieldOffset(4)]
    public int FileDescriptor;

    [FieldOffset(8)]
    public ulong Offset;

    [FieldOffset(16)]
    public ulong Address;

    [FieldOffset(24)]
    public uint Length;

    [FieldOffset(28)]
    public uint OperationFlags;

    [FieldOffset(32)]
    public ulong UserData;

    [FieldOffset(40)]
    public ushort BufferGroup;

    /// <summary>Length of a destination's address; of send since 6.1.</summary>
    [FieldOffset(44)]
    public ushort AddressLength;
}

/// <summary>Completion queue entry: <c>struct io_uring_cqe</c>.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct CompletionQueueEntry
{
    [FieldOffset(0)]
    public ulong UserData;

    [FieldOffset(8)]
    public int Result;

    [FieldOffset(12)]
    public uint Flags;
}

/// <summary><c>struct io_sqring_offsets</c>.</summary>
[StructLayout(LayoutKind.Explicit, Size = 40)]
internal struct SubmissionRingOffsets
{
    [FieldOffset(0)]
    public uint Head;

    [FieldOffset(4)]
    public uint Tail;

    [FieldOffset(8)]
    public uint RingMask;

    [FieldOffset(12)]
    public uint RingEntries;

    [FieldOffset(16)]
    public uint Flags;

    [FieldOffset(20)]
    public uint Dropped;

    [FieldOffset(24)]
    public uint Array;
}

/// <summary><c>struct io_cqring_offsets</c>.</summary>
[StructLayout(LayoutKind.Explicit, Size = 40)]
internal struct CompletionRingOffsets
{
    [FieldOffset(0)]
    public uint Head;

    [FieldOffset(4)]
    public uint Tail;

    [FieldOffset(8)]
    public uint RingMask;

    [FieldOffset(12)]
    public uint RingEntries;

    [FieldOffset(16)]
    public uint Overflow;

    [FieldOffset(20)]
    public uint Cqes;
}

/// <summary><c>struct io_uring_params</c>.</summary>
[StructLayout(LayoutKind.Explicit, Size = 120)]
internal struct IoUringParameters
{
    [FieldOffset(0)]
    public uint SqEntries;

    [FieldOffset(4)]
    public uint CqEntries;

    [FieldOffset(8)]
    public uint Flags;

    [FieldOffset(12)]
    public uint SqThreadCpu;

    [FieldOffset(16)]
    public uint SqThreadIdleMs;

    [FieldOffset(20)]
    public uint Features;

    /// <summary>With ATTACH_WQ, the ring whose polling thread serves this one, too.</summary>
    [FieldOffset(24)]
    public uint WorkQueueDescriptor;

    [FieldOffset(40)]
    public SubmissionRingOffsets SqOffsets;

    [FieldOffset(80)]
    public CompletionRingOffsets CqOffsets;
}

/// <summary><c>struct io_uring_getevents_arg</c> of IORING_ENTER_EXT_ARG (5.11).</summary>
[StructLayout(LayoutKind.Explicit, Size = 24)]
internal struct GetEventsArgument
{
    [FieldOffset(0)]
    public ulong SignalMask;

    [FieldOffset(8)]
    public uint SignalMaskBytes;

    /// <summary>A name since 6.12, padding that must be 0 before.</summary>
    [FieldOffset(12)]
    public uint MinWaitMicroseconds;

    [FieldOffset(16)]
    public ulong Timespec;
}

/// <summary><c>struct io_uring_buf</c>: one slot of a provided buffer ring (5.19).</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct BufferRingSlot
{
    [FieldOffset(0)]
    public ulong Address;

    [FieldOffset(8)]
    public uint Length;

    [FieldOffset(12)]
    public ushort BufferId;

    /// <summary>Unused, except in the first slot: there it is the tail of the ring.</summary>
    [FieldOffset(14)]
    public ushort Tail;
}

/// <summary><c>struct io_uring_buf_reg</c> of IORING_REGISTER_PBUF_RING (5.19).</summary>
[StructLayout(LayoutKind.Explicit, Size = 40)]
internal struct BufferRingRegistration
{
    [FieldOffset(0)]
    public ulong RingAddress;

    [FieldOffset(8)]
    public uint RingEntries;

    [FieldOffset(12)]
    public ushort BufferGroup;
}
