using Akka.Actor;
using FlexSc.Akka.IO;
using FlexSc.Interop.Calls;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorFiles;

/// <summary>
/// Makes, renames and removes files and directories in a directory of its own, one command at a time, and looks at what is there. Some
/// commands are cancelled; then it looks whether they were done. Some watch their directory meanwhile.
/// </summary>
internal sealed class DirectoryUserActor(FileHost host, string root, Action ended) : UntypedActor, IWithTimers
{
    private const int MostCommands = 40;
    private const string Again = nameof(Again);
    private const string Resume = nameof(Resume);
    private static readonly string[] Names = ["a", "b", "c", "a/x", "b/y", "c/x"];

    private readonly World _world = host.World;
    private readonly NameTree _tree = NameTree.MakeDirectory();
    private readonly List<string> _listed = [];
    private FlexFile.PathCommand _command = null!;
    private IActorRef? _handle;
    private bool _isMade;
    private bool _isCancelled;
    private int _left = MostCommands;

    /// <summary>What a watch of the directory tells; null where none does.</summary>
    private WatchedNames? _watched;
    private bool _mayBeTold = true;
    private bool _isEnding;

    public ITimerScheduler Timers { get; set; } = null!;

    private string Who => $"{host.Process.Name}, {root}";

    protected override void PreStart() => Tell(new FlexFile.CreateDirectory(root));

