using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Backends.SyscallThreads;

/// <content>Cancellation.</content>
internal sealed partial class SyscallThreadsBackend
{
    public void CancelAll()
    {
        for (int index = 0; index < _calls.Count; index++)
        {
            CancelCall(index);
        }
    }

    private long Cancel(ulong token) => _calls.TryFind(token, out int index) ? CancelCall(index) : -Errno.NoEntry;

    /// <returns>0 when it completes as cancelled, -ENOENT when it has completed, -EALREADY when a thread is at it.</returns>
    private long CancelCall(int index)
    {
        ref PendingCall call = ref _calls[index];
        switch (call.Phase)
        {
            case CallPhase.None:
                return -Errno.NoEntry;
            case CallPhase.Closing:
                return -Errno.Already;
            case CallPhase.OnCompanion:
                if (!_companions.TryCancel((uint)index))
                {
                    return -Errno.Already;
                }

                _calls.Complete(index, -Errno.Canceled);
                return 0;
            default:
                return CancelOn(_descriptors.Find(call.FileDescriptor)!, index);
        }
    }

    private void CancelAllOn(EpollDescriptor state, int except)
    {
        foreach (int index in _calls.On(state))
        {
            if (index != except)
            {
                CancelOn(state, index);
            }
        }
    }

    private long CancelOn(EpollDescriptor state, int index)
    {
        ref PendingCall call = ref _calls[index];
        if (call.Phase == CallPhase.Attempting)
        {
            if (!_syscallThreads!.TryCancel((uint)index))
            {
                call.CancelRequested = true;
                return -Errno.Already;
            }

            EndThreadAttempt(state, ref state.Direction(call.Direction), ref call);
        }

        CallDirection direction = call.Direction;
        End(state, index, CallProgress.ResultOf(call, -Errno.Canceled));
        if (direction != CallDirection.Either && state.HasWork)
        {
            // The next in the queue may go on where the cancelled one held it up.
            List(state);
        }

        return 0;
    }
}
