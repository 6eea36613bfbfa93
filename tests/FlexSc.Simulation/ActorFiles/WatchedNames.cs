using Akka.Actor;
using FlexSc.Akka.IO;
using FlexSc.Interop.Backends.Simulated;
using FlexSc.Interop.Calls;
using FlexSc.Simulation.Actors;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorFiles;

/// <summary>
/// The names of a directory as a watch tells of them, from when it was empty: none is made that is there, none goes that is not, and in
/// the end they are those of the directory, unless the kernel had no room for a change, which is told.
/// </summary>
internal sealed class WatchedNames
{
    private readonly SortedDictionary<string, bool> _names = new(StringComparer.Ordinal);
    private readonly ChangeQueue _queue;
    private readonly string _who;
    private bool _isLost;

    public WatchedNames(ActorProcess process, FlexFile.Watching watching, string who)
    {
        Handle = watching.Handle;
        _queue = (ChangeQueue)process.Process.Find(((FileWatch)watching.Handle).Descriptor)!;
        _who = who;
    }

    /// <summary>The watch.</summary>
    public IActorRef Handle { get; }

    /// <summary>Its descriptor is open.</summary>
    public bool IsOpen => _queue.IsOpen;

    /// <summary>All is told that is in the directory, or that something is lost.</summary>
    public bool IsUpToDate(NameTree tree) => _queue.HasOverflowed ? _isLost : _names.Select(static name => (name.Key, name.Value)).SequenceEqual(tree.Names);

    public void Apply(FlexFile.Changed told)
    {
        foreach (FileChange change in told.Changes)
        {
            Apply(change);
        }
    }

    private void Apply(FileChange change)
    {
        if (change.Changes == FileChanges.Overflowed)
        {
            Require(_queue.HasOverflowed, "an overflow", "none was");
            _isLost = true;
            return;
        }

        bool isDirectory = (change.Changes & FileChanges.IsDirectory) != 0;
        bool isThere = _names.TryGetValue(change.Name, out bool knownDirectory);
        switch (change.Changes & ~FileChanges.IsDirectory)
        {
            case FileChanges.Created:
                Require(_isLost || !isThere, $"{change}", "it is there");
                _names[change.Name] = isDirectory;
                break;
            case FileChanges.MovedTo:
                _names[change.Name] = isDirectory;
                break;
            case FileChanges.Deleted or FileChanges.MovedFrom:
                Require(_isLost || (isThere && knownDirectory == isDirectory), $"{change}", "it is not there");
                _names.Remove(change.Name);
                break;
            case FileChanges.Modified or FileChanges.ClosedAfterWriting:
                Require(_isLost || (isThere && !knownDirectory), $"{change}", "it is not there");
                break;
            default:
                throw new SimulationFailure($"{_who}: {change} is told of a directory that stays");
        }
    }

    private void Require(bool isRight, string told, string what)
    {
        if (!isRight)
        {
            throw new SimulationFailure($"{_who}: {told} is told, and {what}");
        }
    }
}