    protected override void PostStop() => ended();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case FlexFile.Opened opened when opened.Command == _command:
                OnOpened(Sender);
                break;
            case FlexFile.Completed completed when completed.Command == _command:
                OnDone();
                break;
            case FlexFile.Copied copied when copied.Command == _command:
                Require(copied.Bytes == 0, $"{copied.Bytes} bytes were copied of an empty file");
                OnDone();
                break;
            case FlexFile.Status status when status.Command == _command:
                bool isDirectory = status.File.Kind == FileKind.Directory;
                Require(_tree.Find(Relative(_command.Path))?.IsDirectory == isDirectory, $"a {status.File.Kind} is there");
                OnDone();
                break;
            case FlexFile.DirectoryPage page:
                OnPage(page);
                break;
            case FlexFile.CommandFailed { Command: FlexFile.ReadDirectory or FlexFile.Close } failed:
                throw new SimulationFailure($"{Who}: {failed.Command} failed: {failed.Cause.Message}");
            case FlexFile.CommandFailed failed when failed.Command == _command:
                OnFailed(failed);
                break;
            case FlexFile.Watching watching:
                _watched = new WatchedNames(host.Process, watching, Who);
                Context.Watch(watching.Handle);
                Next();
                break;
            case FlexFile.Changed changed:
                OnChanged(changed);
                break;
            case Resume:
                ResumeWatching();
                break;
            case FlexFile.Closed:
                break;
            case Terminated ended when ended.ActorRef.Equals(_watched?.Handle):
                Require(_isEnding && !_watched!.IsOpen, "the watch has ended by itself, or is open");
                Context.Stop(Self);
                break;
            case Terminated:
                _handle = null;
                Next();
                break;
            case Again:
                Tell(_command);
                break;
            default:
                throw new SimulationFailure($"{Who}: {message} was not expected");
        }
    }

    private string Relative(string path) => path[(root.Length + 1)..];

    private void Require(bool isRight, string what)
    {
        if (!isRight)
        {
            throw new SimulationFailure($"{Who}: {_command}: {what}");
        }
    }

    private void Tell(FlexFile.PathCommand command)
    {
        _command = command;
        Context.System.FlexFile().Tell(command, Self);

        // One that looks has to be answered.
        _isCancelled = command is not (FlexFile.StatPath or FlexFile.Watch) && _isMade && _world.Random.Below(8) == 0;
        if (_isCancelled)
        {
            Context.System.FlexFile().Tell(new FlexFile.Cancel(command), Self);
        }
    }

    private void OnOpened(IActorRef handle)
    {
        _handle = handle;
        Context.Watch(handle);
        if (_command.Path == root)
        {
            _listed.Clear();
            handle.Tell(new FlexFile.ReadDirectory(), Self);
            return;
        }

        Expect(0);
        handle.Tell(new FlexFile.Close(), Self);
    }

    private void OnPage(FlexFile.DirectoryPage page)
    {
        if (!page.IsEnd)
        {
            _listed.AddRange(page.Entries.Select(static entry => $"{entry.Name}{(entry.Kind == FileKind.Directory ? "/" : "")}"));
            _handle!.Tell(new FlexFile.ReadDirectory(), Self);
            return;
        }

        string expected = string.Join(" ", _tree.Names.Select(static name => $"{name.Name}{(name.IsDirectory ? "/" : "")}"));
        Require(string.Join(" ", _listed) == expected, $"{string.Join(" ", _listed)} is told where {expected} is");
        _handle!.Tell(new FlexFile.Close(), Self);
    }

    private void OnDone()
    {
        if (_isMade)
        {
            Expect(0);
        }

        bool isFirst = !_isMade;
        _isMade = true;
        if (isFirst && _world.Random.Below(2) == 0)
        {
            Tell(new FlexFile.Watch(root));
        }
        else
        {
            Next();
        }
    }

    private void OnChanged(FlexFile.Changed changed)
    {
        Require(_mayBeTold, "changes are told that were not asked for");
        _mayBeTold = false;
        _watched!.Apply(changed);
        if (_world.Random.Below(3) == 0)
        {
            Timers.StartSingleTimer(Resume, Resume, TimeSpan.FromMilliseconds(_world.Random.Below(20)));
        }
        else
        {
            ResumeWatching();
        }

        if (_left < 0)
        {
            End();
        }
    }

    private void ResumeWatching()
    {
        _mayBeTold = true;
        _watched!.Handle.Tell(new FlexFile.ResumeWatching(), Self);
    }

    /// <summary>Ends when the watch has told of all that is there.</summary>
    private void End()
    {
        if (_watched is null)
        {
            Context.Stop(Self);
        }
        else if (!_isEnding && _watched.IsUpToDate(_tree))
        {
            _isEnding = true;
            Timers.CancelAll();
            if (_world.Random.Below(3) == 0)
            {
                // It ends with its owner.
                Context.Stop(Self);
            }
            else
            {
                _watched.Handle.Tell(_world.Random.Below(2) == 0 ? new FlexFile.Close() : PoisonPill.Instance, Self);
            }
        }
    }

    /// <summary>What came of the command is what the names say.</summary>
    private void Expect(int errorNumber)
    {
        int expected = _tree.Do(_command, Relative);
        Require(expected == errorNumber, $"errno {errorNumber}, and {expected} was due");
    }

    private void OnFailed(FlexFile.CommandFailed failed)
    {
        switch (failed.Reason)
        {
            case FileFailure.Busy:
            case FileFailure.Refused when FileFaults.IsOfProfile(_world, failed):
                AskAgain();
                break;
            case FileFailure.Cancelled:
                Require(_isCancelled, "it was not cancelled");
                AskAgain();
                break;
            case FileFailure.Refused when _isMade && _command.Path != root:
                Expect(failed.ErrorNumber);
                Next();
                break;
            default:
                throw new SimulationFailure($"{Who}: {failed.Command} failed: {failed.Reason}, {failed.Cause.Message}");
        }
    }

    /// <summary>It was not done, so it can be done now. The same object again would be cancelled by what was told before.</summary>
    private void AskAgain()
    {
        _command = _command with { };
        Timers.StartSingleTimer(Again, Again, TimeSpan.FromMilliseconds(_world.Random.Below(3)));
    }

    private void Next()
    {
        if (_left-- <= 0)
        {
            End();
            return;
        }

        string path = Some();
        Tell(_world.Random.Below(10) switch
        {
            0 => new FlexFile.CreateDirectory(path),
            1 => new FlexFile.Open(path, OpenFlags.ReadWrite | OpenFlags.Create),
            2 => new FlexFile.Open(path, OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Exclusive),
            3 => new FlexFile.Unlink(path),
            4 => new FlexFile.RemoveDirectory(path),
            5 => new FlexFile.StatPath(path),
            6 => new FlexFile.Open(root, OpenFlags.ReadOnly | OpenFlags.Directory),
            7 when IsFile(path) => new FlexFile.Copy(path, Other(path)),
            _ => NewRename(path),
        });
    }

    private string Some() => $"{root}/{Names[_world.Random.Below(Names.Length)]}";

    private string Other(string path)
    {
        string other = Some();
        return other == path ? $"{root}/d" : other;
    }

    private bool IsFile(string path) => _tree.Find(Relative(path)) is { IsDirectory: false };

    private FlexFile.PathCommand NewRename(string path)
    {
        // A watch tells the two halves of an exchange as it tells two renames, of which the second would replace a name.
        RenameFlags flags = _world.Random.Below(4) switch
        {
            0 => RenameFlags.NoReplace,
            1 when _watched is null => RenameFlags.Exchange,
            _ => RenameFlags.None,
        };
        string other = Other(path);

        // A directory is not moved into itself.
        return path.StartsWith($"{other}/", StringComparison.Ordinal) || other.StartsWith($"{path}/", StringComparison.Ordinal)
            ? new FlexFile.StatPath(path) : new FlexFile.Rename(path, other, flags);
    }
}
