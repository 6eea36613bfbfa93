using System.Runtime.InteropServices;

namespace FlexSc.Interop.Page;

/// <summary>
/// The two ends of a ring of entry indexes. Each end has a cache line of its own because different sides write them.
/// Mirrors <c>struct flexsc_ring</c>.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal struct IndexRingEnds
{
    /// <summary>Position of the next index to take; written by the consumer.</summary>
    [FieldOffset(0)]
    public uint Head;

    /// <summary>Position of the next index to put; written by the producer.</summary>
    [FieldOffset(64)]
    public uint Tail;
}

/// <summary>First page of a page set: its dimensions and the ends of its rings. Mirrors <c>struct flexsc_control</c>.</summary>
[StructLayout(LayoutKind.Explicit, Size = 640)]
internal struct ControlPage
{
    /// <summary><see cref="FlexScAbi.Magic"/>.</summary>
    [FieldOffset(0)]
    public uint Magic;

    /// <summary><see cref="FlexScAbi.Version"/>.</summary>
    [FieldOffset(4)]
    public uint Version;

    /// <summary>Number of syscall pages.</summary>
    [FieldOffset(8)]
    public uint PageCount;

    /// <summary>Number of entries: 64 a page.</summary>
    [FieldOffset(12)]
    public uint EntryCount;

    /// <summary>Slots of each ring: a power of two, at least the number of entries.</summary>
    [FieldOffset(16)]
    public uint RingCapacity;

    /// <summary>Ring capacity less one.</summary>
    [FieldOffset(20)]
    public uint RingMask;

    /// <summary>Byte offset of the submission ring's slots.</summary>
    [FieldOffset(24)]
    public uint SubmissionRingOffset;

    /// <summary>Byte offset of the completion ring's slots.</summary>
    [FieldOffset(28)]
    public uint CompletionRingOffset;

    /// <summary>Byte offset of the first syscall page.</summary>
    [FieldOffset(32)]
    public uint PagesOffset;

    /// <summary>Bytes of the whole page set.</summary>
    [FieldOffset(36)]
    public uint TotalBytes;

    /// <summary>Byte offset of the buffer ring's slots; 0 when there is none.</summary>
    [FieldOffset(40)]
    public uint BufferRingOffset;

    /// <summary>Slots of the buffer ring: a power of two.</summary>
    [FieldOffset(44)]
    public uint BufferRingCapacity;

    /// <summary>Ring from the program to the executor.</summary>
    [FieldOffset(64)]
    public IndexRingEnds Submission;

    /// <summary>Ring from the executor to the program.</summary>
    [FieldOffset(192)]
    public IndexRingEnds Completion;

    /// <summary>Not 0: the program is about to sleep and asks to be woken.</summary>
    [FieldOffset(320)]
    public uint ProgramSleeps;

    /// <summary>Not 0: the executor is about to sleep and asks to be kicked.</summary>
    [FieldOffset(384)]
    public uint ExecutorSleeps;

    /// <summary>Syscall threads that an executor in the kernel has.</summary>
    [FieldOffset(448)]
    public uint Threads;

    /// <summary>Of these, the ones that wait inside a call.</summary>
    [FieldOffset(452)]
    public uint BlockedThreads;

    /// <summary>Not 0: work waits and no syscall thread is free.</summary>
    [FieldOffset(456)]
    public uint WantsThread;

    /// <summary>Ring of buffers from the program to the executor.</summary>
    [FieldOffset(512)]
    public IndexRingEnds Buffers;
}
