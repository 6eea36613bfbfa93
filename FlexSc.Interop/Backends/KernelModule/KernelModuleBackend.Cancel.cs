using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.KernelModule;

/// <content>
/// Cancellation. What waits in a queue of ours ends at once. What the module has is cancelled there, by an entry that names it:
/// that of the loop's own cancellation, or one of ours when a close or the end of the loop asks.
/// </content>
internal sealed partial class KernelModuleBackend
{
    /// <summary>For each call, the entry of the loop's cancellation that is under way for it; -1 for none.</summary>
    private readonly int[] _cancelledBy;

    /// <summary>For the entry of a cancellation: it made its call end although the module had given the call back.</summary>
    private readonly bool[] _cancelEnded;

    private readonly OwnEntries _ownEntries;

    /// <summary>Tokens of calls that are to be cancelled once an entry of ours is free.</summary>
    private readonly Queue<ulong> _toCancel = new();

    public void CancelAll()
    {
        for (int index = 0; index < _calls.Count; index++)
        {
            CancelByUs(index);
        }
    }

    private void CancelAllOn(ModuleDescriptor state)
    {
        foreach (int index in _calls.On(state))
        {
            CancelByUs(index);
        }
    }

    private void CancelByUs(int index)
    {
        ref PendingCall call = ref _calls[index];
        if (call.Phase == CallPhase.Waiting)
        {
            CancelWaiting(index);
        }
        else if (IsInModule(call) && !call.CancelRequested)
        {
            call.CancelRequested = true;
            _toCancel.Enqueue(_calls.TokenOf(index));
        }
    }

    /// <summary>Ends a call that the module does not have.</summary>
    private void CancelWaiting(int index)
    {
        ref PendingCall call = ref _calls[index];
        ref CallQueue queue = ref _blocking;
        if (call.Direction != CallDirection.None)
        {
            queue = ref _descriptors.Find(call.FileDescriptor)!.QueueOf(call.Direction);
        }

        _calls.Remove(ref queue, index);
        _calls.Complete(index, -Errno.Canceled);
    }

    private void SendCancellations()
    {
        while (_toCancel.TryPeek(out ulong target))
        {
            if (_calls.TryFind(target, out int index) && IsInModule(_calls[index]))
            {
                if (!_ownEntries.TryTake(out int own))
                {
                    return;
                }

                PublishCancellation(own, index);
            }

            _toCancel.Dequeue();
        }
    }

    private static bool IsInModule(in PendingCall call) => call.Phase is CallPhase.Attempting or CallPhase.OnCompanion;

    private void PublishCancellation(int carrier, int target)
    {
        _promptPublished++;
        SyscallEntry request = new() { Number = FlexScAbi.NumberCancel, ArgumentCount = 1, Argument0 = (long)_module.TokenOf(target) };
        _module.Publish(carrier, request);
    }

    /// <summary>
    /// The loop asks for a cancellation: 0, -ENOENT when the call is over, -EALREADY when a thread is at it. The module has that
    /// call not wait for readiness, or interrupts it where it may be interrupted.
    /// </summary>
    private void StartCancellation(int index)
    {
        if (!_calls.TryFind((ulong)_calls[index].Entry.Argument0, out int other))
        {
            _calls.Complete(index, -Errno.NoEntry);
            return;
        }

        switch (_calls[other].Phase)
        {
            case CallPhase.None:
                _calls.Complete(index, -Errno.NoEntry);
                return;
            case CallPhase.Waiting:
                CancelWaiting(other);
                _calls.Complete(index, 0);
                return;
            case CallPhase.Closing or CallPhase.Cancelling:
                _calls.Complete(index, -Errno.Already);
                return;
        }

        _calls[other].CancelRequested = true;
        _cancelledBy[other] = index;
        _cancelEnded[index] = false;
        _calls[index].Phase = CallPhase.Cancelling;
        PublishCancellation(index, other);
    }

    private void FinishCancellation(int index, long result)
    {
        if (_calls.TryFind((ulong)_calls[index].Entry.Argument0, out int other) && IsInModule(_calls[other]))
        {
            _cancelledBy[other] = -1;
        }

        if (result == -Errno.NoEntry && _cancelEnded[index])
        {
            result = 0;
        }

        _calls.Complete(index, result);
    }

    /// <summary>Ends a call that the module gave back with a result of its own, or none, after its cancellation was asked for.</summary>
    private void EndCancelled(ModuleDescriptor state, int index)
    {
        NoteCancelEnded(index);
        EndAndGoOn(state, index, CallProgress.ResultOf(_calls[index], -Errno.Canceled));
    }

    private void NoteCancelEnded(int index)
    {
        int cancellation = _cancelledBy[index];
        if (cancellation >= 0)
        {
            _cancelEnded[cancellation] = true;
        }
    }

    /// <summary>The entries beyond those of the loop.</summary>
    private sealed class OwnEntries(int first, int count)
    {
        private readonly int[] _free = [.. Enumerable.Range(first, count)];
        private int _freeCount = count;

        public bool TryTake(out int index)
        {
            index = _freeCount > 0 ? _free[--_freeCount] : -1;
            return index >= 0;
        }

        public void GiveBack(int index) => _free[_freeCount++] = index;
    }
}
