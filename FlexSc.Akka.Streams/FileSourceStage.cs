using Akka.Actor;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.IO;
using Akka.Streams.Stage;
using FlexSc.Akka.IO;

namespace FlexSc.Akka.Streams;

/// <summary>Reads a file one chunk after the other, a little ahead of what is pulled.</summary>
internal sealed class FileSourceStage(string path, int chunkBytes, long startPosition) : GraphStageWithMaterializedValue<SourceShape<ByteString>, Task<IOResult>>
{
    /// <summary>Chunks that are read and not pulled, the one that is being read among them.</summary>
    private const int ReadAheadChunks = 2;

    private readonly Outlet<ByteString> _out = new("FlexFileSource.out");

    public override SourceShape<ByteString> Shape => new(_out);

    public override ILogicAndMaterializedValue<Task<IOResult>> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        TaskCompletionSource<IOResult> result = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return new LogicAndMaterializedValue<Task<IOResult>>(new Logic(this, path, chunkBytes, startPosition, result), result.Task);
    }

    private sealed class Logic : OutGraphStageLogic
    {
        private readonly FileSourceStage _stage;
        private readonly string _path;
        private readonly int _chunkBytes;
        private readonly long _startPosition;
        private readonly TaskCompletionSource<IOResult> _result;
        private readonly Queue<ByteString> _chunks = new();
        private IActorRef? _handle;
        private Exception? _failure;
        private long _bytes;
        private bool _isReading;
        private bool _isEnd;
        private bool _isClosing;

        public Logic(FileSourceStage stage, string path, int chunkBytes, long startPosition, TaskCompletionSource<IOResult> result)
            : base(stage.Shape)
        {
            _stage = stage;
            _path = path;
            _chunkBytes = chunkBytes;
            _startPosition = startPosition;
            _result = result;
            SetHandler(stage._out, this);
        }

        public override void PreStart()
        {
            // The stage outlives its stream until the file is closed.
            SetKeepGoing(true);
            IActorRef self = GetStageActor(OnMessage).Ref;
            StageSystem.Of(self).FlexFile().Tell(new FlexFile.Open(_path) { Owner = self }, self);
        }

        public override void OnPull() => Deliver();

        public override void OnDownstreamFinish(Exception cause)
        {
            _isEnd = true;
            _chunks.Clear();
            Close();
        }

        public override void PostStop() =>
            _result.TrySetResult(IOResult.Failed(_bytes, _failure ?? new AbruptStageTerminationException(this)));

        private void OnMessage((IActorRef Sender, object Message) told)
        {
            switch (told.Message)
            {
                case FlexFile.Opened opened:
                    _handle = opened.Handle;
                    if (_isClosing)
                    {
                        _handle.Tell(new FlexFile.Close(), StageActor.Ref);
                    }
                    else
                    {
                        Read();
                    }

                    break;
                case FlexFile.Content content:
                    OnContent(content);
                    break;
                case FlexFile.CommandFailed failed:
                    _failure ??= failed.Command is FlexFile.Read && _isClosing ? null : failed.Cause;
                    if (failed.Command is FlexFile.Read)
                    {
                        Close();
                    }
                    else
                    {
                        End();
                    }

                    break;
                case FlexFile.Closed:
                    End();
                    break;
            }
        }

        private void OnContent(FlexFile.Content content)
        {
            _isReading = false;
            if (_isClosing)
            {
                return;
            }

            _bytes += content.Data.Count;
            _isEnd = content.IsEnd;
            if (!content.Data.IsEmpty)
            {
                _chunks.Enqueue(content.Data);
            }

            Deliver();
        }

        private void Deliver()
        {
            if (IsAvailable(_stage._out) && _chunks.TryDequeue(out ByteString? chunk))
            {
                Push(_stage._out, chunk);
            }

            if (_isEnd && _chunks.Count == 0)
            {
                Close();
            }
            else
            {
                Read();
            }
        }

        private void Read()
        {
            if (_handle is not null && !_isReading && !_isEnd && !_isClosing && _chunks.Count < ReadAheadChunks)
            {
                _isReading = true;
                _handle.Tell(new FlexFile.Read(_startPosition + _bytes, _chunkBytes), StageActor.Ref);
            }
        }

        private void Close()
        {
            if (!_isClosing)
            {
                _isClosing = true;
                _handle?.Tell(new FlexFile.Close(), StageActor.Ref);
            }
        }

        /// <summary>The file is closed, or was never open.</summary>
        private void End()
        {
            if (_failure is { } failure)
            {
                _result.TrySetResult(IOResult.Failed(_bytes, failure));
                FailStage(failure);
            }
            else
            {
                _result.TrySetResult(IOResult.Success(_bytes));
                CompleteStage();
            }
        }
    }
}
