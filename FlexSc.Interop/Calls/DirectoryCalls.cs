using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;

namespace FlexSc.Interop.Calls;

/// <summary>Directories through the page; see <see cref="FileCalls"/> for threads, errors and cancellation.</summary>
public static class DirectoryCalls
{
    /// <summary>What a new directory's permissions are unless told: all for the owner, read and search for the others; less the umask.</summary>
    public const UnixFileMode DefaultMode = FileCalls.DefaultMode
        | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Bytes that one call of getdents64 fills at most: a few hundred names.</summary>
    internal const int BatchBytes = 32 * 1024;

    // struct linux_dirent64 of getdents64(2): inode, offset, length of the record, kind, name.
    private const int LengthOffset = 16;
    private const int KindOffset = 18;
    private const int NameOffset = 19;

    /// <summary>Makes a directory, mkdirat(2).</summary>
    /// <exception cref="ArgumentException">The path holds a NUL.</exception>
    /// <exception cref="LinuxException">The kernel refuses: EEXIST when the name is taken.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public static async ValueTask MakeDirectoryAsync(
        this SyscallLoop loop, string path, UnixFileMode mode = DefaultMode, CancellationToken cancellationToken = default)
    {
        using NativeBlock nativePath = NativePath.Copy(path);
        long result = await loop.SubmitAsync(
            SyscallNumber.MkDirAt, NativePath.WorkingDirectory, nativePath.Address, (long)mode, 0, 0, 0, cancellationToken).ConfigureAwait(false);
        CallResult.OfObject(result, "mkdirat", path);
    }

    /// <summary>
    /// Yields the names in a directory, without "." and "..", in the order of the file system. A name that is made or removed
    /// meanwhile may be yielded or not. Enumerate on the loop's thread; the directory is closed at the end.
    /// </summary>
    /// <exception cref="ArgumentException">The path holds a NUL.</exception>
    /// <exception cref="LinuxException">The kernel refuses: ENOTDIR when it is no directory.</exception>
    public static async IAsyncEnumerable<DirectoryEntry> ReadDirectoryAsync(
        this SyscallLoop loop, string path, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        int descriptor = await loop.OpenAsync(path, OpenFlags.ReadOnly | OpenFlags.Directory, cancellationToken: cancellationToken).ConfigureAwait(false);
        try
        {
            await foreach (DirectoryEntry entry in loop.ReadDirectoryAsync(descriptor, cancellationToken).ConfigureAwait(false))
            {
                yield return entry;
            }
        }
        finally
        {
            await loop.CloseAsync(descriptor).ConfigureAwait(false);
        }
    }

    /// <summary>Yields the names in an open directory, from its position on; it stays open.</summary>
    /// <exception cref="LinuxException">The kernel refuses: ENOTDIR when it is no directory.</exception>
    public static async IAsyncEnumerable<DirectoryEntry> ReadDirectoryAsync(
        this SyscallLoop loop, int descriptor, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using NativeBlock batch = NativeBlock.Allocate(BatchBytes);
        while (true)
        {
            long result = await loop.SubmitAsync(SyscallNumber.GetDents64, descriptor, batch.Address, BatchBytes, 0, 0, 0, cancellationToken)
                .ConfigureAwait(false);
            int filled = CallResult.OfDescriptor(result, "getdents64", descriptor);
            if (filled == 0)
            {
                yield break;
            }

            for (int position = 0; position < filled;)
            {
                position += Parse(batch.Span[position..filled], out DirectoryEntry? entry);
                if (entry is not null)
                {
                    yield return entry.Value;
                }
            }
        }
    }

    /// <summary>The next names in an open directory, as many as the kernel tells at once: up to some hundreds.</summary>
    /// <returns>The names, without "." and ".."; null when all were told.</returns>
    /// <exception cref="LinuxException">The kernel refuses: ENOTDIR when it is no directory.</exception>
    public static async ValueTask<IReadOnlyList<DirectoryEntry>?> ReadDirectoryPageAsync(
        this SyscallLoop loop, int descriptor, CancellationToken cancellationToken = default)
    {
        using NativeBlock batch = NativeBlock.Allocate(BatchBytes);
        long result = await loop.SubmitAsync(SyscallNumber.GetDents64, descriptor, batch.Address, BatchBytes, 0, 0, 0, cancellationToken)
            .ConfigureAwait(false);
        int filled = CallResult.OfDescriptor(result, "getdents64", descriptor);
        List<DirectoryEntry> entries = [];
        for (int position = 0; position < filled;)
        {
            position += Parse(batch.Span[position..filled], out DirectoryEntry? entry);
            if (entry is not null)
            {
                entries.Add(entry.Value);
            }
        }

        return filled == 0 ? null : entries;
    }

    /// <returns>Bytes of the record; the entry is null for "." and "..".</returns>
    private static int Parse(ReadOnlySpan<byte> records, out DirectoryEntry? entry)
    {
        ulong inode = BinaryPrimitives.ReadUInt64LittleEndian(records);
        int length = BinaryPrimitives.ReadUInt16LittleEndian(records[LengthOffset..]);
        ReadOnlySpan<byte> name = records[NameOffset..length];
        name = name[..name.IndexOf((byte)0)];
        entry = name.SequenceEqual("."u8) || name.SequenceEqual(".."u8)
            ? null
            : new DirectoryEntry(Encoding.UTF8.GetString(name), (FileKind)records[KindOffset], inode, Utf8.IsValid(name));
        return length;
    }
}
