using System.Buffers.Binary;
using System.Text;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;

namespace FlexSc.Interop.Calls;

/// <summary>What happens to a file or in a directory, see inotify(7).</summary>
[Flags]
public enum FileChanges
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>IN_MODIFY: its content was written to or cut.</summary>
    Modified = 0x2,

    /// <summary>IN_ATTRIB: its metadata changed.</summary>
    MetadataChanged = 0x4,

    /// <summary>IN_CLOSE_WRITE: one who could write has closed it.</summary>
    ClosedAfterWriting = 0x8,

    /// <summary>IN_MOVED_FROM: a name in the directory went elsewhere.</summary>
    MovedFrom = 0x40,

    /// <summary>IN_MOVED_TO: a name came into the directory; the cookie is that of <see cref="MovedFrom"/>.</summary>
    MovedTo = 0x80,

    /// <summary>IN_CREATE: a name was made in the directory.</summary>
    Created = 0x100,

    /// <summary>IN_DELETE: a name in the directory was removed.</summary>
    Deleted = 0x200,

    /// <summary>IN_DELETE_SELF: what is watched was removed.</summary>
    SelfDeleted = 0x400,

    /// <summary>IN_MOVE_SELF: what is watched was given another name.</summary>
    SelfMoved = 0x800,

    /// <summary>IN_UNMOUNT: its file system was unmounted. Told whether asked for or not.</summary>
    Unmounted = 0x2000,

    /// <summary>IN_Q_OVERFLOW: more happened than the kernel keeps; what was lost is not known. Told whether asked for or not.</summary>
    Overflowed = 0x4000,

    /// <summary>IN_IGNORED: nothing more will come, for what was watched is gone. Told whether asked for or not.</summary>
    Ended = 0x8000,

    /// <summary>IN_ISDIR: the name is that of a directory; beside another one.</summary>
    IsDirectory = 0x4000_0000,

    /// <summary>Content and names: all that can be asked for but <see cref="MetadataChanged"/>.</summary>
    All = Modified | ClosedAfterWriting | MovedFrom | MovedTo | Created | Deleted | SelfDeleted | SelfMoved,
}

/// <summary>One thing that happened.</summary>
/// <param name="Changes">What.</param>
/// <param name="Name">To which name in the directory; empty for what is watched itself.</param>
/// <param name="Cookie">The same for both sides of a rename; 0 else.</param>
public readonly record struct FileChange(FileChanges Changes, string Name, uint Cookie);

/// <summary>Watching files and directories, inotify(7); see <see cref="FileCalls"/> for threads, errors and cancellation.</summary>
public static class FileWatchCalls
{
    /// <summary>Room that holds at least one record, whatever its name.</summary>
    public const int MinBufferBytes = HeaderBytes + 256;

    // struct inotify_event: watch, mask, cookie, length of the name with its padding, name.
    private const int HeaderBytes = 16;
    private const int MaskOffset = 4;
    private const int CookieOffset = 8;
    private const int LengthOffset = 12;

    /// <summary>
    /// Opens a descriptor that tells what happens to one path; reading it (<see cref="FileTransferCalls.ReadAsync(SyscallLoop, int, nint, int, long, CancellationToken)"/>
    /// at the current position) waits for the next records, and <see cref="Parse"/> understands them. Whoever gets it closes it.
    /// </summary>
    /// <exception cref="ArgumentException">The path holds a NUL.</exception>
    /// <exception cref="LinuxException">The kernel refuses; the text names the limit that was reached.</exception>
    public static async ValueTask<int> OpenWatchAsync(
        this SyscallLoop loop, string path, FileChanges changes, CancellationToken cancellationToken = default)
    {
        // Blocking: a ring waits for the records of a descriptor itself, and the other backends see to it that reading does not wait.
        using NativeBlock nativePath = NativePath.Copy(path);
        long descriptor = await loop.SubmitAsync(SyscallNumber.InotifyInit1, FileCalls.CloseOnExec, 0, 0, 0, 0, 0, cancellationToken)
            .ConfigureAwait(false);
        if (descriptor < 0)
        {
            throw new LinuxException(
                (int)-descriptor, "inotify_init1", path,
                descriptor == -Errno.TooManyFiles
                    ? "raise sysctl fs.inotify.max_user_instances, or RLIMIT_NOFILE (ulimit -n)"
                    : CallRemedies.Of("inotify_init1", (int)-descriptor));
        }

        bool isWatched = false;
        try
        {
            long result = await loop.SubmitAsync(
                SyscallNumber.InotifyAddWatch, descriptor, nativePath.Address, (long)changes, 0, 0, 0, cancellationToken).ConfigureAwait(false);
            isWatched = result >= 0;
            return isWatched ? (int)descriptor : throw new LinuxException(
                (int)-result, "inotify_add_watch", path,
                result switch
                {
                    -RareErrno.NoSpace => "raise sysctl fs.inotify.max_user_watches",
                    -Errno.Invalid => "name changes that are to be told",
                    _ => CallRemedies.Of("inotify_add_watch", (int)-result),
                });
        }
        finally
        {
            if (!isWatched)
            {
                await loop.CloseAsync((int)descriptor).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The records that one read brought. From any thread.</summary>
    public static IReadOnlyList<FileChange> Parse(ReadOnlySpan<byte> records)
    {
        List<FileChange> changes = [];
        while (records.Length >= HeaderBytes)
        {
            int nameBytes = BinaryPrimitives.ReadInt32LittleEndian(records[LengthOffset..]);
            ReadOnlySpan<byte> name = records.Slice(HeaderBytes, nameBytes);
            int end = name.IndexOf((byte)0);
            changes.Add(new FileChange(
                (FileChanges)BinaryPrimitives.ReadInt32LittleEndian(records[MaskOffset..]),
                Encoding.UTF8.GetString(end < 0 ? name : name[..end]),
                BinaryPrimitives.ReadUInt32LittleEndian(records[CookieOffset..])));
            records = records[(HeaderBytes + nameBytes)..];
        }

        return changes;
    }
}
