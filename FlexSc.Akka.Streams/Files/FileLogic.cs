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
internal abstract class FileLogic(Shape shape, string path, OpenFlags flags, TaskCompletionSource<IOResult> result) : GraphStageLogic(shape)
{
    /// <summary>Told when the stage is over.</summary>
    protected TaskCompletionSource<IOResult> Result => result;

    /// <summary>The open file; null before.</summary>
    protected IActorRef? Handle { get; private set; }

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
        ActorSystem system = SystemOf(self);
        Settings = StreamSettings.Of(system);
        system.FlexFile().Tell(new FlexFile.Open(path, flags) { Owner = self }, self);
    }

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
                OnOpened();
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

    /// <summary>The materializer may be one that runs inside of another and does not tell its system; the stage's own reference does.</summary>
    private static ActorSystem SystemOf(IActorRef stageActor) => ((ActorCell)((IInternalActorRef)stageActor).Provider.Guardian.Underlying).System;
}
