using Akka.Actor;
using Akka.Event;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.IO;

/// <summary>Takes the commands that name a path, and has a bounded number of them executed at once, on the loop of who asks.</summary>
internal sealed class FileManagerActor : UntypedActor
{
    private readonly LoopGroup _group;
    private readonly FileSettings _settings;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly List<PathRequest> _underWay = [];
    private readonly Queue<PathRequest> _waiting = new();
    private readonly FilePathCalls _calls;

    public FileManagerActor(LoopGroup group, FileSettings settings)
    {
        _group = group;
        _settings = settings;
        _calls = new FilePathCalls(Self, settings);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case FlexFile.PathCommand command:
                Take(new PathRequest(command, Sender));
                break;
            case FlexFile.Cancel cancel:
                Cancel(cancel.Target);
                break;
            case Ended ended:
                _underWay.Remove(ended.Request);
                ended.Request.Cancellation.Dispose();
                StartWaiting();
                break;
            case FlexFile.HandleCommand command:
                Sender.Tell(new FlexFile.CommandFailed(
                    command, FileFailure.Invalid, new ArgumentException($"{command} is a command for the handle in FlexFile.Opened, not for the manager")));
                break;
            default:
                _log.Warning("{0} from {1} is no command of the file manager: it takes FlexFile's", message.GetType().Name, Sender);
                Unhandled(message);
                break;
        }
    }

    /// <summary>The extension ends with its system: files are closed before that is over.</summary>
    protected override void PostStop()
    {
        foreach (PathRequest request in _waiting)
        {
            request.Tell(new FlexFile.CommandFailed(request.Command, FileFailure.Closed, new InvalidOperationException("the actor system ends")), Self);
        }

        foreach (PathRequest request in _underWay)
        {
            request.Cancel(FileFailure.Closed);
        }

        _group.CloseAll(static loop => loop.Io.Files.CloseAllAsync(), "files");
    }

    private void Take(PathRequest request)
    {
        if (_waiting.Count > 0 || _underWay.Count >= _settings.MaxPathCalls)
        {
            if (_waiting.Count >= _settings.MaxQueuedPathCalls)
            {
                request.Tell(new FlexFile.CommandFailed(request.Command, FileFailure.Busy, new InvalidOperationException(
                    $"{_settings.MaxPathCalls} commands that name a path are under way and {_waiting.Count} wait: wait for answers, or raise flexsc.file.max-path-calls")), Self);
                return;
            }

            _waiting.Enqueue(request);
            StartWaiting();
            return;
        }

        Start(request);
    }

    private void StartWaiting()
    {
        while (_underWay.Count < _settings.MaxPathCalls && _waiting.TryDequeue(out PathRequest? next))
        {
            Start(next);
        }
    }

    private void Start(PathRequest request)
    {
        _underWay.Add(request);
        IActorRef self = Self;
        try
        {
            ActorLoop loop = LoopAssignments.TryLoopOf(request.Sender, _group) ?? _group.Next();
            loop.AskAsync(() => _calls.ExecuteAsync(loop, request)).ContinueWith(
                executed =>
                {
                    if (executed.Exception is { } cause)
                    {
                        request.Tell(FileFailures.Of(request.Command, cause.GetBaseException(), path: null, FileFailure.Closed), self);
                    }

                    self.Tell(new Ended(request), self);
                },
                CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
        catch (Exception exception)
        {
            // The loops cannot be started. Whoever sent the command gets an answer.
            _log.Error(exception, "{0} could not be begun", request.Command);
            request.Tell(FileFailures.Of(request.Command, exception, path: null, cancelledAs: null), self);
            self.Tell(new Ended(request), self);
        }
    }

    private void Cancel(FlexFile.Command command)
    {
        if (_underWay.Find(request => ReferenceEquals(request.Command, command)) is { } underWay)
        {
            underWay.Cancel(FileFailure.Cancelled);
            return;
        }

        for (int count = _waiting.Count; count > 0; count--)
        {
            PathRequest request = _waiting.Dequeue();
            if (ReferenceEquals(request.Command, command))
            {
                request.Tell(new FlexFile.CommandFailed(
                    command, FileFailure.Cancelled, new OperationCanceledException($"{command} was cancelled before its turn came")), Self);
            }
            else
            {
                _waiting.Enqueue(request);
            }
        }
    }

    private sealed record Ended(PathRequest Request) : INoSerializationVerificationNeeded, IDeadLetterSuppression;
}

/// <summary>A command of the manager from its coming to its answer.</summary>
internal sealed class PathRequest(FlexFile.PathCommand command, IActorRef sender)
{
    private int _cancelledAs = -1;

    public FlexFile.PathCommand Command => command;

    public IActorRef Sender => sender;

    public CancellationTokenSource Cancellation { get; } = new();

    /// <summary>Null when it was not cancelled. From any thread.</summary>
    public FileFailure? CancelledAs => Volatile.Read(ref _cancelledAs) is >= 0 and int reason ? (FileFailure)reason : null;

    /// <summary>From the manager.</summary>
    public void Cancel(FileFailure reason)
    {
        if (Interlocked.CompareExchange(ref _cancelledAs, (int)reason, -1) == -1)
        {
            Cancellation.Cancel();
        }
    }

    public void Tell(object answer, IActorRef from) => sender.Tell(answer, from);
}
