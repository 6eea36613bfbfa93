using Akka.Actor;
using Akka.Streams;
using Akka.Streams.IO;
using Akka.Streams.Stage;
using FlexSc.Akka.IO;
using FlexSc.Interop.Calls;

namespace FlexSc.Akka.Streams;

/// <summary>A stage over a file, whose result is known when that is closed.</summary>
internal abstract class FileStage<TShape> : GraphStageWithMaterializedValue<TShape, Task<IOResult>>
    where TShape : Shape
{
    public override ILogicAndMaterializedValue<Task<IOResult>> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        TaskCompletionSource<IOResult> result = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return new LogicAndMaterializedValue<Task<IOResult>>(CreateLogic(result), result.Task);
    }

    protected abstract GraphStageLogic CreateLogic(TaskCompletionSource<IOResult> result);
}

/// <summary>Opens a file when its stream is run, and keeps the stage until it is closed.</summary>
internal abstract class FileLogic(Shape shape, string path, OpenFlags flags, long startPosition, TaskCompletionSource<IOResult> result)
    : GraphStageLogic(shape)
{
    private FlexFile.Open? _open;
    private ActorSystem _system = null!;

    /// <summary>Told when the stage is over.</summary>
    protected TaskCompletionSource<IOResult> Result => result;

    /// <summary>The open file; null before.</summary>
    protected IActorRef? Handle { get; private set; }

    /// <summary>Where the next bytes are read or written; <see cref="FlexFile.CurrentPosition"/> in a file without positions.</summary>
    protected long Position { get; private set; } = startPosition;

    /// <summary>Bytes that were read or written.</summary>
    protected long Bytes { get; set; }

    /// <summary>The first call that failed.</summary>
    protected Exception? Failure { get; set; }

    /// <summary>Nothing more is asked for but the close.</summary>
    protected bool IsClosing { get; set; }

    protected StreamSettings Settings { get; private set; } = null!;

    public override void PreStart()
    {
        // The stage outlives its stream until the file is closed.
        SetKeepGoing(true);
        IActorRef self = GetStageActor(OnMessage).Ref;
        _system = SystemOf(self);
        Settings = StreamSettings.Of(_system);
        _open = new FlexFile.Open(path, flags) { Owner = self };
        _system.FlexFile().Tell(_open, self);
    }

    public override void PostStop() => CancelOpening();

    /// <summary>Gives up waiting for the file to be opened, as a FIFO is when somebody has its other side. Nothing when it is open.</summary>
    protected void CancelOpening()
    {
        if (_open is { } open && Handle is null)
        {
            _system.FlexFile().Tell(new FlexFile.Cancel(open), ActorRefs.NoSender);
        }
    }

    /// <summary>So many bytes of a file with positions are asked for or given.</summary>
    protected void MoveOn(int bytes) => Position += Position == FlexFile.CurrentPosition ? 0 : bytes;

    protected void TellHandle(FlexFile.HandleCommand command) => Handle!.Tell(command, StageActor.Ref);

    /// <summary>The file is open.</summary>
    protected abstract void OnOpened();

    /// <summary>It could not be opened.</summary>
    protected abstract void OnOpenFailed(Exception cause);

    /// <summary>A call is done, or failed.</summary>
    protected abstract void OnAnswer(object answer);

    /// <summary>The file is closed.</summary>
    protected abstract void OnClosed();

    private void OnMessage((IActorRef Sender, object Message) told)
    {
        switch (told.Message)
        {
            case FlexFile.Opened opened:
                Handle = opened.Handle;
                OnOpened(opened);
                break;
            case FlexFile.CommandFailed { Command: FlexFile.Open } failed:
                OnOpenFailed(failed.Cause);
                break;
            case FlexFile.CommandFailed { Command: FlexFile.Close } failed:
                Failure ??= failed.Cause;
                OnClosed();
                break;
            case FlexFile.Closed:
                OnClosed();
                break;
            default:
                OnAnswer(told.Message);
                break;
        }
    }

    private void OnOpened(FlexFile.Opened opened)
    {
        if (!opened.HasPositions && Position > 0)
        {
            Failure ??= new IOException($"{path} has no positions: a stream of it cannot start at {Position}, leave the start position out");
            IsClosing = true;
            TellHandle(new FlexFile.Close());
            return;
        }

        Position = opened.HasPositions ? Position : FlexFile.CurrentPosition;
        OnOpened();
    }

    /// <summary>The materializer may be one that runs inside of another and does not tell its system; the stage's own reference does.</summary>
    private static ActorSystem SystemOf(IActorRef stageActor) => ((ActorCell)((IInternalActorRef)stageActor).Provider.Guardian.Underlying).System;
}
