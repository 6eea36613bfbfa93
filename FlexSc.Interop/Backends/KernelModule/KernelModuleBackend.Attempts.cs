using FlexSc.Interop.Abi;
using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using static FlexSc.Interop.Backends.Readiness.ReadinessUapi;

namespace FlexSc.Interop.Backends.KernelModule;

/// <content>Calls that wait for readiness: the module tries them without waiting, and again when the descriptor is ready.</content>
internal sealed partial class KernelModuleBackend
{
    private void StartReadinessCall(int index)
    {
        ref PendingCall call = ref _calls[index];
        ref SyscallEntry entry = ref call.Entry;
        if (call.IsMultishot && ReadinessCalls.WantsAll(entry))
        {
            Complete(index, -Errno.Invalid);
            return;
        }

        if (ReadinessCalls.ConnectsWithoutEdge(entry))
        {
            StartBlockingCall(index);
            return;
        }

        if (!_descriptors.TryGet(call.FileDescriptor, out ModuleDescriptor state, out long error))
        {
            Complete(index, error);
            return;
        }

        error = state.ClosingEntry >= 0 ? -Errno.BadDescriptor : Prepare(state, entry.Number);
        if (error != 0)
        {
            Complete(index, error);
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
            Complete(index, -Errno.Again);
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
        state.CallsInModule++;
        _module.Publish(index, attempt);
    }

    private void StartReadinessWait(int index)
    {
        ref PendingCall call = ref _calls[index];
        if (!_descriptors.TryGet(call.FileDescriptor, out ModuleDescriptor state, out long error))
        {
            Complete(index, error);
            return;
        }

        if (state.ClosingEntry >= 0)
        {
            Complete(index, -Errno.BadDescriptor);
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
        state.CallsInModule--;
        call.Phase = CallPhase.Waiting;
        if (call.Direction == CallDirection.Either || (result == -Errno.Canceled && call.CancelRequested))
        {
            EndAndGoOn(state, index, result == -Errno.Canceled ? CancelledResultOf(call) : result);
            return;
        }

        FinishAttempt(state, index, result);
    }

    private void FinishAttempt(ModuleDescriptor state, int index, long result)
    {
        ref PendingCall call = ref _calls[index];
        ref SyscallEntry entry = ref call.Entry;
        if (WouldWait(entry, result))
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

        if (result > 0 && GoesOn(state, index, result))
        {
            Attempt(state, index, waitFirst: true);
            return;
        }

        if (result >= 0 && ReadinessCalls.Accepts(entry.Number))
        {
            NoteAccepted((int)result, entry);
        }

        if (call.IsMultishot && (result > 0 || (result == 0 && !call.WantsBuffer)))
        {
            CompleteAndGoOn(state, index, result);
            return;
        }

        // What was moved counts more than what ended it, as with the kernel's own calls.
        EndAndGoOn(state, index, result > 0 ? result + call.DoneBytes : call.DoneBytes > 0 ? call.DoneBytes : result);
    }

    private static bool WouldWait(in SyscallEntry entry, long result) =>
        (result == -Errno.Again && !ReadinessCalls.NeverWaits(entry))
            || (entry.Number == SyscallNumber.Connect && result is -Errno.InProgress or -Errno.Already or -Errno.Interrupted);

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

    /// <summary>True when the call is to move all its bytes and has some left.</summary>
    private unsafe bool GoesOn(ModuleDescriptor state, int index, long moved)
    {
        ref PendingCall call = ref _calls[index];
        ref SyscallEntry entry = ref call.Entry;
        if (!ReadinessCalls.WantsAll(entry) || ReadinessCalls.Peeks(entry) || ReadinessCalls.NeverWaits(entry))
        {
            return false;
        }

        bool isMessage = entry.Number is SyscallNumber.SendMsg or SyscallNumber.RecvMsg;
        ulong totalBytes = isMessage ? MessageCopy.LengthOf((MessageHeader*)entry.Argument1) : (ulong)entry.Argument2;

        // What went on once is a stream.
        if ((ulong)(call.DoneBytes + moved) >= totalBytes || (call.DoneBytes == 0 && !IsByteStream(state)))
        {
            return false;
        }

        if (call.CancelRequested)
        {
            NoteCancelEnded(index);
            return false;
        }

        call.DoneBytes += moved;
        if (isMessage)
        {
            if (call.Message == null)
            {
                call.Message = MessageCopy.Create((MessageHeader*)entry.Argument1);
            }

            MessageCopy.Advance(call.Message, (ulong)moved);
        }

        return true;
    }

    private void CompleteAndGoOn(ModuleDescriptor state, int index, long result)
    {
        ref PendingCall call = ref _calls[index];
        CompletionFlags flags = CompletionFlags.More;
        ushort bufferId = 0;
        if (call.BufferId >= 0)
        {
            flags |= CompletionFlags.Buffer;
            bufferId = (ushort)call.BufferId;
            call.BufferId = -1;
        }

        _completions.Add(new Completion(_entries.TokenOf((uint)index), result, flags, bufferId));
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
        Complete(index, result);
        if (state.ClosingEntry >= 0)
        {
            if (state.CallsInModule == 0)
            {
                FinishClosing(state);
            }
        }
        else if (direction != CallDirection.Either && !queue.IsEmpty)
        {
            Attempt(state, queue.Head, waitFirst: StartsByWaiting(state, _calls[queue.Head]));
        }
    }
}
