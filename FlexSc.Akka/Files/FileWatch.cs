using System.Buffers;
using Akka.Actor;
using Akka.Event;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Akka.IO;

/// <summary>
/// Something that is watched: reads what inotify tells, one buffer at a time, and the next when the owner is done with it. On the loop's
/// thread unless said otherwise.
/// </summary>
internal sealed class FileWatch : LoopReference, IOpenFile
{
    private readonly FlexFile.Watch _command;
    private readonly IActorRef _listener;
    private readonly FileLoop _shared;
    private readonly FileClosing _closing;
    private readonly Reading _reading;
    private readonly byte[] _buffer;
    private readonly MemoryHandle _pin;
    private FlexFile.Close? _close;
    private IActorRef _closeSender = ActorRefs.Nobody;
    private bool _isClosing;
    private bool _isTold;

    /// <summary>Takes an open descriptor over. An entry is reserved for closing it.</summary>
    public FileWatch(ActorLoop loop, ActorPath path, FileSettings settings, FlexFile.Watch command, int descriptor, IActorRef owner)
        : base(loop, path)
    {
        _shared = loop.Io.Files;
        _command = command;
        _listener = owner;
        Descriptor = descriptor;
        _closing = new FileClosing(loop, descriptor, _shared, OnDescriptorClosed);
        _reading = new Reading(this);
        _buffer = new byte[settings.WatchBufferBytes];
        _pin = _buffer.AsMemory().Pin();
        _shared.Add(this);
        WatchOwner(owner);
    }

    /// <summary>The open descriptor.</summary>
    public int Descriptor { get; }

    /// <summary>Begins to read, when the owner has been told of it.</summary>
    public void Begin()
    {
        if (ActorLoop.Loop.IsStopping)
        {
            OnStopping();
        }
        else
        {
            Continue();
        }
    }

    public void OnStopping()
    {
        if (HasTerminated)
        {
            return;
        }

        OnStopped();
        if (ActorLoop.Loop.IsStopping && !_reading.IsPending)
        {
            _closing.CloseNow();
        }
    }

    public void OnEnded()
    {
        if (!HasTerminated)
        {
            _isClosing = true;
            _closing.CloseNow();
        }
    }

    protected override void Handle(object message, IActorRef sender)
    {
        switch (message)
        {
            case FlexFile.ResumeWatching:
                _isTold = false;
                Continue();
                break;
            case FlexFile.Close close when !_isClosing:
                _close = close;
                _closeSender = sender;
                OnStopped();
                break;
            case FlexFile.PathCommand command:
                TellSafely(sender, FileFailures.ForManager(command));
                break;
            case FlexFile.Cancel:
                // Nothing that it takes can be cancelled: all is answered at once.
                break;
            case FlexFile.HandleCommand command when _isClosing:
                TellSafely(sender, Ended(command));
                break;
            case FlexFile.HandleCommand command:
                TellSafely(sender, new FlexFile.CommandFailed(
                    command, FileFailure.Invalid,
                    new ArgumentException($"{command} is no command of a watch: it takes ResumeWatching and Close")));
                break;
            default:
                ActorLoop.Group.System.EventStream.Publish(new UnhandledMessage(message, sender, this));
                break;
        }
    }

    protected override void HandleAfterEnd(object message, IActorRef sender)
    {
        if (message is FlexFile.HandleCommand command and not (FlexFile.ResumeWatching or FlexFile.Cancel))
        {
            TellSafely(sender, Ended(command));
        }
        else if (message is not FlexFile.HandleCommand)
        {
            Provider.DeadLetters.Tell(new DeadLetter(message, sender, this), this);
        }
    }

    protected override void OnStopped()
    {
        _isClosing = true;
        if (!ActorLoop.Loop.HasFailed)
        {
            ActorLoop.Loop.RequestCancellation(_reading);
        }

        Continue();
    }

    protected override void OnDefect(Exception exception)
    {
        ActorLoop.Group.Log.Error(exception, "the watch of {0} ends by an error", _command.Path);
        OnStopped();
    }

    private FlexFile.CommandFailed Ended(FlexFile.HandleCommand command) =>
        new(command, FileFailure.Closed, new InvalidOperationException($"the watch of {_command.Path} has ended or is ending"));

    private unsafe void Continue()
    {
        if (_reading.IsPending || HasTerminated)
        {
            return;
        }

        if (_isClosing)
        {
            _closing.Close();
        }
        else if (!_isTold && !ActorLoop.Loop.TryRead(_reading, Descriptor, (byte*)_pin.Pointer, _buffer.Length, FileTransferCalls.CurrentPosition))
        {
            _shared.AwaitRoom(Continue);
        }
    }

    private void OnRead(long result)
    {
        if (result > 0)
        {
            IReadOnlyList<FileChange> changes = FileWatchCalls.Parse(_buffer.AsSpan(0, (int)result));
            _isTold = true;
            _isClosing |= changes.Any(static change => (change.Changes & FileChanges.Ended) != 0);
            TellSafely(_listener, new FlexFile.Changed(_command, changes));
        }
        else if (result is not (-Errno.Interrupted or -Errno.Canceled))
        {
            OnDefect(CallFailures.Of(result < 0 ? result : -Errno.Invalid, "read", $"the watch of {_command.Path}"));
        }

        Continue();
    }

    private void OnDescriptorClosed(long result)
    {
        _shared.Remove(this);
        if (!ActorLoop.Loop.HasFailed)
        {
            _pin.Dispose();
        }

        if (_close is { } close)
        {
            TellSafely(_closeSender, new FlexFile.Closed(close));
        }

        Terminate();
    }

    private sealed class Reading(FileWatch watch) : SyscallOperation
    {
        protected override void OnCompleted(SyscallLoop loop, in Completion completion) => watch.OnRead(completion.Result);
    }
}
