using Akka.Actor;
using Akka.Event;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;

namespace FlexSc.Akka.IO;

/// <summary>
/// An open file: the reference that takes its commands, and its end. On the loop's thread unless said otherwise.
/// </summary>
/// <remarks>
/// The descriptor is closed when nothing is under way on it any more, cancelled or done, so that no call of this handle can reach a file
/// that gets the number next, and no memory is given back that the kernel may still write to.
/// </remarks>
internal sealed class FileHandle : LoopReference, IOpenFile
{
    private readonly FileLoop _shared;
    private readonly FileSettings _settings;
    private readonly FileQueue _queue;
    private readonly FileHandleCalls _calls;
    private readonly FileClosing _closing;
    private readonly bool _appends;
    private FlexFile.Close? _close;
    private IActorRef _closeSender = ActorRefs.Nobody;
    private bool _isClosing;
    private bool _awaitsRoom;
    private bool _pumps;

    /// <summary>Takes an open descriptor over. An entry is reserved for closing it.</summary>
    public FileHandle(ActorLoop loop, ActorPath path, FileSettings settings, string filePath, int descriptor, OpenFlags flags, IActorRef owner)
        : base(loop, path)
    {
        _shared = loop.Io.Files;
        _settings = settings;
        _queue = new FileQueue(settings);
        _appends = (flags & OpenFlags.Append) != 0;
        HasPositions = loop.Loop.HasPositions(descriptor);
        FilePath = filePath;
        Descriptor = descriptor;
        Transfers = new FileTransfers(this, _shared, settings);
        _calls = new FileHandleCalls(this);
        _closing = new FileClosing(loop, descriptor, _shared, OnDescriptorClosed);
        _shared.Add(this);
        WatchOwner(owner);
        if (loop.Loop.IsStopping)
        {
            // Opened by a call that was under way when the loop was asked to stop.
            OnStopping();
        }
    }

    public string FilePath { get; }

    public int Descriptor { get; }

    /// <summary>False for a FIFO or a terminal.</summary>
    public bool HasPositions { get; }

    public FileTransfers Transfers { get; }

    /// <summary>Nothing may come after what is there.</summary>
    private bool IsClosing => _isClosing || _close is not null;

    /// <summary>The loop stops, or its actor system does.</summary>
    public void OnStopping()
    {
        if (HasTerminated)
        {
            return;
        }

        OnStopped();
        if (ActorLoop.Loop.IsStopping && _queue.IsEmpty)
        {
            // A close would be taken back again and again, and the loop may end before it is made.
            _closing.CloseNow();
        }
    }

    /// <summary>The loop takes no calls any more. After an error those in flight never complete, and their memory stays as it is.</summary>
    public void OnEnded()
    {
        if (!HasTerminated)
        {
            OnStopped();
            foreach (FileRequest request in _queue.AllInFlight)
            {
                Tell(request, Failure(request.Command, FileFailure.Closed, LoopHasEnded()));
            }

            _closing.CloseNow();
        }
    }

    /// <summary>A command was done.</summary>
    /// <param name="request">The command.</param>
    /// <param name="answer">What its sender is told; null for nothing.</param>
    public void Finish(FileRequest request, object? answer)
    {
        IActorRef sender = request.Sender;
        _queue.End(request);
        _shared.Return(request);
        if (answer is not null)
        {
            TellSafely(sender, answer);
        }

        _shared.OnRoom();
        Pump();
    }

    /// <summary>A command was not done.</summary>
    public void Fail(FileRequest request, FileFailure reason, Exception cause) => Finish(
        request, new FlexFile.CommandFailed(request.Command, reason, cause, request.IsWrite ? request.DoneBytes : 0));

    /// <summary>What is told when a command was done that has no result of its own; null for nothing.</summary>
    public static object? Acknowledgement(FlexFile.Command command) =>
        command.Ack is null ? new FlexFile.Completed(command) : ReferenceEquals(command.Ack, FlexFile.NoAck) ? null : command.Ack;

    protected override void Handle(object message, IActorRef sender)
    {
        switch (message)
        {
            case FlexFile.Cancel cancel:
                Cancel(cancel.Target, FileFailure.Cancelled);
                break;
            case FlexFile.HandleCommand command when IsClosing:
                TellSafely(sender, Failure(command, FileFailure.Closed, new InvalidOperationException($"the handle of {FilePath} is closing")));
                break;
            case FlexFile.Close close:
                _close = close;
                _closeSender = sender;
                EndWaits();
                Pump();
                break;
            case FlexFile.HandleCommand command:
                Add(command, sender);
                break;
            case FlexFile.PathCommand command:
                TellSafely(sender, FileFailures.ForManager(command));
                break;
            default:
                ActorLoop.Group.System.EventStream.Publish(new UnhandledMessage(message, sender, this));
                break;
        }
    }

    protected override void HandleAfterEnd(object message, IActorRef sender)
    {
        if (message is FlexFile.HandleCommand command and not FlexFile.Cancel)
        {
            TellSafely(sender, Failure(command, FileFailure.Closed, new InvalidOperationException($"the handle of {FilePath} is closed")));
        }
        else if (message is FlexFile.PathCommand path)
        {
            TellSafely(sender, FileFailures.ForManager(path));
        }
        else if (message is not FlexFile.Cancel)
        {
            Provider.DeadLetters.Tell(new DeadLetter(message, sender, this), this);
        }
    }

