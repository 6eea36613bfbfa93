using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;

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

    private long Cancel(ulong token)
    {
        uint index = EntryTable.IndexOf(token);
        return index < (uint)_calls.Count && _entries.TokenOf(index) == token ? CancelCall((int)index) : -Errno.NoEntry;
    }

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

                Complete(index, -Errno.Canceled);
                return 0;
            default:
                return CancelOn(_descriptors.Find(call.FileDescriptor)!, index);
        }
    }

    private void CancelAllOn(DescriptorState state, int except)
    {
        CancelQueue(state, state.Direction(CallDirection.Read).Queue, except);
        CancelQueue(state, state.Direction(CallDirection.Write).Queue, except);
        CancelQueue(state, state.Readiness, except);
    }

    private void CancelQueue(DescriptorState state, CallQueue queue, int except)
    {
        for (int index = queue.Head; index >= 0;)
        {
            int next = _calls[index].Next;
            if (index != except)
            {
                CancelOn(state, index);
            }

            index = next;
        }
    }

    private long CancelOn(DescriptorState state, int index)
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
        End(state, index, CancelledResultOf(call));
        if (direction != CallDirection.Either && state.HasWork)
        {
            // The next in the queue may go on where the cancelled one held it up.
            List(state);
        }

        return 0;
    }

    private static long CancelledResultOf(in PendingCall call) => call.DoneBytes > 0 ? call.DoneBytes : -Errno.Canceled;
}
