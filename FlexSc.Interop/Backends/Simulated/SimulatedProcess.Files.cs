using System.Buffers;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.Simulated;

/// <content>Calls on files and directories. Numbers are those of x86-64.</content>
internal sealed partial class SimulatedProcess
{
    private const ushort NumberSendFile = 40;
    private const ushort NumberFlock = 73;
    private const ushort NumberSplice = 275;
    private const ushort NumberFallocate = 285;
    private const long CreateFile = 0x40;
    private const long Exclusive = 0x80;
    private const long TruncateFile = 0x200;
    private const ulong ResolveBeneath = 0x08;
    private const int WorkingDirectory = -100;
    private const int BlockBytes = 512;
    private static readonly long DirectoryOnly = OpenFlagBits.OfMachine.Directory;

    private long? FileCall(in SyscallEntry entry)
    {
        switch (entry.Number)
        {
            case SyscallNumber.OpenAt:
                return OpenFile(entry, entry.Argument2, entry.Argument3, beneath: false);
            case SyscallNumber.OpenAt2:
                ref (ulong Flags, ulong Mode, ulong Resolve) how = ref UserMemory.At<(ulong, ulong, ulong)>(entry.Argument2);
                return OpenFile(entry, (long)how.Flags, (long)how.Mode, (how.Resolve & ResolveBeneath) != 0);
            case SyscallNumber.MkDirAt:
                return MakeDirectory(entry);
            case SyscallNumber.UnlinkAt:
                return Unlink(entry);
            case SyscallNumber.RenameAt2:
                return Rename(entry);
            case SyscallNumber.Statx:
                return Status(entry);
            case SyscallNumber.Truncate:
                return kernel.Files.Find(kernel.Files.Root, UserMemory.Text(entry.Argument0), out FileNode truncated) is not 0 and var missing
                    ? missing : Resize(truncated, entry.Argument1);
            case SyscallNumber.PRead64 or SyscallNumber.PWrite64:
                return MoveAt(entry);
            case SyscallNumber.FTruncate or NumberFallocate or SyscallNumber.FSync or SyscallNumber.FDataSync or SyscallNumber.GetDents64:
                return OnNode(entry);
            case SyscallNumber.InotifyInit1:
                return MakeChangeQueue(entry);
            case SyscallNumber.InotifyAddWatch:
                return AddWatch(entry);
            case NumberFlock:
                // Locks are not modelled.
                return Find(entry.Argument0) is null ? -Errno.BadDescriptor : -Errno.NoSystemCall;
            case NumberSendFile:
                return Transfer(entry.Argument1, entry.Argument2, entry.Argument0, 0, entry.Argument3);
            case NumberSplice:
                return Transfer(entry.Argument0, entry.Argument1, entry.Argument2, entry.Argument3, entry.Argument4);
            default:
                return null;
        }
    }

    /// <summary>The directory that the relative paths of a call begin at.</summary>
    private FileNode? Begin(long directory) => (int)directory == WorkingDirectory
        ? kernel.Files.Root : (Find(directory) as DirectoryDescription)?.Node;

    private long FindParent(long directory, long path, out FileNode parent, out string named, bool beneath = false)
    {
        string text = UserMemory.Text(path);
        FileNode? begin = text.StartsWith('/') ? kernel.Files.Root : Begin(directory);
        if (begin is not null)
        {
            return kernel.Files.FindParent(begin, text, out parent, out named, beneath);
        }

        parent = kernel.Files.Root;
        named = "";
        return Find(directory) is null ? -Errno.BadDescriptor : -RareErrno.NotDirectory;
    }

    private long OpenFile(in SyscallEntry entry, long flags, long mode, bool beneath)
    {
        long error = FindParent(entry.Argument0, entry.Argument1, out FileNode parent, out string named, beneath);
        if (error == 0)
        {
            error = CheckRoom();
        }

        if (error != 0)
        {
            return error;
        }

        FileNode? node = named.Length == 0 ? parent : parent.Names.GetValueOrDefault(named);
        if (node is null)
        {
            if ((flags & CreateFile) == 0)
            {
                return -Errno.NoEntry;
            }

            node = kernel.Files.Make(parent, named, FileNodeKind.RegularFile, (uint)mode, kernel.Clock.UnixSeconds);
        }
        else if ((flags & (CreateFile | Exclusive)) == (CreateFile | Exclusive))
        {
            return -Errno.Exists;
        }

        return OpenNode(node, flags);
    }

    private long OpenNode(FileNode node, long flags)
    {
        bool writes = (flags & FileDescription.AccessMask) != 0;
        switch (node.Kind)
        {
            case FileNodeKind.Directory:
                return writes ? -RareErrno.IsDirectory : Open(new DirectoryDescription(kernel, this, node));
            case FileNodeKind.Socket:
                return -Errno.NoSuchDevice;
            default:
                if ((flags & DirectoryOnly) != 0)
                {
                    return -RareErrno.NotDirectory;
                }

                if ((flags & TruncateFile) != 0 && writes)
                {
                    Resize(node, 0);
                }

                return Open(new FileDescription(kernel, this, node, flags));
        }
    }

