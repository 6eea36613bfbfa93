using System.Runtime.InteropServices;
using Akka.Actor;
using FlexSc.Akka.IO;
using FlexSc.Simulation.Actors;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorFiles;

/// <summary>
/// An open file as one actor uses it: each command is answered once, before the end of its handle; what is found is what a file has when
/// the commands are done one after the other; only what may fail does.
/// </summary>
internal sealed class CheckedFile
{
    private const byte Spoilt = 0xee;

    private readonly World _world;
    private readonly FileModel _model;
    private readonly IActorRef _handle;
    private readonly IActorRef _self;
    private readonly string _who;
    private readonly List<FileOperation> _unanswered = [];
    private readonly Dictionary<FileOperation, byte[]> _found = [];
    private readonly Queue<PooledContent> _kept = new();
    private int _cancelled;
    private long _position;
    private bool _isEnding;
    private bool _isForced;

    public CheckedFile(ActorProcess process, FileModel model, IActorRef handle, IActorRef self, string who)
    {
        _world = process.World;
        _model = model;
        _handle = handle;
        _self = self;
        _who = who;
        FileEndCheck.Watch(process, handle, who);
    }

    /// <summary>Commands that were told and not answered.</summary>
    public int Unanswered => _unanswered.Count;

    /// <summary>Tells a command.</summary>
    public void Tell(FlexFile.HandleCommand command, byte[]? data = null, FileOperation? acknowledged = null)
    {
        FileOperation operation = acknowledged ?? new FileOperation
        {
            Data = data ?? [],
            IsSilent = ReferenceEquals(command.Ack, FlexFile.NoAck),
            IsLate = _isEnding,
            MostBefore = _unanswered.Count + _cancelled,
        };
        operation.Command = command;
        foreach (FileOperation other in _unanswered)
        {
            if (operation.IsPositionalWrite && other.Command is FlexFile.Read)
            {
                other.Beside.Add(operation);
            }
            else if (other.IsPositionalWrite && operation.Command is FlexFile.Read && !other.ComesBefore(operation))
            {
                operation.Beside.Add(other);
            }
        }

        _model.Log.Enqueue(operation);
        _unanswered.Add(operation);
        _isEnding |= command is FlexFile.Close;
        _handle.Tell(command, _self);
    }

    /// <summary>Tells a change, with one of the acknowledgements there are.</summary>
    /// <param name="data">What is written.</param>
    /// <param name="make">Makes the command with an acknowledgement.</param>
    public void TellChange(byte[] data, Func<object?, FlexFile.HandleCommand> make)
    {
        switch (_world.Random.Below(4))
        {
            case 0:
                Tell(make(FlexFile.NoAck), data);
                break;
            case 1:
                FileOperation acknowledged = new() { Data = data, IsLate = _isEnding, MostBefore = _unanswered.Count + _cancelled };
                Tell(make(acknowledged), data, acknowledged);
                break;
            default:
                Tell(make(null), data);
                break;
        }
    }

    /// <summary>Cancels one of those that are not answered.</summary>
    public void CancelSome()
    {
        if (_unanswered.Count > 0)
        {
            FileOperation operation = _unanswered[_world.Random.Below(_unanswered.Count)];
            operation.IsCancelled = true;
            _handle.Tell(new FlexFile.Cancel(operation.Command), _self);
        }
    }

    /// <summary>No answer will come, for only of failures it is told.</summary>
    public bool AwaitsNothing => _unanswered.TrueForAll(static operation => operation.IsSilent);

    /// <summary>The handle will end by something else than a command.</summary>
    public void End() => _isEnding = _isForced = true;

    /// <summary>Takes an answer.</summary>
    /// <returns>False when the message is none of a handle.</returns>
    public bool TryTake(object message)
    {
        switch (message)
        {
            case FileOperation acknowledged:
                OnAnswered(acknowledged, acknowledged);
                break;
            case FlexFile.Content content:
                OnRead(content.Command, content, content.Data.ToArray());
                break;
            case PooledContent pooled:
                OnRead(pooled.Command, pooled, pooled.Span.ToArray());
                Keep(pooled);
                break;
            case FlexFile.Status { Command: FlexFile.Stat } status:
                OnAnswered(Find(status.Command), status);
                break;
            case FlexFile.Completed { Command: FlexFile.HandleCommand } completed:
                OnAnswered(Find(completed.Command), completed);
                break;
            case FlexFile.Closed closed:
                OnAnswered(Find(closed.Command), closed);
                break;
            case FlexFile.CommandFailed { Command: FlexFile.HandleCommand } failed:
                OnFailed(Find(failed.Command), failed);
                break;
            default:
                return false;
        }

        Settle();
        return true;
    }

