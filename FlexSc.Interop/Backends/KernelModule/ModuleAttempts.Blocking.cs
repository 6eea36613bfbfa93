using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.KernelModule;

/// <content>
/// Calls that may wait for something else than readiness, and the end of what the module has. It has a thread wait in each such
/// call, so they are bounded: those that wait for ever must not take the last thread.
/// </content>
internal sealed partial class ModuleAttempts
{
    private readonly int _blockingLimit;

    /// <summary>Calls that may keep a thread and wait for their turn; the one at the front is next.</summary>
    private readonly LinkedList<(int Index, SyscallEntry Call)> _queued = new();

    /// <summary>Of these, the ones that the module has.</summary>
    private readonly HashSet<int> _blocking = [];

    /// <summary>Entries beyond those of the loop, for cancellations that nobody waits for.</summary>
    private readonly Stack<int> _freeOwn;

    /// <summary>Uses of entries that are to be cancelled once an entry of ours is free.</summary>
    private readonly Queue<ulong> _toCancel = new();

    public long Block(int index, in SyscallEntry call)
    {
        if (_blocking.Count < _blockingLimit)
        {
            PublishBlocking(index, call);
        }
        else
        {
            _queued.AddLast((index, call));
        }

        return IAttempts.Pending;
    }

    /// <summary>The module has a call not wait for readiness, or interrupts it where it may be interrupted.</summary>
    public long Cancel(int index, int cancellation)
    {
        for (LinkedListNode<(int Index, SyscallEntry Call)>? node = _queued.First; node is not null; node = node.Next)
        {
            if (node.Value.Index == index)
            {
                _queued.Remove(node);
                return 0;
            }
        }

        if (cancellation < 0)
        {
            _toCancel.Enqueue(_module.TokenOf(index));
            return -Errno.Already;
        }

        PublishCancellation(cancellation, _module.TokenOf(index));
        return IAttempts.Pending;
    }

    private void EndBlocking(int index)
    {
        if (_blocking.Count > 0 && _blocking.Remove(index) && _queued.First is { } next)
        {
            _queued.RemoveFirst();
            PublishBlocking(next.Value.Index, next.Value.Call);
        }
    }

    private void PublishBlocking(int index, in SyscallEntry call)
    {
        _blocking.Add(index);
        _module.Publish(index, call);
    }

    private void SendCancellations()
    {
        // One whose call has come back meanwhile is not found by the module, or names a use of the entry that is over.
        while (_toCancel.Count > 0 && _freeOwn.TryPop(out int own))
        {
            PublishCancellation(own, _toCancel.Dequeue());
        }
    }

    private void PublishCancellation(int carrier, ulong target)
    {
        _promptPublished++;
        SyscallEntry request = new() { Number = FlexScAbi.NumberCancel, ArgumentCount = 1, Argument0 = (long)target };
        _module.Publish(carrier, request);
    }
}
