using FlexSc.Akka.IO;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;

namespace FlexSc.Simulation.ActorFiles;

/// <summary>The names below a directory that one actor changes, and what a command on them answers.</summary>
internal sealed class NameTree
{
    private readonly SortedDictionary<string, NameTree> _names = new(StringComparer.Ordinal);

    public bool IsDirectory { get; private init; }

    public IEnumerable<(string Name, bool IsDirectory)> Names => _names.Select(static name => (name.Key, name.Value.IsDirectory));

    public static NameTree MakeDirectory() => new() { IsDirectory = true };

    public NameTree? Find(string path) => Parent(path, out string name)?._names.GetValueOrDefault(name);

    /// <summary>The errno of a command; 0 when it is done, which is done here then.</summary>
    public int Do(FlexFile.PathCommand command, Func<string, string> relative)
    {
        string path = relative(command.Path);
        return command switch
        {
            FlexFile.Open open => Make(path, isDirectory: false, mayExist: (open.Flags & OpenFlags.Exclusive) == 0),
            FlexFile.CreateDirectory => Make(path, isDirectory: true, mayExist: false),
            FlexFile.Unlink => Remove(path, isDirectory: false),
            FlexFile.RemoveDirectory => Remove(path, isDirectory: true),
            FlexFile.StatPath => Find(path) is null ? ErrnoOfMissing(path) : 0,
            FlexFile.Rename rename => Rename(path, relative(rename.NewPath), rename.Flags),
            FlexFile.Copy copy => Copy(path, relative(copy.NewPath), copy.Overwrite),
            _ => throw new ArgumentException($"{command} is not modelled", nameof(command)),
        };
    }

    private int Make(string path, bool isDirectory, bool mayExist)
    {
        NameTree? parent = Parent(path, out string name);
        if (parent is not { IsDirectory: true })
        {
            return ErrnoOfMissing(path);
        }

        if (parent._names.TryGetValue(name, out NameTree? found))
        {
            return !mayExist ? Errno.Exists : found.IsDirectory ? RareErrno.IsDirectory : 0;
        }

        parent._names.Add(name, new NameTree { IsDirectory = isDirectory });
        return 0;
    }

    private int Remove(string path, bool isDirectory)
    {
        NameTree? parent = Parent(path, out string name);
        if (parent is not { IsDirectory: true } || !parent._names.TryGetValue(name, out NameTree? found))
        {
            return ErrnoOfMissing(path);
        }

        if (found.IsDirectory != isDirectory)
        {
            return isDirectory ? RareErrno.NotDirectory : RareErrno.IsDirectory;
        }

        if (found._names.Count > 0)
        {
            return RareErrno.NotEmpty;
        }

        parent._names.Remove(name);
        return 0;
    }

    private int Rename(string path, string newPath, RenameFlags flags)
    {
        NameTree? from = Parent(path, out string name);
        NameTree? into = Parent(newPath, out string newName);
        if (from is not { IsDirectory: true } || into is not { IsDirectory: true })
        {
            return from is not { IsDirectory: true } ? ErrnoOfMissing(path) : ErrnoOfMissing(newPath);
        }

        if (!from._names.TryGetValue(name, out NameTree? moved))
        {
            return Errno.NoEntry;
        }

        NameTree? replaced = into._names.GetValueOrDefault(newName);
        if (flags == RenameFlags.Exchange)
        {
            if (replaced is null)
            {
                return Errno.NoEntry;
            }

            from._names[name] = replaced;
            into._names[newName] = moved;
            return 0;
        }

        if (replaced is not null && replaced != moved)
        {
            int error = flags == RenameFlags.NoReplace ? Errno.Exists
                : replaced.IsDirectory != moved.IsDirectory ? (replaced.IsDirectory ? RareErrno.IsDirectory : RareErrno.NotDirectory)
                : replaced._names.Count > 0 ? RareErrno.NotEmpty : 0;
            if (error != 0)
            {
                return error;
            }
        }

        from._names.Remove(name);
        into._names[newName] = moved;
        return 0;
    }

    private int Copy(string path, string newPath, bool overwrite)
    {
        NameTree? source = Find(path);
        return source is null ? ErrnoOfMissing(path) : Make(newPath, isDirectory: false, mayExist: overwrite);
    }

    /// <summary>A part on the way is missing, or is no directory.</summary>
    private int ErrnoOfMissing(string path) => Parent(path, out _) is { IsDirectory: false } ? RareErrno.NotDirectory : Errno.NoEntry;

    /// <summary>What a path's last part is a name in; paths have two parts at the most.</summary>
    private NameTree? Parent(string path, out string name)
    {
        int slash = path.IndexOf('/');
        name = path[(slash + 1)..];
        return slash < 0 ? this : _names.GetValueOrDefault(path[..slash]);
    }
}
