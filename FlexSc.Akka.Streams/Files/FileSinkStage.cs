using Akka.IO;
using Akka.Streams;
using Akka.Streams.IO;
using Akka.Streams.Stage;
using FlexSc.Akka.IO;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;

namespace FlexSc.Akka.Streams;

/// <summary>Writes what comes, some writes at a time, and tells the result when all is on the device and the file is closed.</summary>
internal sealed class FileSinkStage(string path, FileMode mode, long startPosition) : FileStage<SinkShape<ByteString>>
{
    private readonly Inlet<ByteString> _in = new("FlexFileSink.in");

    public override SinkShape<ByteString> Shape => new(_in);

    protected override GraphStageLogic CreateLogic(TaskCompletionSource<IOResult> result) => new Logic(this, path, mode, startPosition, result);

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

    private sealed class Logic : FileLogic
    {
        private readonly Inlet<ByteString> _in;
        private readonly FileMode _mode;
        private Exception? _abrupt;
        private int _writes;
        private bool _isEnd;

        public Logic(FileSinkStage stage, string path, FileMode mode, long startPosition, TaskCompletionSource<IOResult> result)
            : base(stage.Shape, path, FlagsOf(mode), startPosition, result)
        {
            _in = stage._in;
            _mode = mode;
            SetHandler(_in, onPush: OnPush, onUpstreamFinish: OnUpstreamFinish, onUpstreamFailure: OnUpstreamFailure);
        }

        public override void PostStop()
        {
            base.PostStop();
            Result.TrySetException(new AbruptIOTerminationException(IOResult.Success(Bytes), Failure ?? new AbruptStageTerminationException(this)));
        }

        protected override void OnOpened()
        {
            PullNext();
            CloseWhenDone();
        }

        protected override void OnOpenFailed(Exception cause)
        {
            Exception told = _abrupt is null ? cause : new AbruptIOTerminationException(IOResult.Success(0), _abrupt);
            Result.TrySetException(told);
            FailStage(_abrupt ?? cause);
        }

        protected override void OnAnswer(object answer)
        {
            switch (answer)
            {
                case FlexFile.Completed { Command: FlexFile.Write write }:
                    OnWritten(write.Data.Count);
                    break;
                case FlexFile.Completed { Command: FlexFile.Append append }:
                    OnWritten(append.Data.Count);
                    break;
                case FlexFile.CommandFailed { Command: FlexFile.Sync, ErrorNumber: Errno.Invalid }:
                    // What is no file of a disk, such as a FIFO or /dev/null, knows no fsync(2).
                    break;
                case FlexFile.CommandFailed failed:
                    OnFailed(failed);
                    break;
            }
        }

        protected override void OnClosed()
        {
            if (_abrupt is { } abrupt)
            {
                Result.TrySetException(new AbruptIOTerminationException(IOResult.Success(Bytes), abrupt));
                FailStage(abrupt);
                return;
            }

            Result.TrySetResult(Failure is { } failure ? IOResult.Failed(Bytes, failure) : IOResult.Success(Bytes));
            CompleteStage();
        }

        private void OnPush()
        {
            ByteString data = Grab(_in);
            _writes++;
            TellHandle(_mode == FileMode.Append ? new FlexFile.Append(data) : new FlexFile.Write(Position, data));
            MoveOn(data.Count);
            PullNext();
        }

        private void OnUpstreamFinish()
        {
            _isEnd = true;
            CloseWhenDone();
        }

        private void OnUpstreamFailure(Exception cause)
        {
            _abrupt = cause;
            CancelOpening();
            OnUpstreamFinish();
        }

        private void OnWritten(int bytes)
        {
            _writes--;
            Bytes += bytes;
            PullNext();
            CloseWhenDone();
        }

        private void OnFailed(FlexFile.CommandFailed failed)
        {
            Failure ??= failed.Cause;
            if (failed.Command is not FlexFile.Sync)
            {
                _writes--;
                Bytes += failed.CompletedBytes;
                Cancel(_in);
                _isEnd = true;
                CloseWhenDone();
            }
        }

        private void PullNext()
        {
            if (Handle is not null && !_isEnd && _writes < Settings.MaxFileWritesInFlight && !HasBeenPulled(_in))
            {
                Pull(_in);
            }
        }

        /// <summary>Syncs and closes, once, when the stream has ended and nothing is under way.</summary>
        private void CloseWhenDone()
        {
            if (Handle is null || !_isEnd || _writes > 0 || IsClosing)
            {
                return;
            }

            IsClosing = true;
            if (Failure is null && _abrupt is null)
            {
                TellHandle(new FlexFile.Sync(Ack: FlexFile.NoAck));
            }

            TellHandle(new FlexFile.Close());
        }
    }
}
