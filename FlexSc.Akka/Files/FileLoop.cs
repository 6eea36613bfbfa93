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
    private readonly HashSet<IOpenFile> _open = [];
    private RetryTimer? _retry;

    private long _transferBytes;
    private int _outstandingRequests;
    private int _openCount;

    /// <summary>Bytes of the transfers under way. From any thread.</summary>
    public long TransferBytes => Volatile.Read(ref _transferBytes);

    /// <summary>Requests that were taken and not given back. From any thread.</summary>
    public int OutstandingRequests => Volatile.Read(ref _outstandingRequests);

    /// <summary>Handles and watches whose descriptor is open. From any thread.</summary>
    public int OpenCount => Volatile.Read(ref _openCount);

    public void Add(IOpenFile file)
    {
        _open.Add(file);
        _openCount = _open.Count;
    }

    public void Remove(IOpenFile file)
    {
        _open.Remove(file);
        _openCount = _open.Count;
    }

    /// <summary>Closes what is open, and what comes while that is done.</summary>
    public async Task<bool> CloseAllAsync()
    {
        const int pauseMs = 1;
        while (_open.Count > 0)
        {
            OnStopping();
            await loop.DelayAsync(pauseMs).ConfigureAwait(false);
        }

        return true;
    }

    public FileRequest TakeRequest()
    {
        _outstandingRequests++;
        return _requests.TryPop(out FileRequest? request) ? request : new FileRequest();
    }

    public void Return(FileRequest request)
    {
        _outstandingRequests--;
        request.Reset();
        if (_requests.Count < MostKeptRequests)
        {
            _requests.Push(request);
        }
    }

    public bool TryTakeBytes(int bytes, int mostBytes)
    {
        if (_transferBytes + bytes > mostBytes)
        {
            return false;
        }

        _transferBytes += bytes;
        return true;
    }

    public void GiveBytes(int bytes) => _transferBytes -= bytes;

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
        // One that looks again may be over at once, and come back here.
        for (int count = _waiting.Count; count > 0 && _waiting.TryDequeue(out Action? lookAgain); count--)
        {
            lookAgain();
        }
    }

    public void OnStopping()
    {
        foreach (IOpenFile file in _open.ToArray())
        {
            file.OnStopping();
        }
    }

    public void OnEnded()
    {
        foreach (IOpenFile file in _open.ToArray())
        {
            file.OnEnded();
        }

        _waiting.Clear();
    }

    private sealed class RetryTimer(FileLoop owner) : LoopTimer
    {
        protected override void OnDue(SyscallLoop loop) => owner.OnRoom();
    }
}

/// <summary>Something with an open descriptor that hangs on a loop. On the loop's thread.</summary>
internal interface IOpenFile
{
    /// <summary>The loop stops, or its actor system does: close now. May be called again.</summary>
    void OnStopping();

    /// <summary>The loop takes no calls any more, and after an error those in flight never complete.</summary>
    void OnEnded();
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
