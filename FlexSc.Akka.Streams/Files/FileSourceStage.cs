using Akka.IO;
using Akka.Streams;
using Akka.Streams.IO;
using Akka.Streams.Stage;
using FlexSc.Akka.IO;
using FlexSc.Interop.Calls;

namespace FlexSc.Akka.Streams;

/// <summary>Reads a file one chunk after the other, a little ahead of what is pulled.</summary>
internal sealed class FileSourceStage(string path, int chunkBytes, long startPosition) : FileStage<SourceShape<ByteString>>
{
    private readonly Outlet<ByteString> _out = new("FlexFileSource.out");

    public override SourceShape<ByteString> Shape => new(_out);

    protected override GraphStageLogic CreateLogic(TaskCompletionSource<IOResult> result) => new Logic(this, path, chunkBytes, startPosition, result);

    private sealed class Logic : FileLogic
    {
        private readonly Outlet<ByteString> _out;
        private readonly int _chunkBytes;
        private readonly Queue<ByteString> _chunks = new();
        private bool _isReading;
        private bool _isEnd;

        public Logic(FileSourceStage stage, string path, int chunkBytes, long startPosition, TaskCompletionSource<IOResult> result)
            : base(stage.Shape, path, OpenFlags.ReadOnly, startPosition, result)
        {
            _out = stage._out;
            _chunkBytes = chunkBytes;
            SetHandler(_out, onPull: Deliver, onDownstreamFinish: OnDownstreamFinish);
        }

        public override void PostStop()
        {
            base.PostStop();
            Result.TrySetResult(IOResult.Failed(Bytes, Failure ?? new AbruptStageTerminationException(this)));
        }

        protected override void OnOpened()
        {
            if (IsClosing)
            {
                TellHandle(new FlexFile.Close());
            }
            else
            {
                Read();
            }
        }

        protected override void OnOpenFailed(Exception cause)
        {
            if (!IsClosing)
            {
                Failure ??= cause;
            }

            OnClosed();
        }

        protected override void OnAnswer(object answer)
        {
            switch (answer)
            {
                case FlexFile.Content content:
                    OnContent(content);
                    break;
                case FlexFile.CommandFailed when IsClosing:
                    // A read that the close has cancelled.
                    break;
                case FlexFile.CommandFailed failed:
                    Failure ??= failed.Cause;
                    Close();
                    break;
            }
        }

        protected override void OnClosed()
        {
            if (Failure is { } failure)
            {
                Result.TrySetResult(IOResult.Failed(Bytes, failure));
                FailStage(failure);
            }
            else
            {
                Result.TrySetResult(IOResult.Success(Bytes));
                CompleteStage();
            }
        }

        private void OnDownstreamFinish(Exception cause)
        {
            _isEnd = true;
            _chunks.Clear();
            Close();
        }

        private void OnContent(FlexFile.Content content)
        {
            _isReading = false;
            if (IsClosing)
            {
                return;
            }

            Bytes += content.Data.Count;
            MoveOn(content.Data.Count);
            _isEnd = content.IsEnd;
            if (!content.Data.IsEmpty)
            {
                _chunks.Enqueue(content.Data);
            }

            Deliver();
        }

        private void Deliver()
        {
            if (IsAvailable(_out) && _chunks.TryDequeue(out ByteString? chunk))
            {
                Push(_out, chunk);
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
            if (Handle is not null && !_isReading && !_isEnd && !IsClosing && _chunks.Count < Settings.ReadAheadChunks)
            {
                _isReading = true;
                TellHandle(new FlexFile.Read(Position, _chunkBytes));
            }
        }

        private void Close()
        {
            if (!IsClosing)
            {
                IsClosing = true;
                if (Handle is not null)
                {
                    TellHandle(new FlexFile.Close());
                }
                else
                {
                    CancelOpening();
                }
            }
        }
    }
}