    private long Status(in SyscallEntry entry)
    {
        FileNode? node;
        if ((entry.Argument2 & NativeStatus.EmptyPath) != 0 && UserMemory.Text(entry.Argument1).Length == 0)
        {
            node = Find(entry.Argument0) is NodeDescription opened ? opened.Node : null;
            if (node is null)
            {
                return -Errno.BadDescriptor;
            }
        }
        else
        {
            long error = FindParent(entry.Argument0, entry.Argument1, out FileNode parent, out string named);
            if (error != 0)
            {
                return error;
            }

            node = named.Length == 0 ? parent : parent.Names.GetValueOrDefault(named);
            if (node is null)
            {
                return -Errno.NoEntry;
            }
        }

        NativeTime time = new() { Seconds = node.ModifiedUnixSeconds };
        UserMemory.At<NativeStatus>(entry.Argument4) = new NativeStatus
        {
            Mask = NativeStatus.MaskBasic,
            LinkCount = (uint)node.Links,
            Mode = (ushort)(((uint)node.Kind << 12) | node.Permissions),
            Inode = node.Inode,
            Length = (ulong)node.Length,
            Blocks = (ulong)((node.Length + BlockBytes - 1) / BlockBytes),
            Accessed = time,
            StatusChanged = time,
            Modified = time,
        };
        return 0;
    }

    private long MoveAt(in SyscallEntry entry)
    {
        if (Find(entry.Argument0) is not { } description)
        {
            return -Errno.BadDescriptor;
        }

        if (UserMemory.Check(entry.Argument1, entry.Argument2) is < 0 and var error)
        {
            return error;
        }

        if (description is not FileDescription file)
        {
            return description is DirectoryDescription ? -RareErrno.IsDirectory : -RareErrno.IllegalSeek;
        }

        Span<byte> memory = UserMemory.Bytes(entry.Argument1, entry.Argument2);
        return entry.Number == SyscallNumber.PRead64 ? file.ReadAt(memory, entry.Argument3) : file.WriteAt(memory, entry.Argument3);
    }

    private long OnNode(in SyscallEntry entry)
    {
        OpenDescription? description = Find(entry.Argument0);
        if (description is null)
        {
            return -Errno.BadDescriptor;
        }

        switch (entry.Number)
        {
            case SyscallNumber.GetDents64:
                return description is DirectoryDescription directory
                    ? directory.ReadNames(UserMemory.Bytes(entry.Argument1, entry.Argument2)) : -RareErrno.NotDirectory;
            case SyscallNumber.FSync or SyscallNumber.FDataSync:
                return description is not NodeDescription ? -Errno.Invalid
                    : kernel.Random.Chance(kernel.Profile.DeviceErrorPerMillion) ? -RareErrno.IoError : 0;
        }

        if (description is not FileDescription { CanWrite: true } file)
        {
            return description is FileDescription ? -Errno.BadDescriptor : -Errno.Invalid;
        }

        return entry.Number == SyscallNumber.FTruncate ? Resize(file.Node, entry.Argument1) : Allocate(file.Node, entry);
    }

    private long Allocate(FileNode node, in SyscallEntry entry)
    {
        const long keepSize = 1;
        const long punchHole = 2;
        (long mode, long offset, long length) = (entry.Argument1, entry.Argument2, entry.Argument3);
        if (offset < 0 || length <= 0)
        {
            return -Errno.Invalid;
        }

        switch (mode)
        {
            case 0:
                return offset + length > node.Length ? Resize(node, offset + length) : 0;
            case keepSize:
                return 0;
            case keepSize | punchHole:
                int first = (int)Math.Min(offset, node.Length);
                node.Bytes.AsSpan(first, (int)Math.Min(length, node.Length - first)).Clear();
                return 0;
            default:
                return -RareErrno.NotSupported;
        }
    }

    private long Resize(FileNode node, long length)
    {
        if (length < 0 || node.Kind != FileNodeKind.RegularFile)
        {
            return node.Kind == FileNodeKind.Directory ? -RareErrno.IsDirectory : -Errno.Invalid;
        }

        node.ModifiedUnixSeconds = kernel.Clock.UnixSeconds;
        if (!kernel.Files.TryResize(node, length))
        {
            return -RareErrno.NoSpace;
        }

        SimulatedFileSystem.TellContent(node, ChangeBits.Modified);
        return 0;
    }

    /// <summary>Moves bytes from one descriptor to another, sendfile(2) and splice(2). An offset that is passed is moved on.</summary>
    private long Transfer(long source, long sourceOffset, long target, long targetOffset, long count)
    {
        if (Find(source) is not { } from || Find(target) is not { } into)
        {
            return -Errno.BadDescriptor;
        }

        byte[] rented = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(count, 1, MostVectorBytes));
        try
        {
            return Transfer(from, sourceOffset, into, targetOffset, rented.AsSpan(0, (int)Math.Clamp(count, 0, MostVectorBytes)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static long Transfer(OpenDescription from, long sourceOffset, OpenDescription into, long targetOffset, Span<byte> memory)
    {
        // What was read and finds no room must not be lost, so only a file, which can be read again, is read before it is written.
        if (from is not FileDescription file)
        {
            return -Errno.Invalid;
        }

        ref long offset = ref UserMemory.At<long>(sourceOffset);
        long position = sourceOffset == 0 ? file.Position : offset;
        long read = file.ReadAt(memory, position);
        if (read <= 0)
        {
            return read;
        }

        long written = into is FileDescription copy && targetOffset != 0
            ? copy.WriteAt(memory[..(int)read], UserMemory.At<long>(targetOffset)) : into.Write(memory[..(int)read]);
        if (written <= 0)
        {
            return written;
        }

        if (sourceOffset == 0)
        {
            file.Position += written;
        }
        else
        {
            offset += written;
        }

        return written;
    }
}
