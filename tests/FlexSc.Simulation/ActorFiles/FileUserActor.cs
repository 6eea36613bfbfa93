using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Interop.Calls;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorFiles;

/// <summary>
/// Uses one file, opened again and again, with many commands at a time, and ends each handle in one of many ways. One that dies is
/// followed by another, which goes on when the handle is closed.
/// </summary>
internal sealed class FileUserActor(FileHost host, FileModel model, IActorRef? handleBefore, int rounds, Action ended)
    : UntypedActor, IWithTimers
{
    private const int MostLengthBytes = 6_000;
    private const int MostCommands = 24;
    private const string Again = nameof(Again);
    private const string GoOn = nameof(GoOn);

    private readonly World _world = host.World;
    private readonly int _window = 1 + host.World.Random.Below(12);
    private IActorRef _handle = ActorRefs.Nobody;
    private IActorRef? _owner;
    private FlexFile.Open? _open;
    private CheckedFile? _file;
    private OpenFlags _flags;
    private bool _isStream;
    private bool _isOpenCancelled;
    private bool _isEnding;
    private int _rounds = rounds;
    private int _left;

    public ITimerScheduler Timers { get; set; } = null!;

    private string Who => $"{host.Process.Name}, {model.Path}";

    protected override void PreStart()
    {
        if (handleBefore is not null)
        {
            Context.Watch(handleBefore);
        }
        else
        {
            Open();
        }
    }

    protected override void PostStop() => ended();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case FlexFile.Opened opened when opened.Command == _open:
                OnOpened(Sender);
                break;
            case FlexFile.CommandFailed failed when failed.Command == _open:
                OnOpenFailed(failed);
                break;
            case Again:
                Open();
                break;
            case GoOn:
                Work();
                break;
            case Terminated terminated when terminated.ActorRef.Equals(handleBefore):
                model.CheckFile();
                Open();
                break;
            case Terminated:
                OnEnded();
                break;
            case var _ when _file?.TryTake(message) == true:
                Work();
                break;
            default:
                throw new SimulationFailure($"{Who}: {message} was not expected");
        }
    }

    private void Open()
    {
        _isStream = _world.Random.Below(6) == 0;
        bool appends = _world.Random.Below(3) == 0;
        _flags = _isStream ? OpenFlags.ReadOnly | OpenFlags.Create
            : OpenFlags.ReadWrite | OpenFlags.Create | (appends ? OpenFlags.Append : OpenFlags.ReadOnly);
        int slash = model.Path.LastIndexOf('/');
        _owner = _world.Random.Below(4) == 0 ? Context.ActorOf(Props.Create(() => new OwnerActor())) : null;
        _open = _world.Random.Below(3) == 0
            ? new FlexFile.Open(model.Path[(slash + 1)..], _flags) { Beneath = slash == 0 ? "/" : model.Path[..slash], Owner = _owner }
            : new FlexFile.Open(model.Path, _flags) { Owner = _owner };
        Context.System.FlexFile().Tell(_open, Self);
        _isOpenCancelled = _world.Random.Below(8) == 0;
        if (_isOpenCancelled)
        {
            Context.System.FlexFile().Tell(new FlexFile.Cancel(_open), Self);
        }
    }

    private void OnOpenFailed(FlexFile.CommandFailed failed)
    {
        if (!(failed.Reason == FileFailure.Busy || (failed.Reason == FileFailure.Cancelled && _isOpenCancelled)
            || (failed.Reason == FileFailure.Refused && FileFaults.IsOfProfile(_world, failed))))
        {
            throw new SimulationFailure($"{Who}: {failed.Command} failed: {failed.Reason}, {failed.Cause.Message}");
        }

        StopOwner();
        Timers.StartSingleTimer(Again, Again, TimeSpan.FromMilliseconds(_world.Random.Below(3)));
    }

    private void OnOpened(IActorRef handle)
    {
        _open = null;
        _handle = handle;
        _file = new CheckedFile(host.Process, model, handle, Self, Who);
        _isEnding = false;
        _left = _world.Random.Below(MostCommands);
        Context.Watch(handle);
        Work();
    }

    private void Work()
    {
        if (_file is null || _isEnding)
        {
            return;
        }

        while (_left > 0 && _file.Unanswered < _window)
        {
            _left--;
            TellSome();
            if (_world.Random.Below(8) == 0)
            {
                _file.CancelSome();
            }

            if (_world.Random.Below(6) == 0)
            {
                // Others have their turn before the next one.
                Timers.StartSingleTimer(GoOn, GoOn, TimeSpan.FromMilliseconds(_world.Random.Below(2)));
                return;
            }
        }

        if (_left > 0 && _file.AwaitsNothing)
        {
            _file.Tell(new FlexFile.Sync());
        }

        if (_left == 0 && (_file.AwaitsNothing || _world.Random.Below(3) == 0))
        {
            End();
        }
    }

    private void TellSome()
    {
        if (_isStream)
        {
            _file!.Tell(new FlexFile.Read(FlexFile.CurrentPosition, Length(), IsPooled()));
            return;
        }

        bool appends = (_flags & OpenFlags.Append) != 0;
        switch (_world.Random.Below(12))
        {
            case <= 3:
                _file!.Tell(new FlexFile.Read(Position(), Length(), IsPooled()));
                break;
            case <= 7 when appends:
                byte[] appended = Data();
                _file!.TellChange(appended, ack => new FlexFile.Append(ByteString.CopyFrom(appended), ack));
                break;
            case <= 5:
                byte[] written = Data();
                long position = Position();
                _file!.TellChange(written, ack => new FlexFile.Write(position, ByteString.CopyFrom(written), ack));
                break;
            case <= 7:
                byte[] lent = Data();
                long start = Position();
                _file!.TellChange(lent, ack => new FlexFile.WriteMemory(start, lent.ToArray(), ack));
                break;
            case 8:
                _file!.Tell(new FlexFile.Stat());
                break;
            case 9 when !appends:
                long length = Position();
                _file!.TellChange([], ack => new FlexFile.Truncate(length, ack));
                break;
            case 10 when !appends:
                long from = Position();
                long bytes = Length();
                _file!.TellChange([], ack => new FlexFile.Allocate(from, bytes, Ack: ack));
                break;
            default:
                _file!.Tell(new FlexFile.Sync(DataOnly: _world.Random.Below(2) == 0));
                break;
        }
    }

    private bool IsPooled() => _world.Random.Below(2) == 0;

    private long Position() => _world.Random.Below(4) == 0 ? 0 : _world.Random.Below(MostLengthBytes);

    private int Length() => 1 + _world.Random.Below(host.MostBytes);

    /// <summary>Up to four pieces; none now and then.</summary>
    private byte[] Data()
    {
        byte[] bytes = new byte[_world.Random.Below(8) == 0 ? 0 : _world.Random.Below(Math.Min(4 * host.MostBytes, MostLengthBytes))];
        ByteStream.Fill(bytes, (uint)_world.Random.Next(), 0);
        return bytes;
    }

    private void End()
    {
        _isEnding = true;
        switch (_world.Random.Below(6))
        {
            case 0:
                _file!.End();
                _handle.Tell(PoisonPill.Instance);
                break;
            case 1 when _owner is not null:
                _file!.End();
                StopOwner();
                break;
            case 1 when _rounds > 0:
                Die();
                break;
            default:
                _file!.Tell(new FlexFile.Close());

                // What is told then is refused.
                for (int more = _world.Random.Below(3); more > 0; more--)
                {
                    _file.Tell(new FlexFile.Read(Position(), Length(), IsPooled()));
                }

                break;
        }
    }

    /// <summary>Ends with all that is under way; another one goes on.</summary>
    private void Die()
    {
        _file!.ReleaseAll();
        IActorRef handle = _handle;
        int left = _rounds - 1;
        host.Start(over => Props.Create(() => new FileUserActor(host, model, handle, left, over)));
        Context.Stop(Self);
    }

    private void OnEnded()
    {
        if (!_isEnding)
        {
            throw new SimulationFailure($"{Who}: the handle has ended by itself");
        }

        _file!.OnTerminated();
        _file = null;
        StopOwner();
        if (_rounds-- > 0)
        {
            Open();
        }
        else
        {
            Context.Stop(Self);
        }
    }

    private void StopOwner()
    {
        if (_owner is not null)
        {
            Context.Stop(_owner);
            _owner = null;
        }
    }

    private sealed class OwnerActor : UntypedActor
    {
        protected override void OnReceive(object message) => Unhandled(message);
    }
}
