using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.KernelModule;

/// <content>Calls that wait for readiness: the module tries them without waiting, and again when the descriptor is ready.</content>
internal sealed partial class KernelModuleBackend
{
    private void StartReadinessCall(int index)
    {
        ref PendingCall call = ref _calls[index];
        ref SyscallEntry entry = ref call.Entry;
        if (ReadinessCalls.ConnectsWithoutEdge(entry))
        {
            StartBlockingCall(index);
            return;
        }

        if (!_descriptors.TryGet(call.FileDescriptor, out ModuleDescriptor state, out long error))
        {
            _calls.Complete(index, error);
            return;
        }

        error = state.ClosingEntry >= 0 ? -Errno.BadDescriptor : Prepare(state, entry.Number);
        if (error != 0)
        {
            _calls.Complete(index, error);
        }
        else if (state.IsFile && ReadinessCalls.MayBeFile(entry.Number))
        {
            StartBlockingCall(index);
        }
        else
        {
            Enqueue(state, index);
        }
    }

    private void Enqueue(ModuleDescriptor state, int index)
    {
        ref PendingCall call = ref _calls[index];
        ref CallQueue queue = ref state.QueueOf(call.Direction);
        bool isFirst = queue.IsEmpty;
        if (!isFirst && ReadinessCalls.NeverWaits(call.Entry))
        {
            // Others wait, so there is nothing to be had.
            _calls.Complete(index, -Errno.Again);
            return;
        }

        call.Phase = CallPhase.Waiting;
        _calls.Enqueue(ref queue, index);
        if (isFirst)
        {
            Attempt(state, index, waitFirst: StartsByWaiting(state, call));
        }
    }

    private static bool StartsByWaiting(ModuleDescriptor state, in PendingCall call) =>
        state.IsEmptied && call.Entry.Number == SyscallNumber.RecvFrom && !ReadinessCalls.MovesNothing(call.Entry);

    /// <summary>Has the module make an attempt of a call that is the first in its queue.</summary>
    private void Attempt(ModuleDescriptor state, int index, bool waitFirst)
    {
        ref PendingCall call = ref _calls[index];
        SyscallEntry attempt = ReadinessCalls.AttemptOf(call);

        // The module picks the buffer when data is there; a call that goes on to fill its buffer has it already.
        attempt.Flags = call.WantsBuffer && call.BufferId < 0 ? EntryFlags.ProvidedBuffer : EntryFlags.None;
        if (!ReadinessCalls.NeverWaits(call.Entry))
        {
            attempt.Flags |= call.Direction == CallDirection.Read ? EntryFlags.PollIn : EntryFlags.PollOut;
            attempt.Flags |= waitFirst ? EntryFlags.PollFirst : EntryFlags.None;
        }

        _promptPublished += call.Direction == CallDirection.Write ? 1u : 0u;
        HandOver(state, ref call, index, attempt);
    }

    private void HandOver(ModuleDescriptor state, ref PendingCall call, int index, in SyscallEntry attempt)
    {
        call.Phase = CallPhase.Attempting;
        state.CallsInFlight++;
        _module.Publish(index, attempt);
    }

    private void StartReadinessWait(int index)
    {
        ref PendingCall call = ref _calls[index];
        if (!_descriptors.TryGet(call.FileDescriptor, out ModuleDescriptor state, out long error))
        {
            _calls.Complete(index, error);
            return;
        }

        if (state.ClosingEntry >= 0)
        {
            _calls.Complete(index, -Errno.BadDescriptor);
            return;
        }

        call.Direction = CallDirection.Either;
        _calls.Enqueue(ref state.QueueOf(CallDirection.Either), index);
        HandOver(state, ref call, index, call.Entry);
    }

    private void FinishReadinessCall(int index, long result)
    {
        ref PendingCall call = ref _calls[index];
        ModuleDescriptor state = _descriptors.Find(call.FileDescriptor)!;
        state.CallsInFlight--;
        call.Phase = CallPhase.Waiting;
        if (call.Direction == CallDirection.Either || (result == -Errno.Canceled && call.CancelRequested))
        {
            EndAndGoOn(state, index, CallProgress.ResultOf(call, result));
            return;
        }

        FinishAttempt(state, index, result);
    }

    private void FinishAttempt(ModuleDescriptor state, int index, long result)
    {
        ref PendingCall call = ref _calls[index];
        ref SyscallEntry entry = ref call.Entry;
        if (CallProgress.WouldWait(entry, result) && !ReadinessCalls.NeverWaits(entry))
        {
            if (call.CancelRequested)
            {
                EndCancelled(state, index);
            }
            else
            {
                Attempt(state, index, waitFirst: true);
            }

            return;
        }

        NotePickedBuffer(ref call, index, result);
        if (entry.Number == SyscallNumber.RecvFrom)
        {
            state.IsEmptied = result > 0 && result < entry.Argument2 - call.DoneBytes;
        }

        if (CallProgress.HasMoreToMove(call, result) && IsByteStream(state, call))
        {
            if (!call.CancelRequested)
            {
                CallProgress.Advance(ref call, result);
                Attempt(state, index, waitFirst: true);
                return;
            }

            NoteCancelEnded(index);
        }

        if (result >= 0 && ReadinessCalls.Accepts(entry.Number))
        {
            NoteAccepted((int)result, entry);
        }

        if (CallProgress.MultishotGoesOn(call, result))
        {
            CompleteAndGoOn(state, index, result);
            return;
        }

        EndAndGoOn(state, index, CallProgress.ResultOf(call, result));
    }

    private void NotePickedBuffer(ref PendingCall call, int index, long result)
    {
        if (!call.WantsBuffer || call.BufferId >= 0)
        {
            return;
        }

        // The module names the buffer in the last argument, and -1 when it used none.
        long picked = _module[index].Argument5;
        if (result > 0 && picked >= 0)
        {
            call.BufferId = (int)picked;
            call.Entry.Argument1 = _module[index].Argument1;
            call.Entry.Argument2 = _module[index].Argument2;
        }
    }

    /// <summary>True when the bytes of one send may be moved in several parts. A call that went on once is on such a socket.</summary>
    private bool IsByteStream(ModuleDescriptor state, in PendingCall call) => call.DoneBytes > 0 || _descriptorCalls.IsByteStream(state);

    private void CompleteAndGoOn(ModuleDescriptor state, int index, long result)
    {
        ref PendingCall call = ref _calls[index];
        _calls.CompleteMultishot(index, result);
        if (call.CancelRequested)
        {
            EndCancelled(state, index);
        }
        else
        {
            Attempt(state, index, waitFirst: StartsByWaiting(state, call));
        }
    }

    /// <summary>Takes a call that the module has given back out of its queue and completes it; the next one has its turn.</summary>
    private void EndAndGoOn(ModuleDescriptor state, int index, long result)
    {
        CallDirection direction = _calls[index].Direction;
        ref CallQueue queue = ref state.QueueOf(direction);
        _calls.Remove(ref queue, index);
        _calls.Complete(index, result);
        if (state.ClosingEntry >= 0)
        {
            if (_owners.TryFinishClose(state, out int closing))
            {
                Close(closing, DescriptorRange.EndedBy(_calls[closing].Entry));
            }
        }
        else if (direction != CallDirection.Either && !queue.IsEmpty)
        {
            Attempt(state, queue.Head, waitFirst: StartsByWaiting(state, _calls[queue.Head]));
        }
    }
}