    /// <summary>The handle has ended: nothing may be without an answer, and the file is what the answers say.</summary>
    public void OnTerminated()
    {
        AssumeDone(_unanswered.Where(static operation => operation.IsSilent).ToArray());
        if (_unanswered.Count > 0)
        {
            throw new SimulationFailure($"{_who}: the handle has ended and {_unanswered[0]} has no answer");
        }

        Settle();
        _model.CheckFile();
        ReleaseAll();
    }

    /// <summary>Releases what is kept.</summary>
    public void ReleaseAll()
    {
        while (_kept.TryDequeue(out PooledContent? kept))
        {
            kept.Release();
        }
    }

    private FileOperation Find(FlexFile.Command command) => _unanswered.Find(operation => ReferenceEquals(operation.Command, command))
        ?? throw new SimulationFailure($"{_who}: {command} was answered twice");

    private void OnRead(FlexFile.Read command, object answer, byte[] found)
    {
        FileOperation operation = Find(command);
        _found[operation] = found;
        OnAnswered(operation, answer);
    }

    private void OnAnswered(FileOperation operation, object answer)
    {
        if (operation.IsSilent && answer is not FlexFile.CommandFailed)
        {
            throw new SimulationFailure($"{_who}: {operation} was acknowledged");
        }

        if (!_unanswered.Remove(operation))
        {
            throw new SimulationFailure($"{_who}: {operation} was answered twice");
        }

        operation.Answer = answer;
        if (operation.Command is FlexFile.WriteMemory write && MemoryMarshal.TryGetArray(write.Data, out ArraySegment<byte> lent))
        {
            // Whoever still uses it writes something else.
            lent.AsSpan().Fill(Spoilt);
        }

        if (operation.Failure is null)
        {
            OnBarrier(operation);
        }

        _cancelled = _unanswered.Count == 0 ? 0 : _cancelled;
    }

    /// <summary>What must have ended before this began is answered by now.</summary>
    private void OnBarrier(FileOperation barrier)
    {
        FileOperation[] before =
        [
            .. _model.Log.TakeWhile(operation => operation != barrier)
                .Where(operation => !operation.IsOver && operation.ComesBefore(barrier)),
        ];
        AssumeDone([.. before.Where(static operation => operation.IsSilent)]);
        if (Array.Find(before, static operation => !operation.IsOver) is { } open)
        {
            throw new SimulationFailure($"{_who}: {barrier} was done before {open}, which was told before it");
        }
    }

    private void AssumeDone(FileOperation[] silent)
    {
        foreach (FileOperation operation in silent)
        {
            operation.IsAssumedDone = true;
            _unanswered.Remove(operation);
        }
    }

    private void OnFailed(FileOperation operation, FlexFile.CommandFailed failed)
    {
        bool mayFail = failed.Reason switch
        {
            FileFailure.Refused => FileFaults.IsOfProfile(_world, failed),
            FileFailure.Cancelled => operation.IsCancelled,
            FileFailure.Closed => operation.IsLate || _isForced || (_isEnding && operation.IsAtCurrent),
            FileFailure.Busy => operation.MostBefore > 0,
            _ => false,
        };
        if (!mayFail || failed.CompletedBytes > operation.Data.Length)
        {
            throw new SimulationFailure(
                $"{_who}: {operation} failed: {failed.Reason}, {failed.Cause.Message}, {failed.CompletedBytes} bytes");
        }

        _cancelled += failed.Reason == FileFailure.Cancelled ? 1 : 0;
        OnAnswered(operation, failed);
    }

    private void Settle()
    {
        while (_model.Log.TryPeek(out FileOperation? operation) && operation.IsOver)
        {
            _model.Log.Dequeue();
            if (_found.Remove(operation, out byte[]? found))
            {
                Check(operation, found);
            }
            else
            {
                _model.Settle(operation);
            }
        }
    }

    private void Check(FileOperation operation, byte[] found)
    {
        FlexFile.Read read = (FlexFile.Read)operation.Command;
        if (read.Position != FlexFile.CurrentPosition)
        {
            _model.Check(operation, read.Position, found, mayBeShort: false);
            return;
        }

        _model.Check(operation, _position, found, mayBeShort: true);
        _position += found.Length;
    }

    // Some are kept for a while: what is released late must not be given out before.
    private void Keep(PooledContent pooled)
    {
        _kept.Enqueue(pooled);
        while (_kept.Count > 0 && _world.Random.Below(2) == 0)
        {
            _kept.Dequeue().Release();
        }
    }
}
