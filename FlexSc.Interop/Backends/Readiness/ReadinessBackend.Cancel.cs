using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Backends.Readiness;

/// <content>
/// Cancellation. What waits in a queue ends at once; what is under way elsewhere is asked to end there, and its own result or
/// -ECANCELED completes it.
/// </content>
internal sealed partial class ReadinessBackend
{
    /// <summary>Entry of no cancellation: a close or the end of the loop asks.</summary>
    private const int Nobody = -1;

    public void CancelAll()
    {
        for (int index = 0; index < _calls.Count; index++)
        {
            Cancel(index, Nobody);
        }
    }

    public void FinishCancellation(int cancellation, long result)
    {
        if (_calls.TryFind((ulong)_calls[cancellation].Entry.Argument0, out int target) && _calls[target].CancelledBy == cancellation)
        {
            _calls[target].CancelledBy = Nobody;
        }

        // Whoever was asked had given the call back, and it ended because of the cancellation all the same.
        bool hasEnded = result == -Errno.NoEntry && _calls[cancellation].HasEndedTarget;
        _calls.Complete(cancellation, hasEnded ? 0 : result);
    }

    private void StartCancellation(int index)
    {
        long answer = _calls.TryFind((ulong)_calls[index].Entry.Argument0, out int target) ? Cancel(target, index) : -Errno.NoEntry;
        if (answer != IAttempts.Pending)
        {
            _calls.Complete(index, answer);
        }
    }

    private void CancelAllOn(Descriptor state, int except)
    {
        foreach (int index in _calls.On(state))
        {
            if (index != except)
            {
                Cancel(index, Nobody);
            }
        }
    }

    /// <returns>
    /// 0 when it completes as cancelled, -ENOENT when it has completed, -EALREADY when its own result completes it, or
    /// <see cref="IAttempts.Pending"/> when the answer is still to come.
    /// </returns>
    private long Cancel(int index, int cancellation)
    {
        ref PendingCall call = ref _calls[index];
        switch (call.Phase)
        {
            case CallPhase.None:
                return -Errno.NoEntry;
            case CallPhase.Closing or CallPhase.Cancelling:
                return -Errno.Already;
            case CallPhase.Waiting:
                CancelWaiting(_descriptors.Find(call.FileDescriptor)!, index);
                return 0;
            default:
                return CancelUnderWay(index, cancellation);
        }
    }

    private long CancelUnderWay(int index, int cancellation)
    {
        ref PendingCall call = ref _calls[index];
        if (cancellation == Nobody && call.CancelRequested)
        {
            return -Errno.Already;
        }

        long answer = _attempts.Cancel(index, cancellation);
        if (answer == 0)
        {
            TakeBack(index);
            return 0;
        }

        call.CancelRequested = true;
        if (answer == IAttempts.Pending)
        {
            call.CancelledBy = cancellation;
            _calls[cancellation].Phase = CallPhase.Cancelling;
        }

        return answer;
    }

    /// <summary>Ends a call whose attempt was taken back.</summary>
    private void TakeBack(int index)
    {
        ref PendingCall call = ref _calls[index];
        if (call.Phase == CallPhase.Blocking || call.Direction == CallDirection.None)
        {
            call.IsOpenTried = false;
            FinishOtherCall(index, -Errno.Canceled);
            return;
        }

        Descriptor state = _descriptors.Find(call.FileDescriptor)!;
        EndAttempt(state, ref state.Direction(call.Direction), ref call);
        CancelWaiting(state, index);
    }

    private void CancelWaiting(Descriptor state, int index)
    {
        CallDirection direction = _calls[index].Direction;
        EndCancelled(state, index);
        if (direction != CallDirection.Either && IsDue(state.Direction(direction)))
        {
            // The next in the queue may go on where the cancelled one held it up.
            List(state);
        }
    }

    private void EndCancelled(Descriptor state, int index)
    {
        ref PendingCall call = ref _calls[index];
        NoteCancelEnded(call);
        End(state, index, CallProgress.ResultOf(call, -Errno.Canceled));
    }

    private void NoteCancelEnded(in PendingCall call)
    {
        if (call.CancelledBy >= 0)
        {
            _calls[call.CancelledBy].HasEndedTarget = true;
        }
    }
}
