using System.Runtime.InteropServices;

namespace FlexSc.Interop.Linux;

/// <summary><c>struct statx</c> of linux/stat.h, the members used here.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct NativeStatus
{
    /// <summary>AT_EMPTY_PATH: an empty path means the descriptor itself.</summary>
    public const long EmptyPath = 0x1000;

    public const uint MaskType = 0x1; // STATX_TYPE
    public const uint MaskBasic = 0x7ff; // STATX_BASIC_STATS
    public const uint MaskCreated = 0x800; // STATX_BTIME

    public const int TypeFifo = 1; // S_IFIFO >> 12
    public const int TypeDirectory = 4; // S_IFDIR >> 12
    public const int TypeBlockDevice = 6; // S_IFBLK >> 12
    public const int TypeRegular = 8; // S_IFREG >> 12

    private const int TypeShift = 12;

    [FieldOffset(0)]
    public uint Mask;

    [FieldOffset(16)]
    public uint LinkCount;

    [FieldOffset(20)]
    public uint UserId;

    [FieldOffset(24)]
    public uint GroupId;

    [FieldOffset(28)]
    public ushort Mode;

    [FieldOffset(32)]
    public ulong Inode;

    [FieldOffset(40)]
    public ulong Length;

    [FieldOffset(48)]
    public ulong Blocks;

    [FieldOffset(64)]
    public NativeTime Accessed;

    [FieldOffset(80)]
    public NativeTime Created;

    [FieldOffset(96)]
    public NativeTime StatusChanged;

    [FieldOffset(112)]
    public NativeTime Modified;

    [FieldOffset(136)]
    public uint DeviceMajor;

    [FieldOffset(140)]
    public uint DeviceMinor;

    /// <summary>What kind of file it is, one of <c>Type*</c> or another of inode(7).</summary>
    public readonly int FileType => Mode >> TypeShift;
}

/// <summary><c>struct statx_timestamp</c>.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct NativeTime
{
    [FieldOffset(0)]
    public long Seconds;

    [FieldOffset(8)]
    public uint Nanoseconds;
}
