using System.Buffers.Binary;
using System.Text;
using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Backends.Simulated;

/// <summary>A file or directory that is open.</summary>
internal abstract class NodeDescription : OpenDescription
{
    protected NodeDescription(SimulatedKernel kernel, SimulatedProcess owner, FileNode node)
        : base(kernel, owner)
    {
        Node = node;
        node.Openings++;
    }

    public FileNode Node { get; }

    public override uint Events => In | Out;

    public override bool CanBeWatched => false;

    protected override void OnClosed() => SimulatedFileSystem.OnClosed(Node);
}

/// <summary>A regular file that is open.</summary>
internal sealed class FileDescription(SimulatedKernel kernel, SimulatedProcess owner, FileNode node, long flags)
    : NodeDescription(kernel, owner, node)
{
    public const long AccessMask = 3;
    public const long WriteOnly = 1;
    public const long Append = 0x400;

    /// <summary>Where read(2) and write(2) go on.</summary>
    public long Position { get; set; }

    public bool CanWrite => (flags & AccessMask) != 0;

    private bool CanRead => (flags & AccessMask) != WriteOnly;

    public override long Read(Span<byte> destination)
    {
        long moved = ReadAt(destination, Position);
        Position += Math.Max(0, moved);
        return moved;
    }

    public override long Write(ReadOnlySpan<byte> source)
    {
        if ((flags & Append) != 0)
        {
            Position = Node.Length;
        }

        long moved = WriteAt(source, Position);
        Position += Math.Max(0, moved);
        return moved;
    }

    public long ReadAt(Span<byte> destination, long offset)
    {
        if (!CanRead)
        {
            return -Errno.BadDescriptor;
        }

        if (offset < 0)
        {
            return -Errno.Invalid;
        }

        if (Kernel.Random.Chance(Kernel.Profile.DeviceErrorPerMillion))
        {
            return -RareErrno.IoError;
        }

        int bytes = Shorten((int)Math.Clamp(Node.Length - offset, 0, destination.Length));
        if (bytes > 0)
        {
            Node.Bytes.AsSpan((int)offset, bytes).CopyTo(destination);
        }

        return bytes;
    }

    public long WriteAt(ReadOnlySpan<byte> source, long offset)
    {
        if (!CanWrite)
        {
            return -Errno.BadDescriptor;
        }

        if (offset < 0)
        {
            return -Errno.Invalid;
        }

        SimulationProfile profile = Kernel.Profile;
        if (Kernel.Random.Chance(profile.NoSpacePerMillion))
        {
            return -RareErrno.NoSpace;
        }

        if (Kernel.Random.Chance(profile.DeviceErrorPerMillion))
        {
            return -RareErrno.IoError;
        }

        int bytes = Shorten(source.Length);
        if (bytes == 0)
        {
            return 0;
        }

        if (offset + bytes > Node.Length && !Kernel.Files.TryResize(Node, offset + bytes))
        {
            return -RareErrno.NoSpace;
        }

        source[..bytes].CopyTo(Node.Bytes.AsSpan((int)offset));
        Node.ModifiedUnixSeconds = Kernel.Clock.UnixSeconds;
        SimulatedFileSystem.TellContent(Node, ChangeBits.Modified);
        return bytes;
    }

    protected override void OnClosed()
    {
        if (CanWrite)
        {
            SimulatedFileSystem.TellContent(Node, ChangeBits.ClosedAfterWriting);
        }

        base.OnClosed();
    }

    private int Shorten(int bytes) => bytes > 1 && Kernel.Random.Chance(Kernel.Profile.ShortFileTransferPerMillion)
        ? (int)Kernel.Random.Between(1, bytes) : bytes;
}

/// <summary>A directory that is open.</summary>
internal sealed class DirectoryDescription(SimulatedKernel kernel, SimulatedProcess owner, FileNode node) : NodeDescription(kernel, owner, node)
{
    // struct linux_dirent64 of getdents64(2): inode, offset, length of the record, kind, name.
    private const int OffsetOffset = 8;
    private const int LengthOffset = 16;
    private const int KindOffset = 18;
    private const int NameOffset = 19;
    private const int Alignment = 8;

    /// <summary>The name told last; names that come behind it are told yet.</summary>
    private string? _last;
    private int _told;

    public override long Read(Span<byte> destination) => -RareErrno.IsDirectory;

    /// <summary>Tells the next names, getdents64(2).</summary>
    public long ReadNames(Span<byte> destination)
    {
        int filled = 0;
        while (NextName() is { } name)
        {
            byte[] encoded = Encoding.UTF8.GetBytes(name);
            int length = (NameOffset + encoded.Length + 1 + Alignment - 1) / Alignment * Alignment;
            if (filled + length > destination.Length)
            {
                return filled == 0 ? -Errno.Invalid : filled;
            }

            Span<byte> entry = destination.Slice(filled, length);
            entry.Clear();
            FileNode named = name is "." or ".." ? Node : Node.Names[name];
            BinaryPrimitives.WriteUInt64LittleEndian(entry, named.Inode);
            BinaryPrimitives.WriteInt64LittleEndian(entry[OffsetOffset..], ++_told);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[LengthOffset..], (ushort)length);
            entry[KindOffset] = (byte)named.Kind;
            encoded.CopyTo(entry[NameOffset..]);
            filled += length;
            _last = name;
        }

        return filled;
    }

    private string? NextName()
    {
        if (_told < 2)
        {
            return _told == 0 ? "." : "..";
        }

        bool isFirst = _told == 2;
        foreach (string name in Node.Names.Keys)
        {
            if (isFirst || string.CompareOrdinal(name, _last) > 0)
            {
                return name;
            }
        }

        return null;
    }
}
