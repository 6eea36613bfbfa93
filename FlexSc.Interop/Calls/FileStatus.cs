using System.Runtime.InteropServices;

namespace FlexSc.Interop.Calls;

/// <summary>Metadata of a file, as statx(2) tells it.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Permissions">Who may do what.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Inode">Number of the inode, one of a kind on its device.</param>
/// <param name="Device">Device that holds it: major number in the upper, minor in the lower 32 bits.</param>
/// <param name="LinkCount">Names it has.</param>
/// <param name="UserId">Owner.</param>
/// <param name="GroupId">Group.</param>
/// <param name="AllocatedBytes">Bytes it takes on the device.</param>
/// <param name="Accessed">Last read; mount options decide how exact.</param>
/// <param name="Modified">Last change of the content.</param>
/// <param name="StatusChanged">Last change of content or metadata.</param>
/// <param name="Created">Birth, or null where the file system does not keep it.</param>
public readonly record struct FileStatus(
    FileKind Kind, UnixFileMode Permissions, long Length, ulong Inode, ulong Device, uint LinkCount, uint UserId, uint GroupId,
    long AllocatedBytes, UnixTime Accessed, UnixTime Modified, UnixTime StatusChanged, UnixTime? Created)
{
    private const int KindShift = 12;
    private const ushort PermissionMask = 0xfff;
    private const int BlockBytes = 512;
    private const int DeviceMajorShift = 32;

    internal static FileStatus Of(in NativeStatus native) => new(
        (FileKind)(native.Mode >> KindShift),
        (UnixFileMode)(native.Mode & PermissionMask),
        (long)native.Length,
        native.Inode,
        ((ulong)native.DeviceMajor << DeviceMajorShift) | native.DeviceMinor,
        native.LinkCount,
        native.UserId,
        native.GroupId,
        (long)native.Blocks * BlockBytes,
        native.Accessed.ToUnixTime(),
        native.Modified.ToUnixTime(),
        native.StatusChanged.ToUnixTime(),
        (native.Mask & NativeStatus.MaskCreated) != 0 ? native.Created.ToUnixTime() : null);
}

/// <summary><c>struct statx</c> of linux/stat.h, the members used here.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct NativeStatus
{
    public const uint MaskBasic = 0x7ff; // STATX_BASIC_STATS
    public const uint MaskCreated = 0x800; // STATX_BTIME

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
}

/// <summary><c>struct statx_timestamp</c>.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct NativeTime
{
    [FieldOffset(0)]
    public long Seconds;

    [FieldOffset(8)]
    public uint Nanoseconds;

    public readonly UnixTime ToUnixTime() => new(Seconds, (int)Nanoseconds);
}
