namespace FlexSc.Interop.Backends.Simulated;

/// <content>What is told of changes, inotify(7).</content>
internal sealed partial class SimulatedFileSystem
{
    private uint _lastCookie;

    /// <summary>The content of a file has changed, or one who could change it has closed it.</summary>
    public static void TellContent(FileNode node, uint change)
    {
        if (node.Parent is { } parent)
        {
            Tell(parent, change, node.Name);
        }

        Tell(node, change);
    }

    /// <summary>Gives a file another name; the one before is gone.</summary>
    public void Move(FileNode node, FileNode into, string name)
    {
        (FileNode from, string oldName) = (node.Parent!, node.Name);
        from.Names.Remove(oldName);
        into.Names[name] = node;
        (node.Parent, node.Name) = (into, name);
        TellMove(node, from, oldName);
    }

    /// <summary>Has two files change their names.</summary>
    public void Exchange(FileNode one, FileNode other)
    {
        (FileNode from, string oldName, FileNode into, string newName) = (one.Parent!, one.Name, other.Parent!, other.Name);
        from.Names[oldName] = other;
        into.Names[newName] = one;
        (one.Parent, one.Name) = (into, newName);
        (other.Parent, other.Name) = (from, oldName);
        TellMove(one, from, oldName);
        TellMove(other, into, newName);
    }

    /// <summary>A descriptor of a file is closed: without a name and a descriptor it is gone.</summary>
    public static void OnClosed(FileNode node)
    {
        node.Openings--;
        TellIfGone(node);
    }

    private static void TellIfGone(FileNode node)
    {
        if (node is { Links: 0, Openings: 0 })
        {
            Tell(node, ChangeBits.SelfDeleted);
            NodeWatch[] watches = [.. node.Watches];
            node.Watches.Clear();
            Array.ForEach(watches, static watch => watch.Queue.Add(watch.Number, ChangeBits.Ended, 0, ""));
        }
    }

    private void TellMove(FileNode node, FileNode from, string oldName)
    {
        uint cookie = ++_lastCookie;
        Tell(from, ChangeBits.MovedFrom | KindOf(node), oldName, cookie);
        Tell(node.Parent!, ChangeBits.MovedTo | KindOf(node), node.Name, cookie);
        Tell(node, ChangeBits.SelfMoved);
    }

    private static void Tell(FileNode node, uint change, string name = "", uint cookie = 0)
    {
        foreach (NodeWatch watch in node.Watches.ToArray())
        {
            if ((watch.Mask & change & ~ChangeBits.IsDirectory) != 0)
            {
                watch.Queue.Add(watch.Number, change, cookie, name);
            }
        }
    }

    private static uint KindOf(FileNode node) => node.Kind == FileNodeKind.Directory ? ChangeBits.IsDirectory : 0;
}
