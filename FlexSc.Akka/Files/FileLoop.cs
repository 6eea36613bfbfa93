using FlexSc.Akka.Loops;
using FlexSc.Interop.Loop;

namespace FlexSc.Akka.IO;

/// <summary>What the files of one loop share: requests to use again, the bound of the bytes under way, and who waits for either. On the loop's thread.</summary>
internal sealed class FileLoop(ActorLoop loop) : ILoopResident
{
    /// <summary>Requests that are kept for later ones.</summary>
    private const int MostKeptRequests = 1024;

    /// <summary>Pause before those look again that found no entry: what frees one need not be a file's.</summary>
    private const int RetryMs = 5;

    private readonly Stack<FileRequest> _requests = new();
    private readonly Queue<Action> _waiting = new();
    private RetryTimer? _retry;

    /// <summary>Bytes of the transfers under way.</summary>
    public long TransferBytes { get; private set; }

    /// <summary>Requests that were taken and not given back.</summary>
    public int OutstandingRequests { get; private set; }

    public FileRequest TakeRequest()
    {
        OutstandingRequests++;
        return _requests.TryPop(out FileRequest? request) ? request : new FileRequest();
    }

    public void Return(FileRequest request)
    {
        OutstandingRequests--;
        request.Reset();
        if (_requests.Count < MostKeptRequests)
        {
            _requests.Push(request);
        }
    }

    public bool TryTakeBytes(int bytes, int mostBytes)
    {
        if (TransferBytes + bytes > mostBytes)
        {
            return false;
        }

        TransferBytes += bytes;
        return true;
    }

    public void GiveBytes(int bytes) => TransferBytes -= bytes;

    /// <summary>Has someone look again when there may be an entry, or bytes. Once for each call.</summary>
    public void AwaitRoom(Action lookAgain)
    {
        _waiting.Enqueue(lookAgain);
        _retry ??= new RetryTimer(this);
        if (!_retry.IsStarted && !loop.Loop.HasFailed)
        {
            loop.Loop.StartTimer(_retry, RetryMs);
        }
    }

    /// <summary>Something is over: those who wait look again.</summary>
    public void OnRoom()
    {
        for (int count = _waiting.Count; count > 0; count--)
        {
            _waiting.Dequeue()();
        }
    }

    public void OnStopping()
    {
        // The handles are members of the loop, and are told themselves.
    }

    public void OnEnded() => _waiting.Clear();

    private sealed class RetryTimer(FileLoop owner) : LoopTimer
    {
        protected override void OnDue(SyscallLoop loop) => owner.OnRoom();
    }
}

/// <summary>The files' part of a loop, by name.</summary>
internal static class FileLoopExtensions
{
    extension(LoopIo io)
    {
        /// <summary>What the files of the loop share. On the loop's thread.</summary>
        public FileLoop Files => io.Get(static loop => new FileLoop(loop));
    }
}
