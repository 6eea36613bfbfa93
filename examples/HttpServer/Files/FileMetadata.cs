using System.Buffers.Binary;
using System.Security.Cryptography;
using FlexSc.Interop.Calls;

namespace FlexSc.Examples.HttpServer.Files;

/// <summary>
/// What a file is and in which state: two that are equal have the same content. Size and time of modification would not do, as
/// reproducible builds and <c>rsync -t</c> set the time; the time of the last change of the inode cannot be set.
/// </summary>
/// <param name="Device">Device that holds it.</param>
/// <param name="Inode">Number of the inode on it.</param>
/// <param name="SizeBytes">Length of the file.</param>
/// <param name="Modified">Last change of the content, as whoever may write to the file has it.</param>
/// <param name="StatusChanged">Last change of content or metadata, as the kernel has it.</param>
/// <param name="Kind">What it is; anything but a regular file and a directory is not served.</param>
internal readonly record struct FileMetadata(
    ulong Device, ulong Inode, long SizeBytes, UnixTime Modified, UnixTime StatusChanged, FileKind Kind)
{
    /// <summary>Bytes of the hash that the tag shows: so many do not collide by chance.</summary>
    private const int TagBytes = 16;

    // What an HTTP date can say: years of four digits. File systems hold more.
    private static readonly long FirstSecond = new DateTimeOffset(DateTime.MinValue, TimeSpan.Zero).ToUnixTimeSeconds();
    private static readonly long LastSecond = new DateTimeOffset(DateTime.MaxValue, TimeSpan.Zero).ToUnixTimeSeconds();

    /// <summary>What a call has told of a file.</summary>
    public static FileMetadata Of(in FileStatus status) =>
        new(status.Device, status.Inode, status.Length, status.Modified, status.StatusChanged, status.Kind);

    public bool IsDirectory => Kind == FileKind.Directory;

    public bool IsRegularFile => Kind == FileKind.RegularFile;

    /// <summary>Last modification in whole seconds, the precision of an HTTP date; the nearest date that there is.</summary>
    public DateTime ModifiedUtc => DateTime.UnixEpoch.AddSeconds(Math.Clamp(Modified.Seconds, FirstSecond, LastSecond));

    /// <summary>A strong validator, quotes included: it changes with everything here. A hash, so that it tells no inode numbers.</summary>
    public string EntityTag
    {
        get
        {
            Span<byte> state = stackalloc byte[7 * sizeof(long)];
            BinaryPrimitives.WriteUInt64LittleEndian(state, Device);
            BinaryPrimitives.WriteUInt64LittleEndian(state[8..], Inode);
            BinaryPrimitives.WriteInt64LittleEndian(state[16..], SizeBytes);
            BinaryPrimitives.WriteInt64LittleEndian(state[24..], Modified.Seconds);
            BinaryPrimitives.WriteInt64LittleEndian(state[32..], Modified.Nanoseconds);
            BinaryPrimitives.WriteInt64LittleEndian(state[40..], StatusChanged.Seconds);
            BinaryPrimitives.WriteInt64LittleEndian(state[48..], StatusChanged.Nanoseconds);
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(state, hash);
            return $"\"{Convert.ToHexStringLower(hash[..TagBytes])}\"";
        }
    }

    /// <summary>What Last-Modified says: not later than the answer itself (RFC 9110, 8.8.2.1), though a file's time may lie ahead.</summary>
    public DateTime LastModifiedUtc(DateTime nowUtc) => ModifiedUtc <= nowUtc ? ModifiedUtc : nowUtc;
}