    /// <summary>Ends now: what waits fails, what is under way is cancelled.</summary>
    protected override void OnStopped()
    {
        _isClosing = true;
        foreach (FileRequest request in _queue.TakeWaiting())
        {
            Tell(request, Failure(request.Command, FileFailure.Closed, new InvalidOperationException($"the handle of {FilePath} was closed before its turn came")));
            _shared.Return(request);
        }

        foreach (FileRequest request in _queue.AllInFlight)
        {
            CancelInFlight(request, FileFailure.Closed);
        }

        Pump();
    }

    protected override void OnDefect(Exception exception)
    {
        ActorLoop.Group.Log.Error(exception, "the handle of {0} ends by an error", FilePath);
        OnStopped();
    }

    private static FlexFile.CommandFailed Failure(FlexFile.Command command, FileFailure reason, Exception cause) => new(command, reason, cause);

    private InvalidOperationException LoopHasEnded() => new($"the loop '{ActorLoop.Loop.Name}' has ended, and the handle of {FilePath} with it");

    private void Tell(FileRequest request, object answer) => TellSafely(request.Sender, answer);

    private void Add(FlexFile.HandleCommand command, IActorRef sender)
    {
        if (FileCommandRules.Mistake(command, _settings, _appends, HasPositions) is { } mistake)
        {
            TellSafely(sender, Failure(command, FileFailure.Invalid, new ArgumentException($"{command} of {FilePath}: {mistake}")));
            return;
        }

        FileRequest request = _shared.TakeRequest();
        FileCommandRules.Set(request, this, command, sender);
        if (!_queue.TryAdd(request))
        {
            _shared.Return(request);
            TellSafely(sender, Failure(command, FileFailure.Busy, new InvalidOperationException(
                $"{_settings.MaxInFlight} commands of {FilePath} are under way and {_settings.MaxQueued} wait: wait for answers, or raise flexsc.file.max-queued")));
            return;
        }

        Pump();
    }

    /// <summary>Begins what may begin, and closes when all is done that is to be.</summary>
    private void Pump()
    {
        // Who finishes at once comes back here.
        if (_pumps || HasTerminated)
        {
            return;
        }

        _pumps = true;
        while (!_awaitsRoom && _queue.TryPeek(out FileRequest request))
        {
            Begin(request);
        }

        _pumps = false;
        if (IsClosing && _queue.IsEmpty)
        {
            _closing.Close();
        }
    }

    private void Begin(FileRequest request)
    {
        if (IsClosing && MayWaitForEver(request))
        {
            _queue.Drop();
            Tell(request, Failure(request.Command, FileFailure.Closed, new InvalidOperationException($"the handle of {FilePath} was closed before its turn came")));
            _shared.Return(request);
        }
        else if (request.Command is not (FlexFile.Read or FlexFile.Write or FlexFile.WriteMemory or FlexFile.Append))
        {
            _queue.Start(request);
            _calls.Start(request);
        }
        else if (request.TotalBytes == 0)
        {
            _queue.Start(request);
            Finish(request, Acknowledgement(request.Command));
        }
        else if (Transfers.TryStart(request))
        {
            // What it completes with comes later, never from inside the submission.
            _queue.Start(request);
        }
        else
        {
            _awaitsRoom = true;
            _shared.AwaitRoom(OnRoom);
        }
    }

    private void OnRoom()
    {
        _awaitsRoom = false;
        Pump();
    }

    private void Cancel(FlexFile.Command command, FileFailure reason)
    {
        if (_queue.FindInFlight(command) is { } underWay)
        {
            CancelInFlight(underWay, reason);
        }
        else if (_queue.FindWaiting(command) is { } waiting)
        {
            _queue.Remove(waiting);
            Tell(waiting, Failure(command, reason, new OperationCanceledException($"{command} of {FilePath} was cancelled before its turn came")));
            _shared.Return(waiting);
            Pump();
        }
    }

    private void CancelInFlight(FileRequest request, FileFailure reason)
    {
        if (request.CancelledAs is not null)
        {
            return;
        }

        request.CancelledAs = reason;
        request.Cancellation?.Cancel();
        if (!ActorLoop.Loop.HasFailed)
        {
            ActorLoop.Loop.RequestCancellation(request);
        }
    }

    /// <summary>A close does not wait for what may wait for ever.</summary>
    private void EndWaits()
    {
        foreach (FileRequest request in _queue.AllInFlight)
        {
            if (MayWaitForEver(request))
            {
                CancelInFlight(request, FileFailure.Closed);
            }
        }
    }

    private static bool MayWaitForEver(FileRequest request) =>
        request.Command is FlexFile.Lock { Wait: true } || request.Order == FileOrder.ReadAtCurrent;

    private void OnDescriptorClosed(long result)
    {
        _shared.Remove(this);
        if (_close is { } close)
        {
            bool failed = result < 0 && result != -Errno.Interrupted;
            TellSafely(_closeSender, failed
                ? Failure(close, FileFailure.Refused, CallFailures.Of(result, "close", FilePath))
                : new FlexFile.Closed(close));
        }

        Terminate();
    }
}
