using Akka.Actor;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.IO;
using Akka.Streams.Stage;
using FlexSc.Akka.IO;
using FlexSc.Interop.Calls;

namespace FlexSc.Akka.Streams;

/// <summary>Writes what comes, some writes at a time, and tells the result when all is on the device and the file is closed.</summary>
internal sealed class FileSinkStage(string path, FileMode mode, long startPosition) : GraphStageWithMaterializedValue<SinkShape<ByteString>, Task<IOResult>>
{
    /// <summary>Writes under way; an element is pulled when there are fewer.</summary>
    private const int MaxWrites = 4;

    private readonly Inlet<ByteString> _in = new("FlexFileSink.in");

    public override SinkShape<ByteString> Shape => new(_in);

    public override ILogicAndMaterializedValue<Task<IOResult>> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        TaskCompletionSource<IOResult> result = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return new LogicAndMaterializedValue<Task<IOResult>>(new Logic(this, path, mode, startPosition, result), result.Task);
    }

    private static OpenFlags FlagsOf(FileMode mode) => OpenFlags.WriteOnly | mode switch
    {
        FileMode.CreateNew => OpenFlags.Create | OpenFlags.Exclusive,
        FileMode.Create => OpenFlags.Create | OpenFlags.Truncate,
        FileMode.Open => OpenFlags.WriteOnly,
        FileMode.OpenOrCreate => OpenFlags.Create,
        FileMode.Truncate => OpenFlags.Truncate,
        FileMode.Append => OpenFlags.Create | OpenFlags.Append,
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "there is no such mode"),
    };

    private sealed class Logic : InGraphStageLogic
    {
        private readonly FileSinkStage _stage;
        private readonly string _path;
        private readonly FileMode _mode;
        private readonly TaskCompletionSource<IOResult> _result;
        private IActorRef? _handle;
        private Exception? _abrupt;
        private Exception? _failure;
        private long _position;
        private long _bytes;
        private int _writes;
        private bool _isEnd;
        private bool _isClosing;

        public Logic(FileSinkStage stage, string path, FileMode mode, long startPosition, TaskCompletionSource<IOResult> result)
            : base(stage.Shape)
        {
            _stage = stage;
            _path = path;
            _mode = mode;
            _position = startPosition;
            _result = result;
            SetHandler(stage._in, this);
        }

        public override void PreStart()
        {
            // The stage outlives its stream until the file is closed.
            SetKeepGoing(true);
            IActorRef self = GetStageActor(OnMessage).Ref;
            StageSystem.Of(self).FlexFile().Tell(new FlexFile.Open(_path, FlagsOf(_mode)) { Owner = self }, self);
        }

        public override void OnPush()
        {
            ByteString data = Grab(_stage._in);
            _writes++;
            _handle!.Tell(_mode == FileMode.Append ? new FlexFile.Append(data) : new FlexFile.Write(_position, data), StageActor.Ref);
            _position += data.Count;
            PullNext();
        }

        public override void OnUpstreamFinish()
        {
            _isEnd = true;
            CloseWhenDone();
        }

        public override void OnUpstreamFailure(Exception e)
        {
            _isEnd = true;
            _abrupt = e;
            CloseWhenDone();
        }

        public override void PostStop() =>
            _result.TrySetException(new AbruptIOTerminationException(IOResult.Success(_bytes), _failure ?? new AbruptStageTerminationException(this)));

        private void OnMessage((IActorRef Sender, object Message) told)
        {
            switch (told.Message)
            {
                case FlexFile.Opened opened:
                    _handle = opened.Handle;
                    PullNext();
                    CloseWhenDone();
                    break;
                case FlexFile.Completed { Command: FlexFile.Write write }:
                    OnWritten(write.Data.Count);
                    break;
                case FlexFile.Completed { Command: FlexFile.Append append }:
                    OnWritten(append.Data.Count);
                    break;
                case FlexFile.CommandFailed { Command: FlexFile.Open } failed:
                    _result.TrySetException(failed.Cause);
                    FailStage(failed.Cause);
                    break;
                case FlexFile.CommandFailed { Command: FlexFile.Close } failed:
                    _failure ??= failed.Cause;
                    End();
                    break;
                case FlexFile.CommandFailed failed:
                    OnFailed(failed);
                    break;
                case FlexFile.Closed:
                    End();
                    break;
            }
        }

        private void OnWritten(int bytes)
        {
            _writes--;
            _bytes += bytes;
            PullNext();
            CloseWhenDone();
        }

        private void OnFailed(FlexFile.CommandFailed failed)
        {
            _failure ??= failed.Cause;
            if (failed.Command is not FlexFile.Sync)
            {
                _writes--;
                _bytes += failed.CompletedBytes;
                Cancel(_stage._in);
                _isEnd = true;
                CloseWhenDone();
            }
        }

        private void PullNext()
        {
            if (_handle is not null && !_isEnd && _writes < MaxWrites && !HasBeenPulled(_stage._in))
            {
                Pull(_stage._in);
            }
        }

        /// <summary>Syncs and closes, once, when the stream has ended and nothing is under way.</summary>
        private void CloseWhenDone()
        {
            if (_handle is null || !_isEnd || _writes > 0 || _isClosing)
            {
                return;
            }

            _isClosing = true;
            if (_failure is null && _abrupt is null)
            {
                _handle.Tell(new FlexFile.Sync(Ack: FlexFile.NoAck), StageActor.Ref);
            }

            _handle.Tell(new FlexFile.Close(), StageActor.Ref);
        }

        /// <summary>The file is closed.</summary>
        private void End()
        {
            if (_abrupt is { } abrupt)
            {
                _result.TrySetException(new AbruptIOTerminationException(IOResult.Success(_bytes), abrupt));
                FailStage(abrupt);
                return;
            }

            _result.TrySetResult(_failure is { } failure ? IOResult.Failed(_bytes, failure) : IOResult.Success(_bytes));
            CompleteStage();
        }
    }
}
