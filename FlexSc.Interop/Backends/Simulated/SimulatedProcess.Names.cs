using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.Simulated;

/// <content>Calls that make, remove and change names in directories.</content>
internal sealed partial class SimulatedProcess
{
    private const int DirectoryMode = 0b111_111_111;

    private long MakeDirectory(in SyscallEntry entry)
    {
        long error = FindParent(entry.Argument0, entry.Argument1, out FileNode parent, out string named);
        if (error != 0)
        {
            return error;
        }

        if (named.Length == 0 || parent.Names.ContainsKey(named))
        {
            return -Errno.Exists;
        }

        kernel.Files.Make(parent, named, FileNodeKind.Directory, (uint)entry.Argument2 & DirectoryMode, kernel.Clock.UnixSeconds);
        return 0;
    }

    private long Unlink(in SyscallEntry entry)
    {
        const long removeDirectory = 0x200;
        long error = FindParent(entry.Argument0, entry.Argument1, out FileNode parent, out string named);
        if (error != 0)
        {
            return error;
        }

        if (named.Length == 0)
        {
            return -Errno.Busy;
        }

        if (!parent.Names.TryGetValue(named, out FileNode? node))
        {
            return -Errno.NoEntry;
        }

        bool isDirectory = node.Kind == FileNodeKind.Directory;
        if (isDirectory != ((entry.Argument2 & removeDirectory) != 0))
        {
            return isDirectory ? -RareErrno.IsDirectory : -RareErrno.NotDirectory;
        }

        if (node.Names.Count > 0)
        {
            return -RareErrno.NotEmpty;
        }

        kernel.Files.Unlink(node);
        return 0;
    }

    private long Rename(in SyscallEntry entry)
    {
        const long noReplace = 1;
        const long exchange = 2;
        long error = FindParent(entry.Argument0, entry.Argument1, out FileNode from, out string oldName);
        if (error == 0)
        {
            error = FindParent(entry.Argument2, entry.Argument3, out FileNode into, out string newName);
            if (error == 0)
            {
                return Rename(from, oldName, into, newName, (entry.Argument4 & noReplace) != 0, (entry.Argument4 & exchange) != 0);
            }
        }

        return error;
    }

    private long Rename(FileNode from, string oldName, FileNode into, string newName, bool noReplace, bool exchanges)
    {
        if (oldName.Length == 0 || newName.Length == 0)
        {
            return -Errno.Busy;
        }

        if (!from.Names.TryGetValue(oldName, out FileNode? moved))
        {
            return -Errno.NoEntry;
        }

        into.Names.TryGetValue(newName, out FileNode? replaced);
        if (exchanges)
        {
            if (replaced is null)
            {
                return -Errno.NoEntry;
            }

            if (replaced != moved)
            {
                kernel.Files.Exchange(moved, replaced);
            }

            return 0;
        }

        if (replaced is null)
        {
            kernel.Files.Move(moved, into, newName);
            return 0;
        }

        if (noReplace)
        {
            return -Errno.Exists;
        }

        if (replaced == moved)
        {
            return 0;
        }

        if (replaced.Kind != moved.Kind)
        {
            return replaced.Kind == FileNodeKind.Directory ? -RareErrno.IsDirectory : -RareErrno.NotDirectory;
        }

        if (replaced.Names.Count > 0)
        {
            return -RareErrno.NotEmpty;
        }

        kernel.Files.Unlink(replaced, replacedBy: moved);
        return 0;
    }
}
