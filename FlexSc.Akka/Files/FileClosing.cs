using FlexSc.Akka.Loops;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Akka.IO;

/// <summary>
/// Closes a descriptor, once, by an entry that was reserved for it (<see cref="LoopIo.TryReserveEntry"/>) and is given back. Nothing may be
/// under way on the descriptor. On the loop's thread.
/// </summary>
internal sealed class FileClosing : SyscallOperation
{
    private readonly ActorLoop _loop;
    private readonly int _descriptor;
    private readonly FileLoop _shared;
    private readonly Action<long> _closed;
    private bool _isClosed;
    private bool _awaitsRoom;

    /// <param name="loop">The loop.</param>
    /// <param name="descriptor">The descriptor.</param>
    /// <param name="shared">Where to wait when the application has taken even what was reserved.</param>
    /// <param name="closed">Takes what close(2) answered.</param>
    public FileClosing(ActorLoop loop, int descriptor, FileLoop shared, Action<long> closed)
    {
        _loop = loop;
        _descriptor = descriptor;
        _shared = shared;
        _closed = closed;
        UsesReservedEntry = true;
    }

    /// <summary>Closes; does nothing when that is done or under way.</summary>
    public void Close()
    {
        if (_isClosed || IsPending || _awaitsRoom)
        {
            return;
        }

        if (!_loop.Loop.TryClose(this, _descriptor))
        {
            _awaitsRoom = true;
            _shared.AwaitRoom(LookAgain);
        }
    }

    /// <summary>Closes without the page, for a loop that takes no calls any more.</summary>
    public void CloseNow()
    {
        // One that is under way may have been made: the number may be another file's by now.
        if (!_isClosed && !IsPending)
        {
            ImmediateCalls.CloseWithoutLoop(_descriptor, reset: false);
            OnClosed(0);
        }
    }

    protected override void OnCompleted(SyscallLoop loop, in Completion completion)
    {
        if (completion.Result == -Errno.Canceled)
        {
            // The loop stops and took it back. Whatever else close answers, the descriptor is gone; see close(2).
            CloseNow();
            return;
        }

        OnClosed(completion.Result);
    }

    private void LookAgain()
    {
        _awaitsRoom = false;
        Close();
    }

    private void OnClosed(long result)
    {
        _isClosed = true;
        if (!_loop.Loop.HasFailed)
        {
            _loop.Io.ReleaseEntry();
        }

        _closed(result);
    }
}
