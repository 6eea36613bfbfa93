using FlexSc.Interop.Linux;

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
    private const ushort PermissionMask = 0xfff;
    private const int BlockBytes = 512;
    private const int DeviceMajorShift = 32;

    internal static FileStatus Of(in NativeStatus native) => new(
        (FileKind)native.FileType,
        (UnixFileMode)(native.Mode & PermissionMask),
        (long)native.Length,
        native.Inode,
        ((ulong)native.DeviceMajor << DeviceMajorShift) | native.DeviceMinor,
        native.LinkCount,
        native.UserId,
        native.GroupId,
        (long)native.Blocks * BlockBytes,
        UnixTimeOf(native.Accessed),
        UnixTimeOf(native.Modified),
        UnixTimeOf(native.StatusChanged),
        (native.Mask & NativeStatus.MaskCreated) != 0 ? UnixTimeOf(native.Created) : null);

    private static UnixTime UnixTimeOf(in NativeTime time) => new(time.Seconds, (int)time.Nanoseconds);
}
