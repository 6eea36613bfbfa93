using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Backends.Simulated;

/// <summary>What a name in a directory stands for.</summary>
internal sealed class FileNode(ulong inode, FileNodeKind kind, uint permissions, long unixSeconds)
{
    public ulong Inode => inode;

    public FileNodeKind Kind => kind;

    public uint Permissions => permissions;

    public int Links { get; set; } = 1;

    /// <summary>Content of a regular file; the array may be longer than the file.</summary>
    public byte[] Bytes { get; set; } = [];

    public long Length { get; set; }

    public long ModifiedUnixSeconds { get; set; } = unixSeconds;

    /// <summary>Names in a directory, in an order that depends on nothing else.</summary>
    public SortedDictionary<string, FileNode> Names { get; } = new(StringComparer.Ordinal);

    /// <summary>The socket that is bound to a name.</summary>
    public SimulatedSocket? Socket { get; init; }

    /// <summary>The directory that has its name; null where none has.</summary>
    public FileNode? Parent { get; set; }

    /// <summary>Its name there.</summary>
    public string Name { get; set; } = "";

    /// <summary>Descriptors that stand for it.</summary>
    public int Openings { get; set; }

    /// <summary>Who watches it.</summary>
    public List<NodeWatch> Watches { get; } = [];
}

/// <summary>S_IFMT of a mode, shifted right by 12.</summary>
internal enum FileNodeKind
{
    Directory = 4,
    RegularFile = 8,
    Socket = 12,
}

/// <summary>Files and directories in memory. Paths begin at its root, or at a directory that is open.</summary>
internal sealed partial class SimulatedFileSystem(long limitBytes)
{
    private const int LongestName = 255;
    private const uint RootPermissions = 0b111_101_101;

    private ulong _lastInode = 1;
    private long _usedBytes;

    /// <summary>Bytes that all files may have together: ENOSPC beyond.</summary>
    public long LimitBytes { get; set; } = limitBytes;

    /// <summary>Something found no room.</summary>
    public bool WasFull { get; private set; }

    public FileNode Root { get; } = new(1, FileNodeKind.Directory, RootPermissions, 0);

    /// <summary>Finds a name.</summary>
    /// <param name="from">Where a relative path begins.</param>
    /// <param name="path">Path.</param>
    /// <param name="node">The file.</param>
    /// <param name="beneath">Refuses a path that leaves <paramref name="from"/>, RESOLVE_BENEATH of openat2(2).</param>
    /// <returns>0 or a negative errno.</returns>
    public long Find(FileNode from, string path, out FileNode node, bool beneath = false)
    {
        node = from;
        long error = FindParent(from, path, out FileNode parent, out string name, beneath);
        if (error != 0)
        {
            return error;
        }

        if (name.Length == 0)
        {
            node = parent;
            return 0;
        }

        if (!parent.Names.TryGetValue(name, out FileNode? found))
        {
            return -Errno.NoEntry;
        }

        node = found;
        return path.EndsWith('/') && node.Kind != FileNodeKind.Directory ? -RareErrno.NotDirectory : 0;
    }

    /// <summary>Finds the directory that a name is in, or is to be in; the name is "" when the path names the directory itself.</summary>
    public long FindParent(FileNode from, string path, out FileNode parent, out string name, bool beneath = false)
    {
        parent = from;
        name = "";
        if (path.Length == 0)
        {
            return -Errno.NoEntry;
        }

        if (path[0] == '/')
        {
            if (beneath)
            {
                return -RareErrno.CrossDevice;
            }

            parent = Root;
        }

        // The way from the beginning, so that ".." leads back.
        Stack<FileNode> way = new();
        foreach (string part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            long error = Enter(way, ref parent, ref name, part, beneath);
            if (error != 0)
            {
                return error;
            }
        }

        return parent.Kind == FileNodeKind.Directory ? 0 : -RareErrno.NotDirectory;
    }

    public FileNode Make(FileNode parent, string name, FileNodeKind kind, uint permissions, long unixSeconds, SimulatedSocket? socket = null)
    {
        FileNode made = new(++_lastInode, kind, permissions, unixSeconds) { Socket = socket, Parent = parent, Name = name };
        parent.Names.Add(name, made);
        parent.ModifiedUnixSeconds = unixSeconds;
        Tell(parent, ChangeBits.Created | KindOf(made), name);
        return made;
    }

    /// <summary>A name for a socket, bind(2).</summary>
    public long MakeSocket(string path, SimulatedSocket socket, long unixSeconds)
    {
        long error = FindParent(Root, path, out FileNode parent, out string name);
        if (error != 0)
        {
            return error;
        }

        if (name.Length == 0 || parent.Names.ContainsKey(name))
        {
            return -RareErrno.AddressInUse;
        }

        Make(parent, name, FileNodeKind.Socket, RootPermissions, unixSeconds, socket);
        return 0;
    }

    public SimulatedSocket? FindSocket(string path, out long error)
    {
        error = Find(Root, path, out FileNode node);
        return error == 0 ? node.Socket : null;
    }

    /// <summary>Takes a file's name away, and gives it to another one where that is to have it; its space is free.</summary>
    public void Unlink(FileNode node, FileNode? replacedBy = null)
    {
        (FileNode parent, string name) = (node.Parent!, node.Name);
        node.Parent = null;
        node.Links--;
        _usedBytes -= node.Bytes.Length;
        parent.Names.Remove(name);
        if (replacedBy is null)
        {
            Tell(parent, ChangeBits.Deleted | KindOf(node), name);
        }
        else
        {
            Move(replacedBy, parent, name);
        }

        TellIfGone(node);
    }

    /// <summary>Makes a file longer or shorter; what is added reads as zeros.</summary>
    /// <returns>False when the file system is full.</returns>
    public bool TryResize(FileNode node, long length)
    {
        if (length > node.Bytes.Length)
        {
            long grown = Math.Max(length, Math.Min(2L * node.Bytes.Length, LimitBytes / 4));
            if (_usedBytes + grown - node.Bytes.Length > LimitBytes)
            {
                WasFull = true;
                return false;
            }

            _usedBytes += grown - node.Bytes.Length;
            byte[] larger = new byte[grown];
            node.Bytes.AsSpan(0, (int)node.Length).CopyTo(larger);
            node.Bytes = larger;
        }
        else if (length < node.Length)
        {
            node.Bytes.AsSpan((int)length..(int)node.Length).Clear();
        }

        node.Length = length;
        return true;
    }

    private static long Enter(Stack<FileNode> way, ref FileNode parent, ref string name, string part, bool beneath)
    {
        if (part.Length > LongestName)
        {
            return -RareErrno.NameTooLong;
        }

        if (name.Length > 0)
        {
            // What came before is a directory on the way.
            if (!parent.Names.TryGetValue(name, out FileNode? next))
            {
                return -Errno.NoEntry;
            }

            if (next.Kind != FileNodeKind.Directory)
            {
                return -RareErrno.NotDirectory;
            }

            way.Push(parent);
            parent = next;
            name = "";
        }

        if (part == "..")
        {
            if (way.TryPop(out FileNode? above))
            {
                parent = above;
            }
            else if (beneath)
            {
                return -RareErrno.CrossDevice;
            }
        }
        else if (part != ".")
        {
            name = part;
        }

        return 0;
    }
}
